"""Bars: ticks to OHLCV by event time, for any number of symbols at once.

A tick is a second's bar. It belongs to the period that its own time, the start of that second, lies
in: `[start, end)`, so that second 59 stays in its minute. Of a second that the feed sends again the
newest version counts, as the feed means it, as long as the bar is open; in whatever order the
seconds come, the bar is the same.

A bar closes when the ticks' own time (`EventClock`) has passed its end by a grace of three seconds,
for all symbols together, whether they were traded since or not. A tick for a closed bar is late:
counted, and in no bar. A tick counts for the bars of each timeframe by itself: it may come too late
for its second and in time for its minute.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from tickterm.market.ticks import TickData
from tickterm.market.timeframe import Timeframe

__all__ = ["GRACE", "Bar", "BarCounts", "BarMaker", "bar_of", "merged"]

GRACE = 3_000
"""Ms after its end at which a bar closes: the feed holds seconds back for two."""
MOST_OPEN = 8
"""Periods of one timeframe that may be open at once; two are, unless times are wrong."""


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
    """Makes the bars of some timeframes out of ticks."""

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

    def close(self, now: int) -> list[Bar]:
        """Return the bars that have closed by `now`, the ticks' own time in ms UTC.

        They come in the order of their ends, then from short to long, then by symbol.
        """
        closed: list[Bar] = []
        minutes: list[Bar] = []
        for timeframe, ticked in self._ticked.items():
            bars = ticked.close(now)
            if timeframe is Timeframe.M1:
                minutes = bars
            if timeframe in self._wanted:
                closed += bars
        for merging in self._merging:
            closed += merging.close(minutes, now)
        if closed:
            closed.sort(key=_by_end)
        return closed

    def resume(self, minutes: Iterable[Bar]) -> None:
        """Take the minutes, from before the first tick, of longer bars that are still open."""
        known = list(minutes)
        for merging in self._merging:
            for minute in known:
                merging.add(minute)

    def forming(self, symbol: str, timeframe: Timeframe) -> list[Bar]:
        """Return the open bars of a symbol as they are so far, oldest first."""
        return self._ticked[timeframe].forming(symbol)

    def counts(self, timeframe: Timeframe = Timeframe.M1) -> BarCounts:
        """Return what became of the ticks so far."""
        return self._ticked[timeframe].counts()


_ORDER = {frame: number for number, frame in enumerate(Timeframe)}


def _by_end(bar: Bar) -> tuple[int, int, str]:
    return bar.end, _ORDER[bar.timeframe], bar.symbol


class _Ticked:
    """The open bars of one timeframe: the ticks of each second, by period and symbol."""

    def __init__(self, timeframe: Timeframe, grace: int) -> None:
        self._timeframe = timeframe
        self._ms = timeframe.ms
        self._grace = grace
        self._open: dict[int, dict[str, dict[int, TickData]]] = {}
        self._due = -1
        """When the first of the open periods closes."""
        self._now = -1
        self._taken = self._revised = self._late = self._stray = 0

    def take(self, tick: TickData) -> None:
        self._taken += 1
        second = tick.timestamp
        start = second - second % self._ms
        period = self._open.get(start)
        if period is None:
            period = self._begin(start)
            if period is None:
                return
        seconds = period.get(tick.ticker)
        if seconds is None:
            period[tick.ticker] = {second: tick}
            return
        self._revised += second in seconds
        seconds[second] = tick

    def _begin(self, start: int) -> dict[str, dict[int, TickData]] | None:
        """Open a period, unless it has closed or is further off than all that are open."""
        if start + self._ms + self._grace <= self._now:
            self._late += 1
            return None
        if len(self._open) >= MOST_OPEN:
            furthest = max(self._open)
            if start > furthest:
                self._stray += 1
                return None
            self._stray += sum(map(len, self._open.pop(furthest).values()))
        period = self._open[start] = {}
        self._due = min(self._open) + self._ms + self._grace
        return period

    def close(self, now: int) -> list[Bar]:
        self._now = now
        if not self._open or now < self._due:
            return []
        bars: list[Bar] = []
        for start in sorted(self._open):
            if start + self._ms + self._grace > now:
                break
            period = self._open.pop(start)
            bars += [
                bar_of(symbol, self._timeframe, start, period[symbol]) for symbol in sorted(period)
            ]
        self._due = min(self._open, default=0) + self._ms + self._grace
        return bars

    def forming(self, symbol: str) -> list[Bar]:
        periods = ((start, self._open[start].get(symbol)) for start in sorted(self._open))
        return [bar_of(symbol, self._timeframe, start, ticks) for start, ticks in periods if ticks]

    def counts(self) -> BarCounts:
        return BarCounts(self._taken, self._revised, self._late, self._stray)


class _Merging:
    """The open bars of one longer timeframe: the minutes of each, by period and symbol."""

    def __init__(self, timeframe: Timeframe, grace: int) -> None:
        self._timeframe = timeframe
        self._grace = grace
        self._open: dict[int, dict[str, Bar]] = {}

    def close(self, minutes: Iterable[Bar], now: int) -> list[Bar]:
        for minute in minutes:
            self.add(minute)
        due = [start for start in self._open if self._timeframe.end(start) + self._grace <= now]
        periods = [self._open.pop(start) for start in sorted(due)]
        return [period[symbol] for period in periods for symbol in sorted(period)]

    def add(self, minute: Bar) -> None:
        found = self._timeframe.period(minute.start)
        if found is None:
            return
        period = self._open.setdefault(found[0], {})
        before = period.get(minute.symbol)
        parts = (minute,) if before is None else (before, minute)
        period[minute.symbol] = merged(self._timeframe, found[0], parts)


def bar_of(symbol: str, timeframe: Timeframe, start: int, ticks: Mapping[int, TickData]) -> Bar:
    """Return the bar of one symbol's ticks (at least one), given by their seconds."""
    ordered = [ticks[second] for second in sorted(ticks)]
    columns = dict(zip(TickData._fields, zip(*ordered, strict=True), strict=True))
    highs, lows, closes = columns["tick_high"], columns["tick_low"], columns["tick_close"]
    volumes = columns["tick_volume"]
    parts = zip(volumes, highs, lows, closes, strict=True)
    return Bar(
        symbol,
        timeframe,
        start,
        ordered[0].tick_open,
        max(highs),
        min(lows),
        ordered[-1].tick_close,
        sum(volumes),
        sum([volume * (high + low + close) / 3 for volume, high, low, close in parts]),
        len(ordered),
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
