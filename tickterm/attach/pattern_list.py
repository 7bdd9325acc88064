"""PatternList: the pattern events of an engine."""

from __future__ import annotations

from collections import deque

from tickterm.attach.bounds import bounded
from tickterm.attach.numbering import Numbering
from tickterm.market.contract import Patterns
from tickterm.market.snapshot import PatternEvent
from tickterm.market.text import clean

__all__ = ["PatternList"]

KEPT = 2_000
"""As many as an engine keeps of the symbols that it watches."""
_SYMBOL, _NAME, _TIMEFRAME = 32, 64, 16
"""Characters."""


class PatternList:
    """The newest events, oldest first, numbered as those of an engine in this process are."""

    def __init__(self) -> None:
        self._events: deque[PatternEvent] = deque(maxlen=KEPT)
        self._numbering = Numbering()
        self._frozen: tuple[PatternEvent, ...] | None = ()

    def begin(self) -> None:
        """Take events of another run of the engine from now on: its numbers begin anew."""
        self._numbering.begin()

    def take(self, message: Patterns) -> None:
        """Add the events of a message that are not here already."""
        for event in message.events[-KEPT:]:
            number = self._numbering.of(event.number)
            if number is not None:
                self._events.append(_bounded(event, number))
                self._frozen = None

    def freeze(self) -> tuple[PatternEvent, ...]:
        """Return the kept events; the same object until there is a new one."""
        if self._frozen is None:
            self._frozen = tuple(self._events)
        return self._frozen


def _bounded(event: PatternEvent, number: int) -> PatternEvent:
    return PatternEvent(
        number,
        bounded(event.wall_ms),
        clean(event.symbol, _SYMBOL),
        clean(event.pattern, _NAME),
        max(0.0, min(event.confidence, 1.0)),
        event.direction,
        bounded(event.timestamp),
        clean(event.timeframe, _TIMEFRAME),
        clean(event.source, _NAME),
        bounded(event.price),
    )
