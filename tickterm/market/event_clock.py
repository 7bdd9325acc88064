"""EventClock: what time it is in the ticks' own time, be they live, delayed or of a recording."""

from __future__ import annotations

from collections import deque
from typing import TypeAlias

__all__ = ["ANEW", "LEAP_NOTES", "EventClock"]

ANEW = 3_600_000
"""Ms back from which time has begun anew, as with a recording that starts again: the feed itself
revises the past for fifteen minutes."""
LEAP_NOTES = 10
"""Notes in a row that are believed whatever they say."""
FEW_NOTES = 3
LEAP_SECONDS = 60.0
"""Seconds for which a few notes in a row must have stood to be believed, as in a thin market."""
STEP = 10_000
"""Ms by which two notes alone may lead ahead of those that are believed."""
PRESENT = 60_000
"""Ms by which a tick may be behind and still speak for the present: older ones are revisions."""

_NEVER = float("inf")
_Notes: TypeAlias = deque[tuple[float, float]]
"""When each was taken (seconds), and how far ahead of our own clock its time is (ms)."""


class EventClock:
    """Follows the newest ticks; while none come it goes on as fast as our own clock.

    A few wrong times must not close all bars for all symbols. So time leaps, ahead of our own clock
    or back to begin anew, only when ten notes in a row agree, or three within the last minute of
    our clock or more. One tick of the present among them and time stays, but for the small steps
    by which two notes may be ahead: our own clock may be slow, or the ticks those of a recording.
    Ticks from the past, which the feed revises, turn nothing back. Where ticks fall behind our own
    clock, as after a pause, it waits for them again.

    `now` is seconds of a monotonic clock: the instant up to which all ticks there are were taken.
    Where they may lie in a queue, that is when the queue was last found empty, not the present.
    """

    def __init__(self) -> None:
        self._mark = -1
        self._marked_at = 0.0
        self._present: _Notes = deque(maxlen=LEAP_NOTES)
        self._past: _Notes = deque(maxlen=LEAP_NOTES)
        """Those from before all that the feed revises, in a row."""
        self._silent_from = _NEVER
        """When the last note will have stood for long enough, should no other come."""

    def note(self, timestamp: int, now: float) -> bool:
        """Take the time (ms UTC) of the last tick of a batch; True: time has begun anew."""
        ahead = timestamp - now * 1000
        if timestamp < self._mark - ANEW:
            self._past.append((now, ahead))
            return self._begin_anew(now)
        self._past.clear()
        then = self.at(now)
        if self._mark < min(timestamp, then):
            self._set(min(timestamp, then), now)
        if timestamp >= self.at(now) - PRESENT:
            self._present.append((now, ahead))
            self._silent_from = now + LEAP_SECONDS
        if timestamp > then:
            self._follow(now)
        return False

    def at(self, now: float) -> int:
        """Return the ticks' own time in ms UTC; -1 before any is believed."""
        if now >= self._silent_from:
            self._silent_from = _NEVER
            self._follow(now)
        if self._mark < 0:
            return -1
        return self._mark + int((now - self._marked_at) * 1000)

    def _follow(self, now: float) -> None:
        """Go as far ahead as the present notes agree."""
        believed = _believed(self._present, now)
        if believed is None:
            return
        two = min(self._present[-1][1], self._present[-2][1])
        agreed = min(two, believed + STEP)
        if agreed >= self._mark - self._marked_at * 1000 + 1:
            self._set(round(agreed + now * 1000), now)

    def _begin_anew(self, now: float) -> bool:
        believed = _believed(self._past, now)
        if believed is None:
            return False
        self._present, self._past = self._past, self._present
        self._past.clear()
        self._set(round(believed + now * 1000), now)
        return True

    def _set(self, mark: int, now: float) -> None:
        self._mark, self._marked_at = mark, now


def _believed(notes: _Notes, now: float) -> float | None:
    """Return the least that enough of the newest notes say; None where there are too few."""
    least = _NEVER
    for count, (noted_at, ahead) in enumerate(reversed(notes), 1):
        least = min(least, ahead)
        if count == LEAP_NOTES or (count >= FEW_NOTES and now - noted_at >= LEAP_SECONDS):
            return least
    return None
