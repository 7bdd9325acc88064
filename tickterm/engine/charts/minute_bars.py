"""MinuteBars: the feed's ticks as bars of a minute, closed in the ticks' own time, and kept."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice

from tickterm.engine.charts.bar_history import BarHistory
from tickterm.market.bars import GRACE, Bar, BarMaker
from tickterm.market.event_clock import ANEW, LEAP_NOTES, PRESENT, EventClock
from tickterm.market.gaps import Gaps
from tickterm.market.snapshot import Candle
from tickterm.market.ticks import TickData
from tickterm.market.timeframe import Timeframe

__all__ = ["MinuteBars", "candle_of"]


CLOSING_TIME = 0.01
"""Seconds that closed bars may take of one frame: thousands of symbols close at once."""
BARS_AT_ONCE = 100
MOST_WAITING = 2
"""Minutes that may wait for it; with more, as in a recording at full speed, there is no waiting."""
GAP_MATTERS = 600_000
"""Ms of the ticks' own time for which a gap is known: no minute is open for longer."""


class MinuteBars:
    """Makes the minutes of all watched symbols. Times named `now` are monotonic seconds.

    A link that dies in silence is noticed seconds later. So our own clock goes on only up to the
    last sign of life, and with it minutes close: of a quiet market some seconds late, at the next
    answer of the feed; after a loss at once, as lacking ticks. A feed that answers and yet sends no
    ticks is no different from a quiet market: until the link is given up for that (`mute_after`),
    its minutes close as complete.
    """

    def __init__(self, began_anew: Callable[[], None]) -> None:
        """Take what to call when the ticks' time begins anew, as of a recording played again."""
        self._began_anew = began_anew
        self._watched: frozenset[str] = frozenset()
        self._awaited: frozenset[str] = frozenset()
        """Symbols that were added while others were watched, and had no tick since."""
        self._begun: dict[str, int] = {}
        """End of the minute in which the first tick of such a symbol came, ms UTC."""
        self._history = BarHistory()
        self._maker = BarMaker([Timeframe.M1])
        self._clock = EventClock()
        self._frames: deque[Sequence[TickData]] = deque(maxlen=LEAP_NOTES)
        """The newest: time may have begun anew with any of them."""
        self._closing: deque[Iterator[Bar]] = deque()
        """Bars of minutes that have closed, still to be made."""
        self._first_end = 0
        """End of the minute in which the first tick came, ms UTC: what was before it is missing."""
        self._gaps = Gaps()
        self._whole_since: float | None = None
        """When the link came back, until there is a tick that says what time that was."""
        self.whole_from = 0
        """Instant from which on no ticks are known to be missing, ms UTC; 0: of none."""
        self._alive_at = 0.0
        """When the feed last gave a sign of life; infinity: none is needed."""
        self._time = self._due = -1

    def watch(self, symbols: Collection[str]) -> None:
        """Make bars of exactly `symbols`; of one that is new, its first minute lacks ticks."""
        watched = frozenset(symbols)
        new = watched - self._watched if self._watched else frozenset()
        self._awaited = (self._awaited & watched) | new
        kept = self._begun.items()
        self._begun = {name: end for name, end in kept if name in watched and name not in new}
        self._watched = watched
        self._history.watch(watched)

    def take(self, ticks: Sequence[TickData], now: float) -> list[Bar]:
        """Take the ticks of one frame, at least one; return the bars that closed by them."""
        self.alive(now)
        if self._clock.note(ticks[-1].timestamp, now):
            self._begin_anew()
        if self._whole_since is not None:
            self._end_gap(ticks[-1].timestamp, now, self._whole_since)
        self._frames.append(ticks)
        self._take(ticks)
        return self.close(now)

    def _take(self, ticks: Iterable[TickData]) -> None:
        watched, take, awaited = self._watched, self._maker.take, self._awaited
        for tick in ticks:
            if not self._first_end:
                self._first_end = Timeframe.M1.end(
                    tick.timestamp - tick.timestamp % Timeframe.M1.ms
                )
            if tick.ticker in watched:
                take(tick)
                if awaited and tick.ticker in awaited:
                    self._begin(tick)
                    awaited = self._awaited

    def close(self, now: float) -> list[Bar]:
        """Return bars that have closed, in the order of their ends; of many, some the next time."""
        then = self.time(now)
        if then >= self._due:
            self._due = then - (then - GRACE) % Timeframe.M1.ms + Timeframe.M1.ms
            self._closing.append(self._maker.closing(then))
        bars = self._made() if self._closing else []
        self._history.add(bars)
        return bars

    def _made(self) -> list[Bar]:
        """Make closed bars for as long as there is time: the others wait for the next call."""
        bars: list[Bar] = []
        until = time.monotonic() + CLOSING_TIME
        while self._closing:
            made = list(islice(self._closing[0], BARS_AT_ONCE))
            if not made:
                self._closing.popleft()
            bars += made
            if time.monotonic() >= until and len(self._closing) <= MOST_WAITING:
                break
        return [self._marked(bar) for bar in bars]

    def _marked(self, bar: Bar) -> Bar:
        begun = max(self._first_end, self._begun.get(bar.symbol, 0))
        lacks_ticks = bar.end <= begun or self._gaps.touch(bar)
        return bar._replace(complete=False) if lacks_ticks else bar

    def _begin(self, tick: TickData) -> None:
        """Note the first tick of a symbol that was added: what was before it is missing."""
        self._awaited -= {tick.ticker}
        self._begun[tick.ticker] = Timeframe.M1.end(
            tick.timestamp - tick.timestamp % Timeframe.M1.ms
        )

    def link_lost(self, since: float) -> None:
        """Know that ticks may be missing since then, and those that the feed held back then."""
        self._gaps.begin(max(self._clock.at(since) - GRACE, 0))
        self._alive_at = math.inf

    def link_up(self, now: float) -> None:
        """Know that the feed is heard again."""
        self._alive_at = now
        if self._gaps.is_open:
            self._whole_since = now

    def alive(self, at: float) -> None:
        """Know that all which the feed had sent by then has come; infinity: it loses nothing."""
        self._alive_at = max(self._alive_at, at)

    def _end_gap(self, timestamp: int, now: float, whole_since: float) -> None:
        """End the gap when the link came back, once time and ticks agree on when that was."""
        then = self._clock.at(now)
        if abs(timestamp - then) > PRESENT:
            return
        self.whole_from = max(then, timestamp) - int((now - whole_since) * 1000) + GRACE
        self._gaps.end(self.whole_from)
        self._gaps.forget(then - GAP_MATTERS)
        self._whole_since = None

    def time(self, now: float) -> int:
        """Return the ticks' own time, ms UTC; it never goes back unless it has begun anew.

        While nothing is heard it stands still: whatever comes next may be of any time since.
        """
        then = self._clock.at(min(now, self._alive_at))
        if then > self._time:
            self._time = then
        return self._time

    def candles(self, symbol: str) -> list[Candle]:
        """Return the closed minutes of a symbol, oldest first."""
        return self._history.candles(symbol)

    def forming(self, symbol: str) -> list[Candle]:
        """Return the open minutes of a symbol as they are so far, oldest first."""
        return [candle_of(bar) for bar in self._maker.forming(symbol, Timeframe.M1)]

    def _begin_anew(self) -> None:
        """Forget all but the frames by which it was seen that time begins anew."""
        past = self._time - ANEW
        self._maker = BarMaker([Timeframe.M1])
        self._history.clear()
        self._closing.clear()
        self._first_end = 0
        self._begun.clear()
        self._gaps = Gaps()
        self._whole_since = None
        self.whole_from = 0
        self._time = self._due = -1
        for frame in self._frames:
            self._take(tick for tick in frame if tick.timestamp < past)
        self._began_anew()


def candle_of(bar: Bar) -> Candle:
    """Return what a chart shows of a bar."""
    return Candle(bar.start, bar.open, bar.high, bar.low, bar.close, bar.volume)
