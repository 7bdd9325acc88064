"""Bars: ticks to OHLCV by event time, for any number of symbols at once.

A tick is a second's bar. It belongs to the period that its own time, the start of that second, lies
in: `[start, end)`, so that second 59 stays in its minute. Of a second that the feed sends again the
newest version counts, as the feed means it, as long as the bar is open; in whatever order the
seconds come, the bar is the same. A time within a second is that second's.

A period closes when the ticks' own time (`EventClock`) has passed its end by a grace of three
seconds, for all symbols together, whether they were traded or not, and for good, even if that time
should go back: a tick for a closed period is late, counted, and in no bar. It counts for the bars
of each timeframe by itself: it may come too late for its second and in time for its minute.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import chain
from typing import NamedTuple

from tickterm.market.open_periods import MOST_OPEN, OpenPeriods, Period
from tickterm.market.ticks import TickData
from tickterm.market.timeframe import Timeframe

__all__ = ["GRACE", "MOST_OPEN", "Bar", "BarCounts", "BarMaker", "bar_of", "merged"]

GRACE = 3_000
"""Ms after its end at which a bar closes: the feed holds seconds back for two."""

_NEVER = 2**63


class Bar(NamedTuple):
    """What was traded of one symbol in one period; prices are dollars."""

    symbol: str
    timeframe: Timeframe
    start: int
    """First instant of the period, ms UTC."""
    open: float
    high: float
    low: float
    close: float
    volume: int | float
    """Shares."""
    turnover: float
    """Dollars: of each second its volume times the mean of its high, low and close."""
    seconds: int
    """Seconds in which there was a trade."""
    complete: bool = True
    """False where ticks of the period are known to be missing."""

    @property
    def end(self) -> int:
        """The first instant after the period, ms UTC."""
        return self.timeframe.end(self.start)

    @property
    def vwap(self) -> float:
        """The mean price, weighted by volume; the close where nothing was traded."""
        return self.turnover / self.volume if self.volume else self.close


class BarCounts(NamedTuple):
    """What became of the ticks of one timeframe. taken = seconds in bars, closed or open, + revised
    + late + stray."""

    taken: int = 0
    revised: int = 0
    """Replaced by a newer version of their second."""
    late: int = 0
    """Came after their bar had closed."""
    stray: int = 0
    """Of a time so far from all others' that no bar was kept open for it."""


class BarMaker:
    """Makes the bars of some timeframes out of ticks; when time begins anew, take a new one."""

    def __init__(self, timeframes: Collection[Timeframe], grace: int = GRACE) -> None:
        """Take the timeframes wanted, and the ms after its end at which a bar closes."""
        self._wanted = frozenset(timeframes)
        longer = [frame for frame in Timeframe if frame in self._wanted and not frame.from_ticks]
        short = {frame for frame in self._wanted if frame.from_ticks}
        if longer:
            short.add(Timeframe.M1)
        self._ticked = {frame: _Ticked(frame, grace) for frame in Timeframe if frame in short}
        self._merging = [_Merging(frame, grace) for frame in longer]
        self._takers = [ticked.take for ticked in self._ticked.values()]

    def take(self, tick: TickData) -> None:
        """Put a tick into the bars that are open at its time; only `aggregate` events count."""
        if tick.event_type == "aggregate":
            for take in self._takers:
                take(tick)

    def has(self, tick: TickData) -> bool:
        """Say whether this very tick, no newer version of its second, is in its minute's open bar.

        Raises KeyError: no minutes are made here.
        """
        return self._ticked[Timeframe.M1].has(tick)

    def is_open(self, minute: int) -> bool:
        """Say whether there is an open bar of the minute that starts at `minute`, ms UTC.

        Raises KeyError: no minutes are made here.
        """
        return self._ticked[Timeframe.M1].is_open(minute)

    def close(self, now: int) -> list[Bar]:
        """Return the bars that have closed by `now`, the ticks' own time in ms UTC; -1: not known.

        They come in the order of their ends, then from short to long, then by symbol.
        """
        periods: list[list[Bar]] = []
        minutes: list[list[Bar]] = []
        for timeframe, ticked in self._ticked.items():
            closed = ticked.close(now)
            if timeframe is Timeframe.M1:
                minutes = closed
            if timeframe in self._wanted:
                periods += closed
        for merging in self._merging:
            periods += merging.close(chain.from_iterable(minutes), now)
        periods.sort(key=_end)
        return list(chain.from_iterable(periods))

    def closing(self, now: int) -> Iterator[Bar]:
        """Close the bars made of ticks as `close` does, but make each only when it is asked for.

        For those who have no time to make the bars of thousands of symbols at once.
        """
        closed = [period for ticked in self._ticked.values() for period in ticked.closing(now)]
        return chain.from_iterable(closed)

    def resume(self, minutes: Iterable[Bar]) -> None:
        """Take minutes, oldest first, from before all ticks, for longer bars that are open."""
        known = list(minutes)
        for merging in self._merging:
            for minute in reversed(known):
                merging.add(minute, earlier=True)

    def forming(self, symbol: str, timeframe: Timeframe) -> list[Bar]:
        """Return the open bars of a symbol as they are so far, oldest first.

        Raises KeyError: the timeframe is not made of ticks, or not here.
        """
        return self._ticked[timeframe].forming(symbol)

    def counts(self, timeframe: Timeframe = Timeframe.M1) -> BarCounts:
        """Return what became of the ticks so far; raises KeyError as `forming` does."""
        return self._ticked[timeframe].counts()


def _end(bars: list[Bar]) -> int:
    return bars[0].end


class _Ticked:
    """The open bars of one timeframe: the ticks of each second, by period and symbol."""

    def __init__(self, timeframe: Timeframe, grace: int) -> None:
        self._timeframe = timeframe
        self._ms = timeframe.ms
        self._grace = grace
        self._periods = OpenPeriods()
        self._near = self._periods.near
        self._closed = -1
        """Start of the newest period that is closed for good."""
        self._due = _NEVER
        """When the first of the open periods closes."""
        self._taken = self._revised = self._late = 0

    def take(self, tick: TickData) -> None:
        self._taken += 1
        second = tick.timestamp
        second -= second % 1000
        period = self._near.get(second - second % self._ms)
        if period is None:
            period = self._begin(second - second % self._ms, tick.ticker, second)
            if period is None:
                return
        seconds = period[tick.ticker]
        if second in seconds:
            self._revised += 1
        seconds[second] = tick

    def has(self, tick: TickData) -> bool:
        second = tick.timestamp - tick.timestamp % 1000
        return self._periods.at(second - second % self._ms, tick.ticker, second) is tick

    def is_open(self, start: int) -> bool:
        return start in self._periods

    def _begin(self, start: int, symbol: str, second: int) -> Period | None:
        """Return a period that is not near, unless it has closed or is stray."""
        if start <= self._closed:
            self._late += 1
            return None
        self._due = min(self._due, start + self._ms + self._grace)
        return self._periods.begin(start, symbol, second)

    def close(self, now: int) -> list[list[Bar]]:
        """Return the bars of each period that has closed by `now`, both in order."""
        return [list(bars) for bars in self.closing(now)]

    def closing(self, now: int) -> list[Iterator[Bar]]:
        """Close as `close` does; the bars are made when they are asked for."""
        if now >= 0:
            self._periods.approach(now)
        newest = now - self._grace - self._ms
        newest -= newest % self._ms
        self._closed = max(self._closed, newest)
        if now < self._due:
            return []
        closed = [self._bars(start, period) for start, period in self._periods.pop(newest)]
        first = self._periods.first()
        self._due = _NEVER if first is None else first + self._ms + self._grace
        return closed

    def _bars(self, start: int, period: Mapping[str, Mapping[int, TickData]]) -> Iterator[Bar]:
        for symbol in sorted(period):
            yield bar_of(symbol, self._timeframe, start, period[symbol])

    def forming(self, symbol: str) -> list[Bar]:
        return [
            bar_of(symbol, self._timeframe, start, ticks)
            for start, ticks in self._periods.of(symbol)
        ]

    def counts(self) -> BarCounts:
        return BarCounts(self._taken, self._revised, self._late, self._periods.stray)


class _Merging:
    """The open bars of one longer timeframe: the minutes of each, by period and symbol."""

    def __init__(self, timeframe: Timeframe, grace: int) -> None:
        self._timeframe = timeframe
        self._grace = grace
        self._open: dict[int, dict[str, Bar]] = {}
        self._now = -1

    def close(self, minutes: Iterable[Bar], now: int) -> list[list[Bar]]:
        """Take minutes; return the bars of each period that has closed by `now`, both in order."""
        for minute in minutes:
            self.add(minute)
        self._now = max(self._now, now)
        periods = [self._open.pop(start) for start in sorted(self._open) if self._is_closed(start)]
        return [[period[symbol] for symbol in sorted(period)] for period in periods]

    def add(self, minute: Bar, *, earlier: bool = False) -> None:
        """Put a minute at the end of its period's bar, or in front, unless that is closed."""
        found = self._timeframe.period(minute.start)
        if found is None or self._is_closed(found[0]):
            return
        period = self._open.setdefault(found[0], {})
        known = [period[minute.symbol]] if minute.symbol in period else []
        parts = [minute, *known] if earlier else [*known, minute]
        period[minute.symbol] = merged(self._timeframe, found[0], parts)

    def _is_closed(self, start: int) -> bool:
        return self._timeframe.end(start) + self._grace <= self._now


def bar_of(symbol: str, timeframe: Timeframe, start: int, ticks: Mapping[int, TickData]) -> Bar:
    """Return the bar of one symbol's ticks (at least one), given by their seconds."""
    ordered = [ticks[second] for second in sorted(ticks)]
    first = ordered[0]
    high, low = first.tick_high, first.tick_low
    volume: int | float = 0
    turnover = 0.0
    # One loop over the tuples themselves: a minute's end closes the bars of all symbols at once.
    for _, _, _, _, _, _, _, tick_high, tick_low, tick_close, tick_volume, _, _, _ in ordered:
        if tick_high > high:
            high = tick_high
        if tick_low < low:
            low = tick_low
        volume += tick_volume
        turnover += tick_volume * (tick_high + tick_low + tick_close)
    close, seconds = ordered[-1].tick_close, len(ordered)
    return Bar(
        symbol,
        timeframe,
        start,
        first.tick_open,
        high,
        low,
        close,
        volume,
        turnover / 3,
        seconds,
    )


def merged(timeframe: Timeframe, start: int, bars: Iterable[Bar]) -> Bar:
    """Return one longer bar of a symbol's bars (at least one), in their order."""
    parts = list(bars)
    return Bar(
        parts[0].symbol,
        timeframe,
        start,
        parts[0].open,
        max([part.high for part in parts]),
        min([part.low for part in parts]),
        parts[-1].close,
        sum([part.volume for part in parts]),
        sum([part.turnover for part in parts]),
        sum([part.seconds for part in parts]),
        all(part.complete for part in parts),
    )
