"""Marks: which symbols had a pattern in the last minutes, and in which direction; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tickterm.market.redis_events import Direction
from tickterm.market.snapshot import PatternEvent

__all__ = ["NO_MARKS", "Mark", "Marks"]

LIMIT = 12_000
"""Symbols that are marked at most; the feed has about so many."""
_FRESH_MS = 60_000
_MARKED_MS = 300_000


class Mark(NamedTuple):
    """A symbol's newest pattern."""

    pattern: str
    direction: Direction
    fresh: bool = True
    """Whether it is not a minute old."""


NO_MARKS: Mapping[str, Mark] = {}


class Marks:
    """The newest event of each symbol, as long as it is to be seen."""

    def __init__(self) -> None:
        self._events: dict[str, PatternEvent] = {}
        self._second: int | None = None
        self._marks: dict[str, Mark] = {}

    def take(self, events: Iterable[PatternEvent]) -> None:
        """Note new events, oldest first."""
        for event in events:
            self._events.pop(event.symbol, None)
            self._events[event.symbol] = event
            self._second = None
        while len(self._events) > LIMIT:
            del self._events[next(iter(self._events))]

    def at(self, wall_ms: int) -> Mapping[str, Mark]:
        """Return the marks by symbol at an instant of the engine's wall clock, ms UTC."""
        if wall_ms // 1000 != self._second:
            self._second = wall_ms // 1000
            ages = {symbol: abs(wall_ms - e.wall_ms) for symbol, e in self._events.items()}
            self._events = {s: e for s, e in self._events.items() if ages[s] < _MARKED_MS}
            self._marks = {
                symbol: Mark(event.pattern, event.direction, ages[symbol] < _FRESH_MS)
                for symbol, event in self._events.items()
            }
        return self._marks
