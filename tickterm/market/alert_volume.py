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
LONGEST_SILENCE = 3 * 3_600_000
"""ms; after a longer one the average begins anew: it was the night, not a time without trades."""


class VolumeWindow:
    """A ring of parts of 21 windows; times are ms UTC and do not go back.

    Of each part it has the shares of all time up to its end: differences of them are the shares of
    any windows, and a new part costs the same however long they are.
    """

    __slots__ = (
        "_ends",
        "_first",
        "_floor",
        "_newest",
        "_part_ms",
        "_parts",
        "_sums",
        "_total",
        "average",
    )

    def __init__(self, seconds: float) -> None:
        """Take the length of a window."""
        self._part_ms = max(1000, round(seconds * 1000 / MOST_PARTS))
        self._parts = max(1, round(seconds * 1000 / self._part_ms))
        self._sums = array("d", bytes(8 * self._parts * (BEFORE + 1)))
        self._first = self._newest = self._ends = -1
        """Numbers of the first part that there was, and of the newest; ms UTC at which that ends.
        """
        self._total = self._floor = 0.0
        """Shares of all time; of these, what was before the newest window."""
        self.average = 0.0
        """Shares of an average window before the newest; 0: there were none, or too few windows."""

    def add(self, timestamp: int, shares: float) -> float:
        """Add shares at an instant; fewer than none where less is known to have been there.

        Returns the shares of the newest window, whose last part is still open.
        """
        if timestamp >= self._ends:
            self._begin(timestamp // self._part_ms)
        self._total = total = self._total + shares
        return total - self._floor

    def _begin(self, part: int) -> None:
        """Make `part` the newest: those in between are empty, the oldest ones fall out."""
        sums, newest = self._sums, self._newest
        size = len(sums)
        silent = part - newest
        if newest < 0 or silent >= size or silent * self._part_ms > LONGEST_SILENCE:
            self._first = newest = part
            self._sums = sums = array("d", bytes(8 * size))
            self._total = self.average = 0.0
        while newest < part:
            sums[newest % size] = self._total
            newest += 1
        self._newest, self._ends = part, (part + 1) * self._part_ms
        place, parts = part % size, self._parts
        self._floor = floor = sums[place - parts]
        known = part - parts + 1 - self._first
        if known >= size - parts:
            self.average = (floor - sums[place]) / BEFORE
        elif known >= parts * LEAST_BEFORE:
            self.average = (floor - sums[place]) * parts / known
