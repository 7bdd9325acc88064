"""Figures: what the engine measures of its own speed, put together twice a second."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import groupby
from operator import itemgetter
from typing import Protocol

from tickterm.engine.statistics import Statistics
from tickterm.market.latency import REFRESH, LatencyMeter
from tickterm.market.snapshot import Feed, PerformanceView, Timing
from tickterm.market.ticks import TickData
from tickterm.memory import Memory, resident_memory

__all__ = ["ExchangeDelay", "Figures"]

LENGTHS = {"aggregate": 1_000, "aggregate_minute": 60_000}
"""Event type -> ms from a tick's timestamp until nothing more can belong to it; others: none."""

_moment = itemgetter(*map(TickData._fields.index, ("timestamp", "event_type")))


class ExchangeDelay:
    """How much later than its bar's end a tick was received, by this machine's wall clock.

    Ticks of one frame and one moment are measured once: 0.1 µs a tick in frames of hundreds.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time
    ) -> None:
        """Take a steady clock and one that gives seconds UTC."""
        self.meter = LatencyMeter()
        self._clock = clock
        self._wall = wall

    def take(self, ticks: Sequence[TickData], now: float) -> None:
        """Measure the ticks of one frame, received at steady time `now`."""
        received = self._wall() - (self._clock() - now)
        for (start, kind), run in groupby(ticks, _moment):
            ended = (start + LENGTHS.get(kind, 0)) / 1000
            self.meter.record(received - ended, now, len(list(run)))


class Redis(Protocol):
    """Where ticks go that Redis answers for."""

    def timing(self, now: float) -> Timing:
        """Return how long that took."""


class Viewers(Protocol):
    """Where viewers get theirs."""

    def timings(self, now: float) -> tuple[Timing, Timing]:
        """Return how long that took: of the stream `ticks`, of the stream `rows`."""


class Figures:
    """Asks everybody who measures. A replay's bars say nothing of how late the exchange is."""

    def __init__(
        self,
        feed: Feed,
        statistics: Statistics,
        redis: Redis,
        viewers: Viewers,
        *,
        delay: ExchangeDelay | None = None,
        memory: Callable[[], Memory] = resident_memory,
    ) -> None:
        """Take which feed it is, and who measures the rest."""
        self._is_replay = feed is Feed.REPLAY
        self._delay = delay or ExchangeDelay()
        self._statistics = statistics
        self._redis = redis
        self._viewers = viewers
        self._memory = memory
        self._view = PerformanceView()
        self._made_at = float("-inf")

    def take(self, ticks: Sequence[TickData], now: float) -> None:
        """Take the ticks of one frame, received at steady time `now`."""
        if not self._is_replay:
            self._delay.take(ticks, now)

    def view(self, now: float) -> PerformanceView:
        """Return all figures at steady time `now`, made twice a second but for a new peak."""
        if not 0 <= now - self._made_at < REFRESH:
            self._made_at = now
            self._view = self._make(now)
        peak, at = self._statistics.rate_peak, self._statistics.rate_peak_at
        if self._view.rate_peak != peak:  # beside it stands the rate of this moment
            self._view = replace(self._view, rate_peak=peak, rate_peak_at=at)
        return self._view

    def _make(self, now: float) -> PerformanceView:
        statistics, memory = self._statistics, self._memory()
        to_viewers, to_screens = self._viewers.timings(now)
        return PerformanceView(
            exchange_to_receive=self._delay.meter.timing(now),
            receive_to_redis=self._redis.timing(now),
            receive_to_viewers=to_viewers,
            receive_to_screens=to_screens,
            loop_lag=statistics.lag(now),
            rate_peak=statistics.rate_peak,
            rate_peak_at=statistics.rate_peak_at,
            bytes=statistics.bytes,
            bytes_rate=statistics.bytes_rate,
            memory=memory.size,
            memory_is_peak=memory.is_peak,
        )
