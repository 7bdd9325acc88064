"""The entries of the log: bounded and filtered; pure."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable
from itertools import islice
from typing import NamedTuple

from tickterm.market.snapshot import Notice
from tickterm.market.text import clean
from tickterm.ui.draw import numbers
from tickterm.ui.draw.levels import level_look
from tickterm.ui.log.filter import LogFilter

__all__ = ["LIMIT", "Entry", "LogBuffer"]

LIMIT = 2_000


class Entry(NamedTuple):
    """One notice, or the words that stand for notices nobody saw (then without a time)."""

    serial: int
    """Counts everything that ever came into the buffer, from 0."""
    wall_ms: int | None
    level: int
    text: str

    @property
    def is_gap(self) -> bool:
        """Whether it stands for notices nobody saw."""
        return self.wall_ms is None

    @property
    def time(self) -> str:
        """The local time of day."""
        return "" if self.wall_ms is None else numbers.clock(self.wall_ms)

    @property
    def letter(self) -> str:
        """One letter for the level."""
        return "" if self.is_gap else level_look(self.level)[0]

    @property
    def role(self) -> str:
        """How the letter is drawn."""
        return "log-debug" if self.is_gap else level_look(self.level)[1]


def _entry(serial: int, notice: Notice) -> Entry:
    return Entry(serial, notice.wall_ms, notice.level, clean(notice.text))


def _gap(serial: int, missed: int) -> Entry:
    """Return the words for lines that nobody saw: they may have been of any level."""
    plural = "" if missed == 1 else "s"
    text = f"… {numbers.count(missed)} line{plural} not shown"
    return Entry(serial, None, logging.CRITICAL, text)


class LogBuffer:
    """The newest `LIMIT` entries; finds out from the notices' numbers what was missed."""

    def __init__(self) -> None:
        self.filter = LogFilter()
        self.added = 0
        """Entries that ever came in, words for gaps too; the serial of the next one."""
        self.missed = 0
        """Lines that had left the engine's list before the screen looked at it again."""
        self._entries: deque[Entry] = deque(maxlen=LIMIT)
        self.gaps: deque[int] = deque()
        """Serials of the entries here that stand for lines nobody saw."""
        self._next = 1

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def lines(self) -> int:
        """The lines that are here, whether they pass the filter or not."""
        return len(self._entries) - len(self.gaps)

    @property
    def ever(self) -> int:
        """The lines that the engine ever had, those too that never came here."""
        return self._next - 1

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
                self.missed += missed if self.added else 0  # before the first there was no screen
                self.gaps.append(self.added)
                self._add(_gap(self.added, missed))
            self._add(_entry(self.added, notice))
            self._next = notice.number + 1

    def since(self, serial: int) -> list[Entry]:
        """Return the entries from `serial` on that pass the filter, oldest first."""
        fresh = islice(self._entries, max(0, serial - self.oldest), None)
        return [entry for entry in fresh if self.filter.passes(entry.level, entry.text)]

    def at(self, serial: int) -> Entry | None:
        """Return an entry, whether it passes the filter or not; None if it has fallen out."""
        position = serial - self.oldest
        return self._entries[position] if 0 <= position < len(self._entries) else None

    def _add(self, entry: Entry) -> None:
        self._entries.append(entry)
        self.added += 1
        while self.gaps and self.gaps[0] < self.oldest:
            self.gaps.popleft()
