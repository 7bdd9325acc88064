"""Bars of a whole real day are those that its frames say, for all symbols and timeframes."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from functools import cache
from math import isclose
from typing import Any

import orjson
import pytest

from tests.recordings import SYMBOLS, real_day
from tickterm.market.bars import Bar, BarCounts, BarMaker
from tickterm.market.event_clock import EventClock
from tickterm.market.ticks import TickData
from tickterm.market.timeframe import Timeframe

MADE = [Timeframe.M1, Timeframe.M5, Timeframe.M15, Timeframe.H1, Timeframe.D1]
AFTER_THE_DAY = 1_381_276_800_000
"""2013-10-08 20:00 New York, ms UTC."""


@cache
def frames() -> list[list[dict[str, Any]]]:
    with gzip.open(real_day()) as lines:
        return [orjson.loads(line) for line in lines]


def expected(ms: int) -> dict[tuple[str, int], list[Any]]:
    """Make bars straight from the frames: the newest version of each second, then its periods."""
    newest = {(bar["sym"], bar["s"]): bar for frame in frames() for bar in frame}
    bars: dict[tuple[str, int], list[Any]] = {}
    for symbol, at in sorted(newest):
        o, h, l, c, v = (newest[symbol, at][key] for key in "ohlcv")  # noqa: E741 - the feed's names
        dollars, period = v * (h + l + c) / 3, (symbol, at // ms * ms)
        was = bars.get(period, [o, h, l, c, 0, 0.0, 0])
        sums = [was[4] + v, was[5] + dollars, was[6] + 1]
        bars[period] = [was[0], max(was[1], h), min(was[2], l), c, *sums]
    return bars


def ticks(frame: list[dict[str, Any]]) -> Iterator[TickData]:
    for bar in frame:
        o, h, low, c, v = (bar[key] for key in "ohlcv")
        yield TickData(bar["sym"], c, v, bar["s"], "aggregate", "t", o, h, low, c, v)


@cache
def made() -> tuple[list[Bar], BarCounts]:
    """Make the bars as a service does: frame by frame, closing by the ticks' own time."""
    maker, clock, bars = BarMaker(MADE), EventClock(), list[Bar]()
    for number, frame in enumerate(frames()):
        batch = list(ticks(frame))
        for tick in batch:
            maker.take(tick)
        clock.note(batch[-1].timestamp, number / 1000)
        bars += maker.close(clock.at(number / 1000))
    return bars + maker.close(AFTER_THE_DAY), maker.counts()


@pytest.mark.parametrize("timeframe", MADE[:-1])
def test_bars_are_what_the_frames_say(timeframe: Timeframe) -> None:
    wanted = expected(timeframe.ms)
    bars = [bar for bar in made()[0] if bar.timeframe is timeframe]
    assert len(bars) == len(wanted)
    assert {bar.symbol for bar in bars} == set(SYMBOLS)
    for bar in bars:
        opened, high, low, close, volume, turnover, seconds = wanted[bar.symbol, bar.start]
        assert (bar.open, bar.high, bar.low, bar.close) == (opened, high, low, close)
        assert (bar.volume, bar.seconds, bar.complete) == (volume, seconds, True)
        assert isclose(bar.turnover, turnover, rel_tol=1e-12)
        assert isclose(bar.vwap, turnover / volume, rel_tol=1e-12)


def test_the_day_is_the_sum_of_its_minutes_and_of_its_ticks() -> None:
    days = [bar for bar in made()[0] if bar.timeframe is Timeframe.D1]
    assert {bar.symbol for bar in days} == set(SYMBOLS)
    for day in days:
        minutes = [
            bar for bar in made()[0] if bar.timeframe is Timeframe.M1 and bar.symbol == day.symbol
        ]
        traded = [bar["v"] for frame in frames() for bar in frame if bar["sym"] == day.symbol]
        assert day.volume == sum(bar.volume for bar in minutes) == sum(traded)
        assert (day.open, day.close) == (minutes[0].open, minutes[-1].close)


def test_no_tick_of_the_day_is_late_or_stray() -> None:
    total = sum(map(len, frames()))
    assert made()[1] == BarCounts(taken=total)
