"""The pattern events that the screen keeps: bounded, filtered, held while it pauses; pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import takewhile

from tickterm.market.snapshot import PatternEvent
from tickterm.ui.events.filter import EVERYTHING, EventFilter

__all__ = ["LIMIT", "EventBuffer"]

LIMIT = 2_000


class EventBuffer:
    """The newest `LIMIT` events; finds out from their numbers what was missed."""

    def __init__(self) -> None:
        self.missed = 0
        """Events that had left the engine's list before the screen looked at it again."""
        self.shown: deque[PatternEvent] = deque()
        """Those that pass the filter, oldest first; while held, of the events held."""
        self.waiting = 0
        """Events that passed the filter since the list is held."""
        self._filter = EVERYTHING
        self._events: deque[PatternEvent] = deque(maxlen=LIMIT)
        self._held: tuple[PatternEvent, ...] | None = None
        self.newest: int | None = None
        """Number of the newest event that came in."""

    def __len__(self) -> int:
        return len(self._listed)

    def take(self, patterns: Sequence[PatternEvent]) -> list[PatternEvent]:
        """Add the events not seen before, of a list that is oldest first; return them so."""
        newest = self.newest
        if newest is None:
            fresh = list(patterns)
        else:
            fresh = list(takewhile(lambda event: event.number > newest, reversed(patterns)))[::-1]
        if not fresh:
            return fresh
        if newest is not None:
            self.missed += fresh[-1].number - newest - len(fresh)
        self.newest = fresh[-1].number
        self._events.extend(fresh)
        passing = [event for event in fresh if self._filter.passes(event)]
        if self._held is None:
            self._show(passing)
        else:
            self.waiting += len(passing)
        return fresh

    def hold(self, *, held: bool) -> None:
        """Keep the list as it is, whatever comes in, or let it go on with what has come in."""
        if held == (self._held is not None):
            return
        self._held = tuple(self._events) if held else None
        self.filter(self._filter)

    def filter(self, wanted: EventFilter) -> None:
        """Show only what passes."""
        self._filter = wanted
        self.shown = deque(filter(wanted.passes, self._listed))
        last = self._held[-1].number if self._held else 0
        later = takewhile(lambda event: event.number > last, reversed(self._events))
        self.waiting = 0 if self._held is None else sum(map(wanted.passes, later))

    def of(self, symbol: str) -> list[PatternEvent]:
        """Return a symbol's events, newest first, filter or not."""
        return [event for event in reversed(self._events) if event.symbol == symbol]

    @property
    def _listed(self) -> Sequence[PatternEvent]:
        return self._events if self._held is None else self._held

    def _show(self, passing: Sequence[PatternEvent]) -> None:
        self.shown.extend(passing)
        oldest = self._events[0].number
        while self.shown and self.shown[0].number < oldest:
            self.shown.popleft()
