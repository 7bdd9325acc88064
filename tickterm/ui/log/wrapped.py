"""The entries of the log that are on show, and the lines that they take."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from operator import attrgetter
from typing import TYPE_CHECKING

from tickterm.ui.log.lines import Piece, wrap_entry

if TYPE_CHECKING:
    from tickterm.ui.log.buffer import Entry

__all__ = ["WrappedLog"]

_SERIAL = attrgetter("serial")
"""What pieces are in the order of."""


class WrappedLog:
    """Entries, oldest first, as lines of a width; its length is that of its lines."""

    def __init__(self) -> None:
        self.serials: list[int] = []
        """Of the entries on show."""
        self._pieces: list[Piece] = []

    def __len__(self) -> int:
        return len(self._pieces)

    def wrap(self, entries: Iterable[Entry], width: int) -> None:
        """Show these entries alone, in lines of `width` cells."""
        self.serials.clear()
        self._pieces.clear()
        self.append(entries, width)

    def append(self, entries: Iterable[Entry], width: int) -> None:
        """Show newer entries besides."""
        for entry in entries:
            self.serials.append(entry.serial)
            self._pieces += wrap_entry(entry, width)

    def drop(self, oldest: int) -> int:
        """Forget the entries before the serial `oldest`; return how many lines that were."""
        del self.serials[: self.position(oldest)]
        dropped = self.line(oldest)
        del self._pieces[:dropped]
        return dropped

    def __contains__(self, serial: int) -> bool:
        position = self.position(serial)
        return self.serials[position : position + 1] == [serial]

    def position(self, serial: int) -> int:
        """Return how many entries on show are older than a serial."""
        return bisect_left(self.serials, serial)

    def line(self, serial: int) -> int:
        """Return how many lines belong to entries older than a serial."""
        return bisect_left(self._pieces, serial, key=_SERIAL)

    def at(self, line: int) -> Piece | None:
        """Return what stands on a line, None below the last."""
        return self._pieces[line] if line < len(self._pieces) else None
