"""The chart that a screen asked for, and no other."""

from __future__ import annotations

import math
import tracemalloc
import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.attach.messages import candle, candles, pattern
from tests.market import contract_values
from tickterm.attach.bounds import LARGEST
from tickterm.attach.chart_view import MOST_EVENTS, MOST_TICKS, ChartView
from tickterm.market.contract import Candles
from tickterm.market.snapshot import Candle, PatternEvent, TapeTick
from tickterm.market.timeframe import Timeframe


def view_of(symbol: str = "A", timeframe: Timeframe = Timeframe.M1) -> ChartView:
    view = ChartView()
    view.watch(symbol, timeframe)
    return view


def starts(view: ChartView) -> list[int] | None:
    chart = view.freeze()
    return None if chart is None else [candle.start for candle in chart.candles]


def test_all_candles_and_then_changes() -> None:
    view = view_of()
    assert view.freeze() is None
    view.take(candles("A", 1, 2))
    before = view.freeze()
    assert before is not None
    assert (before.symbol, before.timeframe, before.candles) == (
        "A",
        Timeframe.M1,
        (candle(1), candle(2)),
    )
    assert view.freeze() is before
    view.take(Candles("A", Timeframe.M1, whole=False, candles=[candle(2, 11.0), candle(3)]))
    after = view.freeze()
    assert after is not None
    assert after.candles == (candle(1), candle(2, 11.0), candle(3))
    view.take(candles("A", 9))
    assert starts(view) == [9]
    view.take(candles("A"))
    assert starts(view) == []


def test_only_what_was_asked_for() -> None:
    view = ChartView()
    view.take(candles("A", 1))
    assert view.freeze() is None
    view.watch("A", Timeframe.M1)
    view.take(candles("B", 1))
    view.take(candles("A", 1, timeframe=Timeframe.M5))
    assert view.freeze() is None
    view.take(candles("A", 1))
    view.watch("A", Timeframe.M1)
    assert starts(view) == [1], "the same wish again"
    view.watch("A", Timeframe.M5)
    assert view.freeze() is None
    view.take(candles("A", 1))
    assert view.freeze() is None
    view.watch(None, Timeframe.M5)
    view.take(candles("A", 1, timeframe=Timeframe.M5))
    assert view.freeze() is None


def test_changes_of_what_is_not_whole_are_no_chart() -> None:
    view = view_of()
    view.take(candles("A", 5, whole=False))
    assert view.freeze() is None
    view.take(candles("A", 4))
    view.begin()
    view.take(candles("A", 6, whole=False))
    assert view.freeze() is None
    view.take(candles("A", 7))
    assert starts(view) == [7]


def test_the_newest_in_their_order_whatever_comes() -> None:
    view = view_of()
    view.take(candles("A", *range(10_000, 0, -1)))
    assert starts(view) == list(range(1, 501)), "it said that the last ones are the newest"
    for first in range(1_000, 3_000, 100):
        view.take(candles("A", *range(first, first + 100), whole=False))
    assert starts(view) == list(range(2_500, 3_000))


@given(st.lists(contract_values.candle, max_size=4))
def test_every_candle_can_be_drawn(said: list[Candle]) -> None:
    view = view_of()
    view.take(Candles("A", Timeframe.M1, whole=True, candles=said))
    chart = view.freeze()
    assert chart is not None
    for one in chart.candles:
        assert one.low <= min(one.open, one.close)
        assert max(one.open, one.close) <= one.high
        assert one.volume >= 0
        for value in (one.start, one.low, one.high, one.volume):
            assert abs(value) <= LARGEST
            assert math.isfinite(value)


# -- events ---------------------------------------------------------------------------------------


def said(
    *events: PatternEvent, whole: bool = False, timeframe: Timeframe = Timeframe.M1
) -> Candles:
    return Candles("A", timeframe, whole, [], list(events))


def patterns(*numbers: int) -> list[PatternEvent]:
    return [pattern(number) for number in numbers]


def numbers(view: ChartView) -> list[int] | None:
    chart = view.freeze()
    return None if chart is None else [event.number for event in chart.events]


def test_all_events_and_then_new_ones() -> None:
    view = view_of()
    view.take(said(*patterns(1)))
    assert numbers(view) is None, "not before the whole chart"
    view.take(said(*patterns(3, 7), whole=True))
    before = view.freeze()
    assert before is not None
    assert before.events == (pattern(3), pattern(7))
    view.take(candles("A", 1, whole=False))
    after = view.freeze()
    assert after is not before
    assert after is not None
    assert after.events is before.events
    view.take(said(*patterns(7, 8), timeframe=Timeframe.M5))
    assert numbers(view) == [3, 7]
    view.take(said(*patterns(7, 8)))
    assert numbers(view) == [3, 7, 8]
    view.take(said(*patterns(2), whole=True))
    assert numbers(view) == [2], "what was there before is void"
    view.take(candles("A", 1))
    assert numbers(view) == []


def test_another_connection_and_another_chart_begin_without_events() -> None:
    view = view_of()
    view.take(said(*patterns(500), whole=True))
    view.begin()
    view.take(said(*patterns(501)))
    assert numbers(view) is None
    view.take(said(*patterns(1), whole=True))
    assert numbers(view) == [1], "the numbers of another engine begin anew"
    view.watch("A", Timeframe.M5)
    view.take(said(*patterns(1, 2), whole=True, timeframe=Timeframe.M5))
    assert numbers(view) == [1, 2]


def test_numbers_that_repeat_or_go_back_are_left_out() -> None:
    view = view_of()
    view.take(said(*patterns(5, 5, 4, -3, 6, 0, 6, 9), whole=True))
    assert numbers(view) == [5, 6, 9]
    view.take(said(*patterns(8, 9, 10, 2)))
    assert numbers(view) == [5, 6, 9, 10]
    view.take(said(*patterns(10**30, 10**40)))
    view.take(said(*patterns(11, 10**50)))
    assert numbers(view) == [5, 6, 9, 10, LARGEST]


def test_events_of_other_symbols_are_left_out() -> None:
    view = view_of()
    view.take(said(pattern(1, "B"), pattern(2), whole=True))
    assert numbers(view) == [2]


def test_the_newest_events_are_kept() -> None:
    view = view_of()
    view.take(said(*patterns(*range(1, 10_000)), whole=True))
    assert numbers(view) == list(range(10_000 - MOST_EVENTS, 10_000))
    view.take(said(*patterns(*range(10_000, 10_100))))
    assert numbers(view) == list(range(10_100 - MOST_EVENTS, 10_100))
    assert MOST_EVENTS == 500


def test_a_flood_of_events_costs_no_memory() -> None:
    view = view_of()
    view.take(said(whole=True))

    def flood(first: int) -> None:
        for start in range(first, first + 20_000, 1_000):
            long = [pattern(start + n, pattern="x" * 5_000) for n in range(1_000)]
            view.take(said(*long))
            view.freeze()

    flood(1)
    tracemalloc.start()
    flood(20_001)
    before = tracemalloc.get_traced_memory()[0]
    flood(40_001)
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 100_000


@given(st.lists(contract_values.pattern, max_size=4), st.booleans())
def test_every_event_can_be_shown(told: list[PatternEvent], whole: bool) -> None:
    view = view_of()
    view.take(said(whole=True))
    view.take(said(*[replace(event, symbol="A") for event in told], whole=whole))
    chart = view.freeze()
    assert chart is not None
    assert len({event.number for event in chart.events}) == len(chart.events)
    for event in chart.events:
        texts = (event.symbol, event.pattern, event.timeframe, event.source)
        assert not {unicodedata.category(c) for t in texts for c in t} & {"Cc", "Cf", "Cs"}
        assert all(len(text) <= 64 for text in texts)
        assert 0 <= event.confidence <= 1
        for value in (event.number, event.wall_ms, event.timestamp, event.price or 0):
            assert abs(value) <= LARGEST


# -- ticks ----------------------------------------------------------------------------------------


def line(number: int, price: float = 10.0) -> TapeTick:
    return TapeTick(number, number * 1_000, price, price - 1, price + 1, 5)


def ticked(*lines: TapeTick, whole: bool = False) -> Candles:
    return Candles("A", Timeframe.M1, whole, [], [], list(lines))


def tape(view: ChartView) -> tuple[TapeTick, ...]:
    chart = view.freeze()
    assert chart is not None
    return chart.ticks


def test_all_ticks_then_new_ones_and_those_that_are_sent_again() -> None:
    view = view_of()
    view.take(ticked(line(1)))
    assert view.freeze() is None, "not before the whole chart"
    view.take(ticked(line(3), line(7), whole=True))
    view.take(ticked(line(9), line(3, 11.0)))
    assert tape(view) == (line(3, 11.0), line(7), line(9))
    before = tape(view)
    view.take(candles("A", 1, whole=False))
    assert tape(view) is before
    view.take(ticked(line(2), whole=True))
    assert tape(view) == (line(2),)
    view.take(candles("A", 1))
    assert tape(view) == ()


def test_the_newest_ticks_are_kept_whatever_comes() -> None:
    view = view_of()
    view.take(ticked(*(line(number) for number in range(10_000, 0, -1)), whole=True))
    assert [one.number for one in tape(view)] == list(range(1, 201))
    for first in range(1_000, 2_000, 100):
        view.take(ticked(*(line(number) for number in range(first, first + 100))))
    assert [one.number for one in tape(view)] == list(range(1_800, 2_000))
    assert MOST_TICKS == 200


@given(st.lists(contract_values.tape_tick, max_size=4))
def test_every_tick_can_be_drawn(told: list[TapeTick]) -> None:
    view = view_of()
    view.take(ticked(*told, whole=True))
    for one in tape(view):
        assert one.low <= one.price <= one.high
        assert one.volume >= 0
        for value in (one.number, one.time, one.low, one.high, one.volume):
            assert abs(value) <= LARGEST
            assert math.isfinite(value)
