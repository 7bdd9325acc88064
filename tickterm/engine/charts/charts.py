"""Charts: candles and ticks of what somebody looks at, and of nothing else; its events go along.

Minutes and longer come from the closed minutes that the engine keeps, seconds from the ring of the
newest ticks, read once when a chart is opened, as is the tape that all charts of a symbol share;
then all are fed as ticks and bars come.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import chain, count, islice

from tickterm.engine.charts.chart import Chart, MinutesChart, SecondsChart
from tickterm.engine.charts.minute_bars import MinuteBars
from tickterm.engine.charts.tape import MOST_LINES, Tape
from tickterm.market.bars import Bar
from tickterm.market.snapshot import Candle, PatternEvent, TapeTick
from tickterm.market.ticks import TickData
from tickterm.market.timeframe import Timeframe

__all__ = ["Charts"]

OPENING_TIME = 0.01
"""Seconds that opening charts may take from one call of `keep` to the next: the others wait. The
first one need not, so that there is no waiting for ever."""


class Charts:
    """The charts that are open, each shared by all who look at it."""

    def __init__(
        self,
        minutes: MinuteBars,
        recent: Callable[[str], Iterable[bytes]],
        events: Callable[[str], tuple[PatternEvent, ...]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the minutes, what gives the JSON of a symbol's newest ticks, and its events."""
        self._minutes = minutes
        self._recent = recent
        self._events = events
        self._clock = clock
        self._charts: dict[str, dict[Timeframe, Chart]] = {}
        self._tapes: dict[str, Tape] = {}
        """Of each symbol that has a chart, and of those whose charts were closed by `clear`."""
        self._tape_numbers = count(1)
        self._spent = 0.0

    def candles(self, symbol: str, timeframe: Timeframe) -> tuple[Candle, ...] | None:
        """Return the newest candles, oldest first; the same object until one changes.

        None: opening the chart has to wait for its turn; ask again after `keep`.
        """
        chart = self._charts.get(symbol, {}).get(timeframe)
        if chart is None:
            if self._spent >= OPENING_TIME:
                return None
            began = self._clock()
            chart = self._open(symbol, timeframe)
            self._spent += self._clock() - began
        return chart.candles(self._minutes.time(self._clock()))

    def events(self, symbol: str) -> tuple[PatternEvent, ...]:
        """Return a symbol's pattern events, oldest first; the same object until they change."""
        return self._events(symbol)

    def ticks(self, symbol: str) -> tuple[TapeTick, ...]:
        """Return the newest ticks of a symbol that has a chart, oldest first; the same object until
        one comes or changes."""
        tape = self._tapes.get(symbol)
        return () if tape is None else tape.ticks()

    def keep(self, wanted: Collection[tuple[str, Timeframe]]) -> None:
        """Close all charts but those of `wanted`; others may be opened again."""
        self._spent = 0.0
        if self._tapes:
            symbols = {symbol for symbol, _ in wanted}
            self._tapes = {name: tape for name, tape in self._tapes.items() if name in symbols}
            kept = {
                symbol: {
                    frame: chart for frame, chart in charts.items() if (symbol, frame) in wanted
                }
                for symbol, charts in self._charts.items()
            }
            self._charts = {symbol: charts for symbol, charts in kept.items() if charts}

    def clear(self) -> None:
        """Close all charts: they are opened anew when they are asked for. Tapes run on."""
        self._charts.clear()

    def take(self, ticks: Sequence[TickData], now: float) -> None:
        """Take the ticks of one frame, after the minutes have taken them."""
        if not self._tapes:
            return
        then = self._minutes.time(now)
        for tick in ticks:
            if (tape := self._tapes.get(tick.ticker)) is not None:
                tape.take(tick)
                for chart in self._charts.get(tick.ticker, {}).values():
                    chart.take(tick, then)

    def take_minutes(self, bars: Iterable[Bar]) -> None:
        """Take minutes that have closed."""
        if self._charts:
            for bar in bars:
                for chart in self._charts.get(bar.symbol, {}).values():
                    chart.take_minute(bar)

    def _open(self, symbol: str, timeframe: Timeframe) -> Chart:
        chart: Chart
        recent = iter(self._recent(symbol))
        if symbol not in self._tapes:
            newest = list(islice(recent, MOST_LINES))
            recent = chain(newest, recent)
            self._tapes[symbol] = Tape(self._tape_numbers, newest)
        if timeframe.ms < Timeframe.M1.ms:
            chart = SecondsChart(symbol, timeframe, recent)
        else:
            chart = MinutesChart(symbol, timeframe, self._minutes)
        self._charts.setdefault(symbol, {})[timeframe] = chart
        return chart
