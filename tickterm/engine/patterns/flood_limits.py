"""What a flood of events may cost: events that are read in a second, and lines about a trouble."""

from __future__ import annotations

__all__ = ["Allowance", "Seldom"]

MOST_A_SECOND = 20_000
"""Events that are read; reading one takes 10 us. Of a flood the rest is only numbered: a message
that nobody has looked at counts as one event."""
MOST_BYTES_A_SECOND = 8 * 2**20
"""Of messages that are read: 1 MiB that holds no event takes up to 20 ms."""
SAY_EVERY = 60.0
"""Seconds between two lines about the same trouble."""


class Allowance:
    """What may be read in one second; the message that goes beyond it is read to its end."""

    def __init__(self) -> None:
        self._second = -1
        self._events = self._bytes = 0

    def begin(self, now: float) -> None:
        """Start anew where monotonic time `now` is in another second."""
        if int(now) != self._second:
            self._second = int(now)
            self._events = self._bytes = 0

    def spend(self, events: int, size: int) -> None:
        """Count what was read, `size` in bytes."""
        self._events += events
        self._bytes += size

    @property
    def is_spent(self) -> bool:
        """Whether nothing more may be read in this second."""
        return self._events >= MOST_A_SECOND or self._bytes >= MOST_BYTES_A_SECOND


class Seldom:
    """Says when a trouble that has grown may be told again."""

    def __init__(self) -> None:
        self._told = 0
        self._next = float("-inf")

    def is_due(self, count: int, now: float) -> bool:
        """Say whether `count` is news at monotonic time `now`, and no line was due lately."""
        if count == self._told or now < self._next:
            return False
        self._told, self._next = count, now + SAY_EVERY
        return True
