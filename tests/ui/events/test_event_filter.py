"""The filter of events: reading it, and what it lets pass."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.ui.fake_engine import make_event
from tickterm.market.redis_events import Direction
from tickterm.ui.events.filter import EVERYTHING, parse

STAR = make_event(1, "AAPL", pattern="Shooting_Star", direction=Direction.BEARISH, confidence=0.8)


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("", True),
        ("  ", True),
        ("aapl", True),
        ("AAP", True),
        ("shooting", True),
        ("star shooting", True),
        ("shooting_star aapl", True),
        ("star msft", False),
        ("doji", False),
        (">=0.8", True),
        (">= 0.8", None),
        ("0.8", True),
        (".8", True),
        ("0.81", False),
        ("aapl >=0.9", False),
        ("aapl 0", True),
        ("1", False),
        ("analytics", False),
        ("1min", True),
        ("1MIN star", True),
        ("min", False),
        ("1s", False),
        ("5min", False),
        ("bearish", True),
        ("Bear aapl", True),
        ("bea", False),
        ("bullish", False),
        ("bearish 1min doji", False),
    ],
)
def test_what_passes(text: str, passes: bool | None) -> None:
    if passes is None:
        with pytest.raises(ValueError, match="0 to 1"):
            parse(text)
    else:
        assert parse(text).passes(STAR) is passes


@pytest.mark.parametrize("text", [">=", ">0.8", "=0.8", "<0.5", ">=x", "1.01", ">=80", "8"])
def test_a_confidence_that_is_none_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=r"^confidence is from 0 to 1, as in >=0\.8$"):
        parse(f"doji {text}")


@given(st.text(max_size=30))
def test_whatever_is_typed_is_a_filter_or_refused(text: str) -> None:
    with suppress(ValueError):
        wanted = parse(text)
        assert 0 <= wanted.confidence <= 1
        wanted.passes(STAR)


def test_no_filter_lets_everything_pass() -> None:
    assert parse("") == EVERYTHING
    assert EVERYTHING.passes(STAR)


def test_a_timeframe_that_the_sender_made_up_is_found_whatever_its_case() -> None:
    assert parse("1DAY").passes(replace(STAR, timeframe="1Day"))
