"""The minutes that the engine keeps: the newest, as they were, within bounds."""

from __future__ import annotations

import sys

from hypothesis import given
from hypothesis import strategies as st

from tickterm.engine.charts import bar_history as module
from tickterm.engine.charts.bar_history import FEWEST, MOST, MOST_BARS, BarHistory
from tickterm.market.bars import Bar
from tickterm.market.snapshot import Candle
from tickterm.market.timeframe import Timeframe

MINUTE = 60_000


def bar(symbol: str, minute: int, volume: float = 5) -> Bar:
    price = 10.0 + minute
    return Bar(
        symbol, Timeframe.M1, minute * MINUTE, price, price + 2, price - 2, price, volume, 1.0, 1
    )


def kept(history: BarHistory, symbol: str) -> list[int]:
    return [candle.start // MINUTE for candle in history.candles(symbol)]


def test_what_comes_out_is_what_went_in() -> None:
    history = BarHistory()
    history.watch(["A"])
    history.add([bar("A", 1), bar("A", 2, 0.5)])
    assert history.candles("A") == [
        Candle(MINUTE, 11.0, 13.0, 9.0, 11.0, 5),
        Candle(2 * MINUTE, 12.0, 14.0, 10.0, 12.0, 0.5),
    ]


prices = st.floats(0, 1e9, exclude_min=True, exclude_max=True)
starts = st.integers(0, 10**14)


@given(starts, prices, prices, st.integers(0, 60 * 2**53) | st.floats(0, 1e17))
def test_no_number_that_the_feed_may_say_is_harmed(
    start: int, high: float, low: float, volume: float
) -> None:
    history = BarHistory()
    history.watch(["A"])
    history.add([Bar("A", Timeframe.M1, start, low, high, low, high, volume, 1.0, 1)])
    [candle] = history.candles("A")
    assert candle == Candle(start, low, high, low, high, float(volume))
    assert isinstance(candle.start, int)
    assert isinstance(candle.volume, int) or not float(volume).is_integer()


def test_only_what_is_watched_is_kept() -> None:
    history = BarHistory()
    assert history.candles("A") == []
    history.watch(["A", "B"])
    history.add([bar("A", 1), bar("B", 1), bar("C", 1)])
    history.watch(["B", "C"])
    assert [kept(history, symbol) for symbol in "ABC"] == [[], [1], []]
    history.clear()
    history.add([bar("B", 2)])
    assert kept(history, "B") == [2]


def test_a_bar_that_is_not_newer_is_left_out() -> None:
    history = BarHistory()
    history.watch(["A"])
    history.add([bar("A", 5), bar("A", 5), bar("A", 4), bar("A", 6)])
    assert kept(history, "A") == [5, 6]


def test_few_symbols_have_a_whole_day_and_many_an_hour() -> None:
    for count, most in ((1, MOST), (MOST_BARS // 500, 500), (20_000, FEWEST)):
        history = BarHistory()
        history.watch([f"S{number}" for number in range(count)])
        history.add([bar("S0", minute) for minute in range(1_000)])
        assert kept(history, "S0") == list(range(1_000 - most, 1_000))
    assert (FEWEST, MOST) == (60, 960)


def test_fewer_are_kept_when_more_symbols_come() -> None:
    history = BarHistory()
    history.watch(["A"])
    history.add([bar("A", minute) for minute in range(900)])
    history.watch(["A", *(f"S{number}" for number in range(20_000))])
    history.add([bar("A", 900)])
    assert kept(history, "A") == list(range(841, 901))


def test_it_is_small() -> None:
    history = BarHistory()
    symbols = [f"S{number}" for number in range(100)]
    history.watch([*symbols, *(f"T{number}" for number in range(12_000))])
    for minute in range(module.FEWEST + 1):
        history.add([bar(symbol, minute) for symbol in symbols])
    sizes = [sys.getsizeof(history._numbers[symbol]) for symbol in symbols]
    assert sum(sizes) / (len(symbols) * FEWEST) < 60
