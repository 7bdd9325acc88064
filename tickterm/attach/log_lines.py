"""LogLines: the engine's log and the viewer's own lines under one numbering."""

from __future__ import annotations

from collections import deque

from tickterm.attach.bounds import bounded
from tickterm.attach.numbering import Numbering
from tickterm.market.contract import LogLine
from tickterm.market.snapshot import Notice
from tickterm.market.text import clean

__all__ = ["KEPT", "LogLines"]

KEPT = 500
_LIMIT = 1000
"""Characters of a line."""


class LogLines:
    """The newest lines, numbered as those of an engine in this process are."""

    def __init__(self) -> None:
        self._notices: deque[Notice] = deque(maxlen=KEPT)
        self._numbering = Numbering()
        self._frozen: tuple[Notice, ...] | None = ()

    def begin(self) -> None:
        """Take lines of another run of the engine from now on: its numbers begin anew."""
        self._numbering.begin()

    def take(self, line: LogLine) -> None:
        """Add a line of the engine, unless it is here already."""
        number = self._numbering.of(line.number)
        if number is not None:
            self._add(number, bounded(line.level), line.text, bounded(line.time))

    def say(self, level: int, text: str, wall_ms: int) -> None:
        """Add a line: a level of `logging`, any text, ms UTC."""
        self._add(self._numbering.own(), level, text, wall_ms)

    def freeze(self) -> tuple[Notice, ...]:
        """Return the kept lines, oldest first; the same object until there is a new one."""
        if self._frozen is None:
            self._frozen = tuple(self._notices)
        return self._frozen

    def _add(self, number: int, level: int, text: str, wall_ms: int) -> None:
        self._notices.append(Notice(number, wall_ms, level, clean(text, _LIMIT)))
        self._frozen = None
