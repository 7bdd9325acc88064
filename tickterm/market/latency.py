"""Quantiles of durations from logarithmic buckets: constant memory, about 5 % resolution."""

from __future__ import annotations

import math
from collections import deque
from itertools import accumulate

__all__ = ["LatencyWindow"]

_SMALLEST = 1e-6
_PER_DOUBLING = 14  # 2 ** (1 / 14) = 1.051
_BUCKETS = 28 * _PER_DOUBLING  # 1 µs to 268 s


def _bucket(seconds: float) -> int:
    if seconds <= _SMALLEST:
        return 0
    return min(int(math.log2(seconds / _SMALLEST) * _PER_DOUBLING) + 1, _BUCKETS - 1)


class LatencyWindow:
    """Durations of the last minute or so, weighted; the caller brings the clock.

    The window is `slices` pieces of `slice_seconds` each; the oldest falls out as a whole.
    """

    def __init__(self, slices: int = 6, slice_seconds: float = 10.0) -> None:
        self._slice_seconds = slice_seconds
        self._slices: deque[list[int]] = deque([[0] * _BUCKETS], maxlen=slices)
        self._started: float | None = None

    def record(self, seconds: float, now: float, weight: int = 1) -> None:
        """Add `weight` durations of `seconds`, taken at monotonic time `now` (seconds)."""
        self._turn(now)
        self._slices[-1][_bucket(seconds)] += weight

    def quantile(self, q: float, now: float) -> float | None:
        """Return the `q` quantile in seconds (upper bucket edge), or None without durations."""
        self._turn(now)
        totals = [sum(column) for column in zip(*self._slices, strict=True)]
        wanted = q * sum(totals)
        if wanted <= 0:
            return None
        reached = next(i for i, seen in enumerate(accumulate(totals)) if seen >= wanted)
        return float(_SMALLEST * 2.0 ** (reached / _PER_DOUBLING))

    def _turn(self, now: float) -> None:
        if self._started is None:
            self._started = now
        steps = int((now - self._started) / self._slice_seconds)
        if steps > 0:
            for _ in range(min(steps, self._slices.maxlen or steps)):
                self._slices.append([0] * _BUCKETS)
            self._started += steps * self._slice_seconds
