"""Intake: the ticks of one partition in, closed bars out; pure, without any clock of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import repeat
from statistics import median_low
from typing import NamedTuple

from tickterm.analytics.batch import Batch
from tickterm.analytics.counts import Counts
from tickterm.analytics.entries import Entries
from tickterm.market.bars import GRACE, Bar, BarCounts, BarMaker
from tickterm.market.event_clock import ANEW, EventClock
from tickterm.market.events import Malformed
from tickterm.market.gaps import Gaps
from tickterm.market.tick_reader import read_tick
from tickterm.market.ticks import TickData
from tickterm.market.timeframe import Timeframe

__all__ = ["Closing", "Intake", "first_time"]

MOST_SYMBOLS = 20_000
"""Of one partition and session; ticks of further ones are refused."""
MOST_ASIDE = 50_000
"""Ticks from long ago that wait for others to say whether time has begun anew."""

_MINUTE = Timeframe.M1.ms
_END_OF_TIME = 2**62


class Closing(NamedTuple):
    """Bars that have closed, and what is done with when they are dealt with."""

    bars: list[Bar]
    """In the order of their ends, then from short to long, then by symbol."""
    settled: int
    """Everything before this instant, ms UTC, is in bars that have closed."""
    entries: list[bytes]
    """Entries of the stream of which all bars have closed."""
    anew: bool = False
    """Whether time begins anew after these: what follows is another session."""


class Intake:
    """Ticks to bars, with all that must be known of them to begin again after a crash.

    Counted: ticks = seconds in bars + the maker's revised, late and stray ones + rejected + others.
    """

    def __init__(self, timeframes: Collection[Timeframe]) -> None:
        """Take the bars to make; those of a minute are always made, as the measure of progress."""
        self._timeframes = frozenset(timeframes) | {Timeframe.M1}
        self._maker = BarMaker(self._timeframes)
        self._clock = EventClock()
        self._gaps = Gaps()
        self._waited = 0.0
        self._second = -1
        self._now = -1
        self._past = -1
        """Ticks from before this instant belong to another session, or to none."""
        self._settled = -1
        self._entries = Entries(self._maker)
        self._aside: list[tuple[TickData, bytes]] = []
        self._symbols: set[str] = set()
        self._traded: set[str] = set()
        """Those of this session; the others had ticks in the one before it."""
        self._session: int | None = None
        self._new: list[str] = []
        self._closed: list[Bar] = []
        self._ended: list[Closing] = []
        self._before = BarCounts()
        self._ticks = 0
        self._rejected: Counter[str] = Counter()

    @property
    def symbols(self) -> int:
        """How many symbols there are ticks of, in this session or the one before."""
        return len(self._symbols)

    @property
    def now(self) -> int:
        """The ticks' own time, ms UTC; -1 before it is known."""
        return self._now

    @property
    def taken(self) -> int:
        """Ticks so far, whatever became of them."""
        return self._before.taken + self._maker.counts().taken

    def counts(self) -> Counts:
        """Return what became of the payloads so far."""
        ended = Counts(self._ticks, self._rejected, self._before)
        return ended.plus(Counts(seconds=self._maker.counts()))

    def new_symbols(self) -> list[str]:
        """Return, once, the symbols that were not there before."""
        new, self._new = self._new, []
        return new

    def resume(self, parts: Iterable[Bar], settled: int) -> None:
        """Go on after a run that had dealt with everything before `settled`, ms UTC.

        `parts` are the bars of the longer ones that were open then, in the order of time.
        """
        self._maker.resume(parts)
        self._maker.close(settled + GRACE)  # also those that the parts have made once more
        self._settled = settled
        self._entries.settle(settled)

    def missing(self, since: int) -> None:
        """Know that ticks are missing from `since`, ms UTC, until the next ones come."""
        self._gaps.begin(since)

    def take(self, batch: Batch) -> list[Closing]:
        """Take a batch and return what has closed by it: one closing, or one for each session."""
        self._waited += batch.waited
        if batch.cut:
            self._gaps.begin(max(self._now - GRACE, 0))
        for payload, entry in zip(batch.payloads, batch.entries or repeat(b""), strict=False):
            tick = self._read(payload)
            if tick is None:
                self._entries.release(entry)
                continue
            second = tick.timestamp
            if second != self._second:
                self._turn(tick)
            if second < self._past:
                self._put_aside(tick, entry)
            else:
                self._maker.take(tick)
                self._entries.hold(tick, entry, self._now)
        self._advance()
        if batch.payloads:
            self._end_gap(batch.listened)
        return self._closings(idle=batch.waited > 0)

    def _read(self, payload: bytes) -> TickData | None:
        """Return the tick of a second; None for whatever else there is."""
        self._ticks += 1
        try:
            tick = read_tick(payload)
        except Malformed as error:
            self._rejected[str(error)] += 1
            return None
        if tick.event_type != "aggregate":
            return None
        if tick.ticker not in self._traded and not self._admit(tick.ticker):
            self._rejected["too many symbols"] += 1
            return None
        return tick

    def _admit(self, symbol: str) -> bool:
        """Note that there are ticks of a symbol; False: there are too many others."""
        if symbol not in self._symbols:
            if len(self._symbols) >= MOST_SYMBOLS:
                return False
            self._symbols.add(symbol)
            self._new.append(symbol)
        self._traded.add(symbol)
        return True

    def _turn(self, tick: TickData) -> None:
        """Take note of another second."""
        self._second = tick.timestamp
        if self._clock.note(tick.timestamp, self._waited):
            self._begin_anew(tick)
        self._advance()

    def _advance(self) -> None:
        """Close what is due at the ticks' own time."""
        now = self._clock.at(self._waited)
        if now <= self._now:
            return
        self._now = now
        self._past = now - ANEW
        if self._aside and self._second >= self._past:
            self._give_up_aside()
        self._closed += self._maker.close(now)

    def _turn_session(self) -> None:
        """Forget the symbols that were not traded in the session that has ended, if one has."""
        session = Timeframe.D1.period(self._settled)
        if session is None or session[0] == self._session:
            return
        if self._session is not None:
            self._symbols, self._traded = self._traded, set()
        self._session = session[0]

    # -- another session ----------------------------------------------------------------------

    def _put_aside(self, tick: TickData, entry: bytes) -> None:
        self._aside.append((tick, entry))
        if len(self._aside) > MOST_ASIDE:
            self._give_up_aside()

    def _give_up_aside(self) -> None:
        """Those from long ago were strays: the maker counts them as late."""
        for tick, entry in self._aside:
            self._maker.take(tick)
            self._entries.release(entry)
        self._aside.clear()

    def _begin_anew(self, first: TickData) -> None:
        """End the session: what is open closes before its time, and is not complete."""
        bars = self._closed + [
            bar if bar.end <= self._now else bar._replace(complete=False)
            for bar in self._maker.close(_END_OF_TIME)
        ]
        entries = self._entries.pop_all()
        self._ended.append(Closing(self._judged(bars), -1, entries, anew=True))
        self._closed = []
        self._before = self.counts().seconds
        self._maker = BarMaker(self._timeframes)
        self._gaps = Gaps()
        self._entries = Entries(self._maker)
        self._now = self._past = self._settled = -1
        self._symbols, self._traded, self._new, self._session = set(), set(), [], None
        self._admit(first.ticker)
        aside, self._aside = self._aside, []
        for tick, entry in aside:
            self._admit(tick.ticker)
            self._maker.take(tick)
            self._entries.hold(tick, entry, self._now)

    # -- gaps, and what has closed ------------------------------------------------------------

    def _end_gap(self, listened: float) -> None:
        """Whole again from when we began to listen, and a grace for what was held back then."""
        if self._gaps.is_open and self._now >= 0:
            self._gaps.end(self._now - int(listened * 1000) + GRACE)

    def _judged(self, bars: list[Bar]) -> list[Bar]:
        gaps = self._gaps
        return [bar._replace(complete=False) if gaps.touch(bar) else bar for bar in bars]

    def _closings(self, idle: bool) -> list[Closing]:
        closings, self._ended = self._ended, []
        settled = (self._now - GRACE) // _MINUTE * _MINUTE if self._now >= 0 else -1
        if settled > self._settled:
            self._settled = settled
            self._turn_session()
            self._entries.settle(settled)
        loose = self._entries.are_loose if idle else self._entries.are_many_loose
        if self._closed or loose:
            bars, self._closed = self._closed, []
            entries = self._entries.pop_loose()
            closings.append(Closing(self._judged(bars), self._settled, entries))
        return closings


def first_time(payloads: Sequence[bytes]) -> int | None:
    """Return the time of the first ticks, ms UTC, whatever single ones of them claim."""
    times: list[int] = []
    for payload in payloads:
        try:
            tick = read_tick(payload)
        except Malformed:
            continue
        if tick.event_type == "aggregate":
            times.append(tick.timestamp)
    return median_low(times) if times else None
