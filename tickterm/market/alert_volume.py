"""VolumeWindow: the shares of the newest window, and of an average one before it."""

from __future__ import annotations

from array import array

__all__ = ["VolumeWindow"]

BEFORE = 20
"""Windows that make the average."""
LEAST_BEFORE = 5
"""Windows without which there is no average."""
MOST_PARTS = 60
"""Of a window, of at least a second each: it slides by parts."""


class VolumeWindow:
    """A ring of parts of 21 windows with two running sums; times are ms UTC and do not go back."""

    __slots__ = ("_before", "_first", "_newest", "_part_ms", "_parts", "_ring", "average", "recent")

    def __init__(self, seconds: float) -> None:
        """Take the length of a window."""
        self._part_ms = max(1000, round(seconds * 1000 / MOST_PARTS))
        self._parts = max(1, round(seconds * 1000 / self._part_ms))
        self._ring = array("d", bytes(8 * self._parts * (BEFORE + 1)))
        self._first = self._newest = -1
        """Numbers of the first part that there was, and of the newest."""
        self._before = 0.0
        """Shares of the windows before the newest one."""
        self.recent = 0.0
        """Shares of the newest window, whose last part is still open."""
        self.average = 0.0
        """Shares of an average window before it; 0: there were none, or too few windows."""

    def add(self, timestamp: int, shares: float) -> None:
        """Add shares at an instant; fewer than none where less is known to have been there."""
        part = timestamp // self._part_ms
        if self._first < 0:
            self._first = self._newest = part
        if part != self._newest:
            self._go_on(part)
        self._ring[part % len(self._ring)] += shares
        self.recent += shares

    def _go_on(self, part: int) -> None:
        """Make `part` the newest: those in between are empty, the oldest ones fall out."""
        ring, size = self._ring, len(self._ring)
        if part - self._newest >= size:
            self._ring = array("d", bytes(8 * size))
            self._before = self.recent = self.average = 0.0
            self._newest = part
            return
        parts, before, recent = self._parts, self._before, self.recent
        for number in range(self._newest + 1, part + 1):
            leaving = ring[(number - parts) % size]
            before += leaving - ring[number % size]
            recent -= leaving
            ring[number % size] = 0.0
        self._newest, self._before, self.recent = part, before, recent
        known = part - parts + 1 - self._first
        if known >= size - parts:
            self.average = before / BEFORE
        elif known >= parts * LEAST_BEFORE:
            self.average = before * parts / known
