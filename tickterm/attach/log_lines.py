"""LogLines: the engine's log and the viewer's own lines under one numbering."""

from __future__ import annotations

from collections import deque

from tickterm.attach.bounds import bounded
from tickterm.market.contract import LogLine
from tickterm.market.snapshot import Notice
from tickterm.market.text import clean

__all__ = ["KEPT", "LogLines"]

KEPT = 500
_LIMIT = 1000
"""Characters of a line."""


class LogLines:
    """The newest lines; their numbers go on rising whatever engine they come from.

    A number left out means a line that was never seen here, as for the log of an engine in this
    process; what an engine wrote before its first line here does not count as that.
    """

    def __init__(self) -> None:
        self._notices: deque[Notice] = deque(maxlen=KEPT)
        self._number = 0
        self._theirs: int | None = None
        """The engine's number of its newest line here."""
        self._frozen: tuple[Notice, ...] | None = ()

    def begin(self) -> None:
        """Take lines of another run of the engine from now on: its numbers begin anew."""
        self._theirs = None

    def take(self, line: LogLine) -> None:
        """Add a line of the engine, unless it is here already."""
        number = bounded(line.number)
        missed = 0 if self._theirs is None else number - self._theirs - 1
        if missed < 0:
            return
        self._theirs = number
        self._number += missed
        self.say(bounded(line.level), line.text, bounded(line.time))

    def say(self, level: int, text: str, wall_ms: int) -> None:
        """Add a line: a level of `logging`, any text, ms UTC."""
        self._number += 1
        self._notices.append(Notice(self._number, wall_ms, level, clean(text, _LIMIT)))
        self._frozen = None

    def freeze(self) -> tuple[Notice, ...]:
        """Return the kept lines, oldest first; the same object until there is a new one."""
        if self._frozen is None:
            self._frozen = tuple(self._notices)
        return self._frozen
