"""Heartbeat: whether analytics is alive, by the key that it writes again and again."""

from __future__ import annotations

from collections import deque

__all__ = ["LEAST_SILENCE", "MOST_SILENCE", "Heartbeat"]

MOST_SILENCE = 150.0
"""Seconds of silence after which nobody is there, while the beat's interval is unknown: of a beat
every 60 s one may be lost."""
LEAST_SILENCE = 30.0
"""Seconds of silence that never mean anything: a busy machine's beat may be that late."""
INTERVALS_MISSED = 3
INTERVALS_KNOWN = 3
"""Intervals from which on the longest is believed: the first and a restart's are too short."""
INTERVALS_KEPT = 5


class Heartbeat:
    """Alive is who changes the value, by our own monotonic clock.

    The clocks of two machines differ, so the age that the value claims counts only while nothing
    else is known: when it is first read. `now` is seconds of the monotonic clock.
    """

    def __init__(self) -> None:
        """Begin with nothing heard."""
        self.changed_at: float | None = None
        """When there was a sign of life last; None: never."""
        self._value: bytes | None = None
        self._intervals: deque[float] = deque(maxlen=INTERVALS_KEPT)

    def read(self, value: bytes | None, now: float, wall: float) -> None:
        """Take the key's value as it was just read, at `wall` seconds UTC; None: there is none."""
        if value is None or value == self._value:
            return
        first, self._value = self._value is None, value
        if first:
            age = _age(value, wall)
            self.changed_at = None if age is None else now - age
            return
        if self.changed_at is not None and self.is_alive(now):
            self._intervals.append(now - self.changed_at)
        else:
            self._intervals.clear()
        self.changed_at = now

    def is_alive(self, now: float) -> bool:
        """Return whether the last sign of life is recent."""
        return self.changed_at is not None and now - self.changed_at <= self._silence()

    def _silence(self) -> float:
        """Return the seconds of silence after which nobody is there."""
        if len(self._intervals) < INTERVALS_KNOWN:
            return MOST_SILENCE
        return min(max(INTERVALS_MISSED * max(self._intervals), LEAST_SILENCE), MOST_SILENCE)


def _age(value: bytes, wall: float) -> float | None:
    """Return how many seconds ago a beat was; None: it makes no sense, or is long ago.

    A beat is the seconds UTC as text. One from the near future is of a clock that differs.
    """
    try:
        age = wall - float(value)
    except ValueError:
        return None
    return max(age, 0.0) if abs(age) <= MOST_SILENCE else None
