"""When to try again and when to doubt a silent link: rules without a clock of their own.

All instants are seconds of one monotonic clock that the caller brings.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

__all__ = ["Backoff", "LinkTimes", "QuietWatch"]


@dataclass(frozen=True, slots=True)
class LinkTimes:
    """The link's deadlines, in seconds."""

    handshake: float = 15.0
    """From dialling to `auth_success`."""
    first_retry: float = 0.5
    longest_retry: float = 60.0
    earned_after: float = 60.0
    """Data over this long make the next loss start from `first_retry` again."""
    capped_retry: float = 60.0
    """Between attempts while another program uses the key."""
    ping_every: float = 5.0
    """Of silence, until the peer is asked for a sign of life."""
    dead_after: float = 10.0
    """Of silence, pongs included, until the link is given up."""
    mute_after: float = 30.0
    """Without data on a link that had plenty, until it is given up."""


class Backoff:
    """Delays that double, and are earned back by data alone.

    A handshake earns nothing: a feed server greets, authenticates and subscribes a client that is
    over its connection cap, and drops it a second later.
    """

    def __init__(self, times: LinkTimes) -> None:
        self._times = times
        self._delay = times.first_retry
        self._data_since: float | None = None

    def connecting(self) -> None:
        """Begin a connection: nothing is earned yet."""
        self._data_since = None

    def data(self, now: float) -> bool:
        """Take note of data; True when the link has now earned its first delay back."""
        if self._data_since is None:
            self._data_since = now
        if now - self._data_since < self._times.earned_after:
            return False
        self._delay = self._times.first_retry
        return True

    def next_delay(self, luck: float) -> float:
        """Return the seconds to wait now; `luck` in [0, 1) adds up to a quarter as jitter."""
        delay = self._delay
        self._delay = min(2 * delay, self._times.longest_retry)
        return min(delay * (1 + luck / 4), self._times.longest_retry)


class QuietWatch:
    """Notices an open link on which data stopped, without mistaking a sparse feed for it.

    It waits for `mute_after`, three times the longest or twenty times the mean of the recent
    pauses, whichever is longest. Each alarm doubles the wait, up to an hour: the market may be
    closed. Data end the doubling, at first only when there were `LEARNT_AFTER` frames of it: until
    then nobody knows how sparse the feed is.
    """

    LEARNT_AFTER = 20
    RECENT = 256
    LONGEST_WAIT = 3600.0
    LONGEST_PAUSE = 300.0
    """Seconds: a night without data must not make the next day's waits as long."""

    def __init__(self, mute_after: float) -> None:
        self._mute_after = mute_after
        self._pauses: deque[float] = deque(maxlen=self.RECENT)
        self._longest = 0.0
        self._total = 0.0
        self._last: float | None = None
        self._patience = 1

    def connected(self, now: float) -> None:
        """Begin to wait for data: the time without a link is not the feed's silence."""
        self._last = now

    def data(self, now: float) -> None:
        """Take note of a frame that held data."""
        if self._last is not None:
            self._remember(now - self._last)
        self._last = now
        if len(self._pauses) >= self.LEARNT_AFTER:
            self._patience = 1

    def deadline(self) -> float:
        """Return the seconds of silence that are too long."""
        mean = self._total / max(len(self._pauses), 1)
        wait = max(self._mute_after, 3 * self._longest, 20 * mean)
        return min(wait * self._patience, max(self.LONGEST_WAIT, wait))

    def overdue(self, now: float) -> float | None:
        """Return the seconds of silence if they are too many, else None."""
        if self._last is None or now - self._last < self.deadline():
            return None
        return now - self._last

    def alarmed(self) -> None:
        """Widen the wait: the link is given up, and perhaps it was not the link's fault."""
        self._patience *= 2

    def _remember(self, pause: float) -> None:
        pause = min(pause, self.LONGEST_PAUSE)
        if len(self._pauses) == self.RECENT:
            gone = self._pauses.popleft()
            self._total -= gone
            if gone >= self._longest:
                self._longest = max(self._pauses)
        self._pauses.append(pause)
        self._total += pause
        self._longest = max(self._longest, pause)
