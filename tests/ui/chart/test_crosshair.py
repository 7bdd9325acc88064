"""What is in sight of a chart, where the crosshair goes, and what it says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.fake_engine import THIS_MINUTE, make_event
from tickterm.market.redis_events import Direction
from tickterm.market.snapshot import Candle, PatternEvent
from tickterm.market.timeframe import Timeframe
from tickterm.ui.chart.crosshair import NEWEST, Sight, values_line, values_text
from tickterm.ui.draw.spans import Line, line_text, line_width

M1 = Timeframe.M1
STARTS = list(range(0, 1_000, 10))
ROOM = 20


def after(*steps: int, starts: list[int] = STARTS) -> Sight:
    sight = NEWEST
    for step in steps:
        sight = sight.moved(starts, step, ROOM)
    return sight


def test_nothing_is_marked_and_the_newest_are_in_sight() -> None:
    assert NEWEST.window(STARTS, ROOM) == range(80, 100)
    assert NEWEST.marked(STARTS, ROOM) is None
    assert NEWEST.window(STARTS[:5], ROOM) == range(5)
    assert NEWEST.window([], ROOM) == range(0)


@pytest.mark.parametrize(
    ("steps", "place"),
    [
        ((-1,), 99),
        ((1,), 99),
        ((-1, -1), 98),
        ((-1, -1, 1), 98),
        ((-10,), 90),
        ((-10, -10, 1), 81),
        ((-10_000,), 0),
        ((-10_000, 10_000), 99),
        ((-10_000, -1), 0),
    ],
)
def test_it_goes_by_candles_and_first_onto_the_newest(steps: tuple[int, ...], place: int) -> None:
    if steps == (-1, -1, 1):
        place = 99
    assert after(*steps).marked(STARTS, ROOM) == place


def test_the_view_follows_beyond_its_ends_and_back_to_the_newest() -> None:
    assert after(-20).window(STARTS, ROOM) == range(80, 100)
    assert after(-20).last is None
    assert after(-21).window(STARTS, ROOM) == range(79, 99)
    back = after(-30)
    assert back.window(STARTS, ROOM) == range(70, 90)
    assert back.moved(STARTS, 19, ROOM).window(STARTS, ROOM) == range(70, 90)
    assert back.moved(STARTS, 20, ROOM).window(STARTS, ROOM) == range(71, 91)
    assert back.moved(STARTS, 29, ROOM).last is None
    assert after(-10_000).window(STARTS, ROOM) == range(20)


def test_it_stays_on_its_candle_while_new_ones_come() -> None:
    sight = after(-3)
    later = [*STARTS, *range(1_000, 1_100, 10)]
    assert later[sight.marked(later, ROOM) or 0] == 970
    assert sight.window(later, ROOM) == range(90, 110), "the view goes on"
    much_later = [*STARTS, *range(1_000, 2_000, 10)]
    assert sight.window(much_later, ROOM) == range(97, 117), "but not beyond the crosshair"


def test_a_view_of_older_candles_stays_where_it_is() -> None:
    sight = after(-50)
    later = [*STARTS, *range(1_000, 1_100, 10)]
    assert sight.window(later, ROOM) == sight.window(STARTS, ROOM)


def test_a_candle_that_is_gone_leaves_the_crosshair_to_the_oldest() -> None:
    sight = after(-10_000)
    assert sight.marked(STARTS[30:], ROOM) == 0
    assert sight.marked([], ROOM) is None
    assert sight.moved([], -1, ROOM) == sight


def test_in_another_timeframe_it_is_on_the_candle_of_its_time() -> None:
    assert Sight(at=470).marked([0, 100, 400, 500], ROOM) == 2


def test_the_mouse_moves_it_within_what_is_in_sight() -> None:
    sight = after(-30)
    pointed = sight._replace(pointed=0)
    assert pointed.marked(STARTS, ROOM) == 89
    assert pointed.window(STARTS, ROOM) == range(70, 90)
    assert pointed._replace(pointed=19).marked(STARTS, ROOM) == 70
    assert Sight(pointed=7).marked(STARTS[:5], ROOM) is None
    assert pointed.moved(STARTS, -1, ROOM).marked(STARTS, ROOM) == 88, "keys go on from there"
    assert pointed.moved(STARTS, -1, ROOM).pointed is None


@given(
    st.lists(st.integers(0, 10**6), unique=True, max_size=60).map(sorted),
    st.lists(st.integers(-70, 70), max_size=6),
    st.integers(0, 70),
    st.lists(st.integers(0, 10**6), unique=True, max_size=60).map(sorted),
)
def test_whatever_happens_the_crosshair_is_in_sight(
    starts: list[int], steps: list[int], room: int, later: list[int]
) -> None:
    sight = NEWEST
    for step in steps:
        sight = sight.moved(starts, step, room)
    for seen in (starts, later):
        window = sight.window(seen, room)
        assert len(window) == min(len(seen), max(1, room))
        assert all(0 <= place < len(seen) for place in window)
        marked = sight.marked(seen, room)
        assert marked is None or marked in window


# -- its values -----------------------------------------------------------------------------------


CANDLES = (
    Candle(THIS_MINUTE - 120_000, 99.5, 100.5, 99.0, 100.0, 1_000),
    Candle(THIS_MINUTE - 60_000, 100.0, 103.0, 99.75, 102.5, 12_345),
    Candle(THIS_MINUTE, 102.5, 102.75, 99.5, 100.0, 300),
)


def line(
    place: int, *events: PatternEvent, width: int = 78, marked: bool = True, frame: Timeframe = M1
) -> Line:
    return values_line(CANDLES, place, events, frame, width, marked=marked)


def words(place: int, *events: PatternEvent, width: int = 78) -> str:
    return " ".join(line_text(line(place, *events, width=width)).split())


def test_all_values_and_the_change_from_the_candle_before() -> None:
    assert words(1) == "09:30 O 100.00 H 103.00 L 99.75 C 102.50 +2.50 +2.50% V 12.3K"
    assert words(2) == "09:31 O 102.50 H 102.75 L 99.50 C 100.00 -2.50 -2.44% V 300"
    assert words(0) == "09:29 O 99.50 H 100.50 L 99.00 C 100.00 — — V 1.00K"


def test_nothing_moves_from_candle_to_candle() -> None:
    places = [[line_text(line(place)).index(f" {name} ") for name in "OHLCV"] for place in range(3)]
    assert places[0] == places[1] == places[2]


def test_the_names_of_events_follow_where_there_is_room() -> None:
    events = (
        make_event(1, pattern="Doji", direction=Direction.NEUTRAL),
        make_event(2, pattern="Hammer", direction=Direction.BULLISH),
        make_event(3, pattern="Hammer", direction=Direction.BULLISH),
    )
    assert words(1, *events, width=100).endswith("V 12.3K △ Doji, Hammer")
    assert words(1, *events, width=66) == words(1, width=66)


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (40, "09:30 C 102.50 +2.50% V 12.3K"),
        (30, "09:30 C 102.50 +2.50%"),
        (20, "09:30 C 102.50"),
    ],
)
def test_a_narrow_line_keeps_the_most_important(width: int, expected: str) -> None:
    assert words(1, width=width) == expected


def test_the_crosshair_is_seen_by_the_time_it_says() -> None:
    assert ("badge-plain" in {role for _, role in line(1)}) is True
    assert ("badge-plain" in {role for _, role in line(1, marked=False)}) is False


def test_seconds_and_dates_are_said_where_they_are_needed() -> None:
    assert line_text(line(1, frame=Timeframe.S5))[1:].startswith("09:30:00 ")
    assert line_text(line(1, frame=Timeframe.D1)).startswith(" 2026-06-01 ")
    days = (replace(CANDLES[0], start=THIS_MINUTE - 86_400_000), *CANDLES[1:])
    shown = line_text(values_line(days, 2, (), M1, 78, marked=True))
    assert shown.startswith(" 06-01 09:31 ")


@pytest.mark.parametrize("width", range(0, 120, 7))
def test_any_width_is_filled(width: int) -> None:
    event = make_event(1, pattern="名前" * 30)
    assert line_width(line(1, event, width=width)) == width
    assert line_width(values_line((), 0, (), M1, width, marked=False)) == width


def test_a_candle_can_be_copied() -> None:
    assert values_text(CANDLES[1], CANDLES[0], M1) == (
        "1min 2026-06-01 09:30:00 ET  open 100.00  high 103.00  low 99.75  close 102.50  "
        "change +2.50  +2.50%  volume 12,345"
    )
    assert "change —  —" in values_text(CANDLES[0], None, M1)
