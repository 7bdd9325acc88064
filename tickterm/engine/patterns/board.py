"""PatternBoard: the pattern events that screens and viewers show, numbered, bounded, each once."""

from __future__ import annotations

import heapq
from collections import Counter, OrderedDict, deque
from collections.abc import Collection
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from tickterm.engine.patterns.history import EventHistory
from tickterm.market.pattern_reader import PatternReport
from tickterm.market.snapshot import PatternEvent

__all__ = ["KEPT", "OTHERS", "WATCHED", "PatternBoard"]


class _Bounds(NamedTuple):
    """How much there may be of one kind of events."""

    kept: int
    remembered: int
    """Events that are known again: each comes on two channels, and our own come back."""
    a_second: int
    """Events of one second that are among the newest; of the others only charts know."""
    of_a_symbol: int
    """And of one symbol, whose further ones are only numbered: some bars of it close at once, with
    some patterns each."""


WATCHED = _Bounds(kept=2_000, remembered=20_000, a_second=2_000, of_a_symbol=50)
"""As many are kept as a second admits: at a full hour the bars of several timeframes close at once,
each with some patterns, and no screen shall miss one of them."""
OTHERS = _Bounds(kept=50, remembered=2_000, a_second=10, of_a_symbol=5)
"""Of symbols that nobody watches, which anybody can invent as many of as he likes."""
KEPT = WATCHED.kept + OTHERS.kept
"""Events that a snapshot carries."""
SHARED_TEXTS = 20_000
"""Texts of events that are one object in all of them: symbols and names repeat."""


class PatternBoard:
    """Keeps the newest events: those of watched symbols, and a few of others apart from them.

    Every event has its number, also those of a flood that are not kept: a reader sees by the
    numbers that it missed some. Of each watched symbol there are more, for its charts.
    """

    def __init__(self) -> None:
        self._universe: frozenset[str] | None = None
        """The watched symbols; None: all, as long as nobody has said."""
        self._watched, self._others = _Share(WATCHED), _Share(OTHERS)
        self._history = EventHistory()
        self._number = 0
        self._frozen: tuple[PatternEvent, ...] | None = ()
        self.flooded = 0
        """Events that are not among the newest, because too many came in one second."""

    def watch(self, symbols: Collection[str]) -> None:
        """Take exactly `symbols` for watched from now on."""
        self._universe = frozenset(symbols)
        self._history.watch(symbols)

    def begin_anew(self) -> None:
        """Forget what charts show, and know no event of watched symbols: all may be told again.

        The newest stay: they were told. What still comes of the pass before, from others or as our
        own echo, is taken for one of the new pass: it is on the chart ahead of its time, and known
        when its time comes.
        """
        self._history.clear()
        self._watched.forget()

    def add(self, report: PatternReport, now: float, wall_ms: int) -> bool:
        """Take an event that was heard of at monotonic time `now`; False: it is known already."""
        share = self._share(report.symbol)
        if not share.is_new(report):
            return False
        self._number += 1
        if share.admits(report.symbol, now):
            self._keep(_event(self._number, wall_ms, report), share)
        else:
            self.flooded += 1
        return True

    def skip(self, events: int) -> None:
        """Number events that came too fast even to be looked at."""
        self._number += events
        self.flooded += events

    def newest(self) -> tuple[PatternEvent, ...]:
        """Return the kept events, oldest first; the same object until there is a new one."""
        if self._frozen is None:
            shares = self._watched.events, self._others.events
            self._frozen = tuple(heapq.merge(*shares, key=attrgetter("number")))
        return self._frozen

    def of(self, symbol: str) -> tuple[PatternEvent, ...]:
        """Return a watched symbol's events, oldest first; the same object until they change.

        Those that were too many for the newest of all symbols are among them.
        """
        return self._history.of(symbol)

    def _keep(self, event: PatternEvent, share: _Share) -> None:
        self._history.add(event)
        if share.show(event):
            self._frozen = None
        else:
            self.flooded += 1

    def _share(self, symbol: str) -> _Share:
        is_watched = self._universe is None or symbol in self._universe
        return self._watched if is_watched else self._others


class _Share:
    """The events of one kind, within their own bounds."""

    def __init__(self, bounds: _Bounds) -> None:
        self.events: deque[PatternEvent] = deque(maxlen=bounds.kept)
        self._bounds = bounds
        self._known: OrderedDict[tuple[str, str, str, int], None] = OrderedDict()
        self._second = -1
        self._shown = 0
        self._of_symbol: Counter[str] = Counter()

    def is_new(self, report: PatternReport) -> bool:
        """Say whether an event is not known yet, and know it from now on."""
        if report.identity in self._known:
            return False
        self._known[report.identity] = None
        if len(self._known) > self._bounds.remembered:
            self._known.popitem(last=False)
        return True

    def forget(self) -> None:
        """Know no event any more."""
        self._known.clear()

    def admits(self, symbol: str, now: float) -> bool:
        """Count an event of this second; say whether its symbol has not had too many in it."""
        if int(now) != self._second:
            self._second, self._shown = int(now), 0
            self._of_symbol.clear()
        self._of_symbol[symbol] += 1
        return self._of_symbol[symbol] <= self._bounds.of_a_symbol

    def show(self, event: PatternEvent) -> bool:
        """Put an event among the newest; False: the second has had too many of them."""
        if self._shown >= self._bounds.a_second:
            return False
        self._shown += 1
        self.events.append(event)
        return True


def _event(number: int, wall_ms: int, report: PatternReport) -> PatternEvent:
    return PatternEvent(
        number,
        wall_ms,
        _shared(report.symbol),
        _shared(report.pattern),
        report.confidence,
        report.direction,
        report.timestamp,
        _shared(report.timeframe),
        _shared(report.source),
        report.price,
    )


@lru_cache(SHARED_TEXTS)
def _shared(text: str) -> str:
    """Return the same object for equal texts, without keeping for ever what nobody repeats."""
    return text
