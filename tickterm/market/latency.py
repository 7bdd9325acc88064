"""LatencyMeter: how long something took, of the last minute and since the start.

Durations go into buckets of which 64 cover each doubling, so that a quantile is never too short and
at most 1/64 (1.6 %) too long; the longest is exact. Memory is bounded by the number of buckets,
whatever comes; a record costs the same however many came before.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import deque
from collections.abc import Iterable
from itertools import accumulate
from math import frexp

from tickterm.market.snapshot import Quantiles, Timing

__all__ = ["REFRESH", "LatencyMeter"]

REFRESH = 0.5
"""Seconds until a timing is made anew: whoever asks in between gets the same."""

_PER_DOUBLING = 64
_SHORTEST = _PER_DOUBLING - 1
"""Bucket of all that is below a microsecond."""
_LONGEST = 38 * _PER_DOUBLING - 1
"""Bucket of all above 38 hours."""
_TENTH_OF_A_MICROSECOND = 7
"""Decimals of a second: nothing here is measured more closely, and more would only be longer."""


def _bucket(seconds: float) -> int:
    """Return the bucket of a duration; those of negative ones are negative."""
    fraction, doublings = frexp(abs(seconds) * 1e6)
    bucket = doublings * _PER_DOUBLING + int((fraction - 0.5) * (2 * _PER_DOUBLING))
    if bucket < _SHORTEST:
        bucket = _SHORTEST
    elif bucket > _LONGEST:
        bucket = _LONGEST
    return bucket if seconds >= 0 else -bucket


def _edge(bucket: int) -> float:
    """Return the seconds that nothing in a bucket is above."""
    place = abs(bucket) + (bucket > 0)
    doublings, part = divmod(place, _PER_DOUBLING)
    edge = math.ldexp(0.5 + part / (2 * _PER_DOUBLING), doublings) / 1e6
    return edge if bucket > 0 else -edge


class _Buckets:
    """Durations, weighted."""

    def __init__(self) -> None:
        self.counts: dict[int, int] = {}
        self.longest = -math.inf

    def merge(self, other: _Buckets) -> None:
        """Add what another has."""
        counts = self.counts
        for bucket, count in other.counts.items():
            counts[bucket] = counts.get(bucket, 0) + count
        self.longest = max(self.longest, other.longest)

    def quantiles(self) -> Quantiles:
        """Return how the durations are spread."""
        ordered = sorted(self.counts)
        seen = list(accumulate(self.counts[bucket] for bucket in ordered))
        if not seen:
            return Quantiles()

        def quantile(percent: int) -> float:
            wanted = -(-percent * seen[-1] // 100)  # rounded up
            return _rounded(min(_edge(ordered[bisect_left(seen, wanted)]), self.longest))

        return Quantiles(
            count=seen[-1],
            early=sum(self.counts[bucket] for bucket in ordered if bucket < 0),
            p50=quantile(50),
            p95=quantile(95),
            p99=quantile(99),
            max=_rounded(self.longest),
        )


class LatencyMeter:
    """Durations in seconds, weighted; the caller brings a steady clock.

    A negative duration is the difference of two clocks that disagree: it counts as what it is. The
    last minute is twelve pieces of five seconds, of which the oldest goes as a whole: a duration
    counts for 55 to 60 seconds.
    """

    def __init__(self, slices: int = 12, slice_seconds: float = 5.0) -> None:
        """Begin with nothing measured."""
        self._slice_seconds = slice_seconds
        self._newest = _Buckets()
        self._slices: deque[_Buckets] = deque([self._newest], maxlen=slices)
        self._began, self._ends = math.inf, -math.inf
        """Of the newest piece."""
        self._before = _Buckets()
        """All that was before it."""
        self._timing = Timing()
        self._made_at = -math.inf

    def record(self, seconds: float, now: float, weight: int = 1) -> None:
        """Add `weight` durations of `seconds`, taken at monotonic time `now` (seconds)."""
        if not self._began <= now < self._ends:
            self._turn(now)
        newest = self._newest
        bucket = _bucket(seconds)
        newest.counts[bucket] = newest.counts.get(bucket, 0) + weight
        if seconds > newest.longest:
            newest.longest = seconds

    def timing(self, now: float) -> Timing:
        """Return the quantiles at monotonic time `now`, at most `REFRESH` seconds old."""
        if 0 <= now - self._made_at < REFRESH and self._timing.since_start.count:
            return self._timing
        self._made_at = now
        if not self._began <= now < self._ends:
            self._turn(now)
        minute = _merged(self._slices).quantiles()
        since_start = _merged((self._before, self._newest)).quantiles()
        self._timing = Timing(minute, since_start)
        return self._timing

    def _turn(self, now: float) -> None:
        """Begin a new piece where the newest is over; a clock set back begins it anew."""
        if now < self._began:
            self._began = now
        steps = int((now - self._began) / self._slice_seconds)
        if steps:
            self._before.merge(self._newest)
            for _ in range(min(steps, self._slices.maxlen or steps)):
                self._newest = _Buckets()
                self._slices.append(self._newest)
        self._began += steps * self._slice_seconds
        self._ends = self._began + self._slice_seconds


def _merged(pieces: Iterable[_Buckets]) -> _Buckets:
    merged = _Buckets()
    for piece in pieces:
        merged.merge(piece)
    return merged


def _rounded(seconds: float) -> float:
    return round(seconds, _TENTH_OF_A_MICROSECOND)
