"""The chart that a screen asked for, and no other."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from tests.attach.messages import candle, candles
from tests.market import contract_values
from tickterm.attach.bounds import LARGEST
from tickterm.attach.chart_view import ChartView
from tickterm.market.contract import Candles
from tickterm.market.snapshot import Candle
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
