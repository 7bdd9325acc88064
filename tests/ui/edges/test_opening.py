"""When the market opens, in words, against frozen clocks."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.fake_engine import WALL_MS
from tickterm.market.hours import NEW_YORK, next_open
from tickterm.ui.edges.opening import opening_words, until

BERLIN, TOKYO = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Tokyo")


def said(now: str, local: ZoneInfo = NEW_YORK) -> str:
    then = datetime.fromisoformat(now).replace(tzinfo=NEW_YORK)
    wall_ms = int(then.timestamp() * 1000)
    return opening_words(next_open(wall_ms), wall_ms, local)


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ("2026-06-06T06:30", "opens Mon 09:30 ET, in 2 d 3 h; pre-market 04:00 ET"),
        ("2026-06-01T20:00", "opens Tue 09:30 ET, in 13 h 30 min; pre-market 04:00 ET"),
        ("2026-11-25T20:00", "opens Fri 09:30 ET, in 1 d 13 h; pre-market 04:00 ET"),
        (
            "2026-11-26T12:00",
            "Thanksgiving Day · opens Fri 09:30 ET, in 21 h 30 min; pre-market 04:00 ET",
        ),
        ("2026-12-31T20:00", "opens Mon 09:30 ET, in 3 d 13 h; pre-market 04:00 ET"),
        ("2026-03-07T09:30", "opens Mon 09:30 ET, in 1 d 23 h; pre-market 04:00 ET"),
    ],
)
def test_in_new_york(now: str, words: str) -> None:
    assert said(now) == words


@pytest.mark.parametrize(
    ("now", "local", "words"),
    [
        ("2026-06-06T06:30", BERLIN, "opens Mon 09:30 ET (15:30 here)"),
        ("2026-06-06T06:30", TOKYO, "opens Mon 09:30 ET (22:30 here)"),
        ("2026-03-07T06:30", BERLIN, "opens Mon 09:30 ET (14:30 here)"),  # New York is first
        ("2026-06-06T06:30", ZoneInfo("Pacific/Auckland"), "opens Mon 09:30 ET (Tue 01:30 here)"),
        ("2026-06-06T06:30", ZoneInfo("America/Toronto"), "opens Mon 09:30 ET, in"),
    ],
)
def test_elsewhere(now: str, local: ZoneInfo, words: str) -> None:
    assert said(now, local).startswith(words)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "1 min"),
        (0, "1 min"),
        (60, "1 min"),
        (61, "2 min"),
        (3_600, "1 h 0 min"),
        (86_399, "1 d 0 h"),
        (183_600, "2 d 3 h"),
    ],
)
def test_a_wait_has_two_units(seconds: float, words: str) -> None:
    assert until(seconds) == words


@given(st.integers(WALL_MS, 2 * WALL_MS))
def test_it_is_short_at_any_time(wall_ms: int) -> None:
    opening = next_open(wall_ms)
    words = opening_words(opening, wall_ms, TOKYO)
    assert len(words) < 135
    assert opening.regular - wall_ms < timedelta(days=9) / timedelta(milliseconds=1)
