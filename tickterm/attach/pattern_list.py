"""PatternList: the pattern events of an engine."""

from __future__ import annotations

from collections import deque

from tickterm.attach.bounds import bounded_event
from tickterm.attach.numbering import Numbering
from tickterm.market.contract import Patterns
from tickterm.market.snapshot import PatternEvent

__all__ = ["PatternList"]

KEPT = 2_000
"""As many as an engine keeps of the symbols that it watches."""


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
                self._events.append(bounded_event(event, number))
                self._frozen = None

    def freeze(self) -> tuple[PatternEvent, ...]:
        """Return the kept events; the same object until there is a new one."""
        if self._frozen is None:
            self._frozen = tuple(self._events)
        return self._frozen
