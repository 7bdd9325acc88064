"""Events as lines: columns, and which go first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.ui.fake_engine import HOSTILE, WALL_MS, make_event
from tickterm.market.redis_events import Direction
from tickterm.ui.draw import numbers
from tickterm.ui.draw.spans import line_text, line_width
from tickterm.ui.events.lines import bar_line, event_line

DAY = "2026-06-01"
EVENT = make_event(1, "AAPL", pattern="Shooting_Star", direction=Direction.BEARISH, confidence=0.9)


def test_all_columns_at_100_cells() -> None:
    assert line_text(event_line(EVENT, 100)).split() == [
        *(numbers.clock(WALL_MS), "AAPL", "▽", "Shooting_Star", "0.90", "1min", "227.52"),
        *("analytics", "bar", "09:30", "ET"),
    ]


@pytest.mark.parametrize(
    ("width", "gone", "kept"),
    [
        (80, "bar 09", "analytics"),
        (60, "analytics", "227.52"),
        (55, "227.52", "1min"),
        (40, "1min", "0.90"),
        (30, ":", "0.90"),
        (20, "0.90", "▽ Shooting_"),
    ],
)
def test_the_least_important_columns_go_first(width: int, gone: str, kept: str) -> None:
    text = line_text(event_line(EVENT, width))
    assert gone not in text
    assert kept in text
    assert "▽ Shooting_" in text


@pytest.mark.parametrize(
    ("direction", "shape", "role"),
    [
        (Direction.BULLISH, "△ ", "up"),
        (Direction.BEARISH, "▽ ", "down"),
        (Direction.NEUTRAL, "◇ ", "amber"),
    ],
)
def test_direction_shows_by_shape_and_role(direction: Direction, shape: str, role: str) -> None:
    event = replace(EVENT, direction=direction)
    assert (shape, role) in event_line(event, 80)
    assert (shape, role) in bar_line(event, 40, DAY)


def test_the_fallback_stands_out() -> None:
    roles = {text.strip(): role for text, role in event_line(replace(EVENT, source="fallback"), 80)}
    assert roles["fallback"] == "amber"


def test_what_the_sender_did_not_say_is_left_blank() -> None:
    event = replace(EVENT, price=None, timeframe="")
    assert "Shooting_Star" in line_text(event_line(event, 80))
    assert "—" not in line_text(event_line(event, 80))


@pytest.mark.parametrize(
    ("timeframe", "time"), [("1s", "09:30:00 ET"), ("1min", "09:30 ET"), ("1d", "06-01 ET")]
)
def test_the_bars_time_is_that_of_the_exchange_and_says_so(timeframe: str, time: str) -> None:
    event = replace(EVENT, timeframe=timeframe)
    assert f"bar {time}" in line_text(event_line(event, 100))
    assert line_text(bar_line(event, 48, DAY)).startswith(f" {time} ")


@pytest.mark.parametrize(
    ("timeframe", "time"),
    [("1s", "06-01 09:30"), ("1min", "06-01 09:30"), ("1h", "06-01 09:30"), ("1d", "06-01 ET")],
)
def test_the_bars_time_of_another_day_has_its_date(timeframe: str, time: str) -> None:
    event = replace(EVENT, timeframe=timeframe)
    assert line_text(bar_line(event, 48, "2026-06-02")).startswith(f" {time} ")


@given(
    st.text(max_size=40),
    st.text(max_size=90),
    st.floats(),
    st.integers(-(2**62), 2**62),
    st.integers(0, 130),
)
def test_a_line_is_as_wide_as_asked_and_harmless(
    name: str, text: str, number: float, ms: int, width: int
) -> None:
    for symbol in (name, HOSTILE):
        event = make_event(
            1,
            symbol,
            pattern=text,
            timeframe=text,
            source=text,
            price=number,
            timestamp=ms,
            wall_ms=ms,
        )
        for line in (event_line(event, width), bar_line(event, width, DAY)):
            assert line_width(line) == width
            assert line_text(line).isprintable()
