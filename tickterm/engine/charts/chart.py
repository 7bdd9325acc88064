"""One chart: the newest candles of one symbol and timeframe, as ticks and bars make them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

import orjson

from tickterm.engine.charts.minute_bars import MinuteBars, candle_of
from tickterm.market.bars import GRACE, Bar, BarMaker
from tickterm.market.event_clock import EventClock
from tickterm.market.snapshot import Candle
from tickterm.market.ticks import TickData
from tickterm.market.timeframe import Timeframe

__all__ = ["MOST_CANDLES", "Chart", "MinutesChart", "SecondsChart"]

MOST_CANDLES = 500
MOST_TICKS = 10_000
"""Read for a chart that is opened; a tick a second fills the longest with 7,500."""


class Chart(ABC):
    """Candles that change; `then` is the ticks' own time in ms UTC."""

    @abstractmethod
    def take(self, tick: TickData, then: int) -> None:
        """Take a tick of the symbol."""

    @abstractmethod
    def take_minute(self, bar: Bar) -> None:
        """Take a minute of the symbol that has closed."""

    @abstractmethod
    def candles(self, then: int) -> tuple[Candle, ...]:
        """Return the newest candles, oldest first; the same object until one changes."""


class MinutesChart(Chart):
    """Of minutes and longer: made of those that the engine makes of all symbols."""

    def __init__(self, symbol: str, timeframe: Timeframe, minutes: MinuteBars) -> None:
        self._symbol = symbol
        self._timeframe = timeframe
        self._minutes = minutes
        self._closed: deque[Candle] = deque(maxlen=MOST_CANDLES)
        self._shown: tuple[Candle, ...] | None = None
        self._join(self._closed, minutes.candles(symbol))

    def take(self, _tick: TickData, _then: int) -> None:
        self._shown = None

    def take_minute(self, bar: Bar) -> None:
        self._join(self._closed, [candle_of(bar)])  # shows nothing new: it was there as it formed

    def candles(self, _then: int) -> tuple[Candle, ...]:
        if self._shown is None:
            candles = self._closed.copy()
            self._join(candles, self._minutes.forming(self._symbol))
            self._shown = tuple(candles)
        return self._shown

    def _join(self, candles: deque[Candle], minutes: Iterable[Candle]) -> None:
        """Put minutes behind the candles, or into the last one where it is of the same period."""
        for minute in minutes:
            period = self._timeframe.period(minute.start)
            last = candles[-1] if candles else None
            if period is None:
                continue
            if last is None or last.start < period[0]:
                candles.append(replace(minute, start=period[0]))
            elif last.start == period[0]:
                candles[-1] = _joined(last, minute)


class SecondsChart(Chart):
    """Shorter than a minute: made of ticks, by the rules for all bars."""

    def __init__(self, symbol: str, timeframe: Timeframe, payloads: Iterable[bytes]) -> None:
        """Take the JSON of the ticks before, newest first."""
        self._symbol = symbol
        self._timeframe = timeframe
        self._closed: deque[Candle] = deque(maxlen=MOST_CANDLES)
        self._shown: tuple[Candle, ...] | None = None
        self._begin()
        clock = EventClock()
        for tick in reversed(list(_needed(payloads, timeframe))):
            if clock.note(tick.timestamp, 0.0):
                self._begin()
            self.take(tick, clock.at(0.0))

    def take(self, tick: TickData, then: int) -> None:
        self._shown = None
        self._maker.take(tick)
        self._close(then)

    def take_minute(self, _bar: Bar) -> None:
        pass

    def candles(self, then: int) -> tuple[Candle, ...]:
        self._close(then)
        if self._shown is None:
            forming = self._maker.forming(self._symbol, self._timeframe)
            candles = [*self._closed, *map(candle_of, forming)]
            self._shown = tuple(candles[-MOST_CANDLES:])
        return self._shown

    def _begin(self) -> None:
        self._closed.clear()
        self._maker = BarMaker([self._timeframe])
        self._due = -1
        """When the next bar may close; time may seem to go back behind the ticks before."""

    def _close(self, then: int) -> None:
        if then < self._due:
            return
        self._due = then - (then - GRACE) % self._timeframe.ms + self._timeframe.ms
        if bars := self._maker.close(then):
            self._shown = None
            self._closed.extend(map(candle_of, bars))


def _needed(payloads: Iterable[bytes], timeframe: Timeframe) -> Iterator[TickData]:
    """Yield the ticks, newest first, until they fill all candles."""
    periods = set()
    for payload in islice(payloads, MOST_TICKS):
        tick = TickData(*orjson.loads(payload).values())
        periods.add(tick.timestamp // timeframe.ms)
        if len(periods) > MOST_CANDLES:
            return
        yield tick


def _joined(candle: Candle, minute: Candle) -> Candle:
    return Candle(
        candle.start,
        candle.open,
        max(candle.high, minute.high),
        min(candle.low, minute.low),
        minute.close,
        candle.volume + minute.volume,
    )
