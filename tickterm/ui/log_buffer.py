"""The lines of the log: bounded, filtered and wrapped; pure."""

from __future__ import annotations

import logging
import textwrap
from collections import deque
from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

from rich.cells import chop_cells

from tickterm.market.snapshot import Notice
from tickterm.market.text import clean
from tickterm.ui import numbers
from tickterm.ui.spans import Line

__all__ = ["LIMIT", "Entry", "LogBuffer", "wrap_entry"]

LIMIT = 2_000
_HEAD = "HH:MM:SS L "
_LEVELS = (
    (logging.ERROR, "E", "log-error"),
    (logging.WARNING, "W", "log-warning"),
    (logging.INFO, "I", "log-info"),
)
_OTHER = ["D", "log-debug"]


class Entry(NamedTuple):
    """One notice, or the words that stand for notices nobody saw (then without a letter)."""

    serial: int
    """Counts everything that ever came into the buffer, from 0."""
    time: str
    letter: str
    role: str
    text: str


def _entry(serial: int, notice: Notice) -> Entry:
    letter, role = next((look for level, *look in _LEVELS if notice.level >= level), _OTHER)
    return Entry(serial, numbers.clock(notice.wall_ms), letter, role, clean(notice.text))


def _gap(serial: int, missed: int) -> Entry:
    plural = "" if missed == 1 else "s"
    text = f"… {numbers.count(missed)} line{plural} not shown"
    return Entry(serial, "", "", "log-debug", text)


class LogBuffer:
    """The newest `LIMIT` entries; finds out from the notices' numbers what was missed."""

    def __init__(self) -> None:
        self.filter = ""
        self.added = 0
        """Entries that ever came in; the serial of the next one."""
        self._entries: deque[Entry] = deque(maxlen=LIMIT)
        self._next = 1

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def oldest(self) -> int:
        """The serial of the oldest entry still here."""
        return self.added - len(self._entries)

    def take(self, notices: Iterable[Notice]) -> None:
        """Add the notices not seen before; they come oldest first."""
        for notice in notices:
            missed = notice.number - self._next
            if missed < 0:
                continue
            if missed:
                self._add(_gap(self.added, missed))
            self._add(_entry(self.added, notice))
            self._next = notice.number + 1

    def since(self, serial: int) -> list[Entry]:
        """Return the entries from `serial` on that pass the filter, oldest first."""
        fresh = islice(self._entries, max(0, serial - self.oldest), None)
        return [entry for entry in fresh if self._passes(entry)]

    def _passes(self, entry: Entry) -> bool:
        return self.filter.casefold() in entry.text.casefold()

    def _add(self, entry: Entry) -> None:
        self._entries.append(entry)
        self.added += 1


def wrap_entry(entry: Entry, width: int) -> list[Line]:
    """Return an entry as lines of at most `width` cells, the text under itself."""
    room = max(8, width - len(_HEAD) - 2)
    parts = _wrap(entry.text, room)
    first = ((f" {entry.time:8} ", "muted"), (f"{entry.letter:1} ", entry.role))
    rest = ((" " * (len(_HEAD) + 1), "muted"),)
    role = entry.role if entry.letter != "I" else "value"
    return [(*(rest if i else first), (part, role)) for i, part in enumerate(parts)]


def _wrap(text: str, width: int) -> list[str]:
    if len(text) <= width and text.isascii():
        return [text]
    if text.isascii():
        return textwrap.wrap(text, width, break_on_hyphens=False) or [""]
    return chop_cells(text, width) or [""]
