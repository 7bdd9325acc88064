"""EventClock: what time it is in the ticks' own time, be they live, delayed or of a recording."""

from __future__ import annotations

__all__ = ["EventClock"]

ANEW = 3_600_000
"""Ms back from which time has begun anew, as with a recording that starts again: the feed itself
revises the past for fifteen minutes."""


class EventClock:
    """Follows the newest ticks; between them it goes on as fast as our own clock.

    One wrong time must not close all bars for all symbols, so a step is believed when the next
    batch of ticks is there as well. `now` is seconds of a monotonic clock.
    """

    def __init__(self) -> None:
        self._mark = -1
        self._marked_at = 0.0
        self._last: int | None = None

    def note(self, timestamp: int, now: float) -> bool:
        """Take the time (ms UTC) of the newest tick of a batch; True: time has begun anew."""
        before, self._last = self._last, timestamp
        if before is None:
            return False
        if max(before, timestamp) < self._mark - ANEW:
            self._mark, self._marked_at = max(before, timestamp), now
            return True
        agreed = min(before, timestamp)
        if agreed > self._mark:
            self._mark, self._marked_at = agreed, now
        return False

    def at(self, now: float) -> int:
        """Return the ticks' own time in ms UTC; -1 before there were two batches."""
        if self._mark < 0:
            return -1
        return self._mark + int((now - self._marked_at) * 1000)
