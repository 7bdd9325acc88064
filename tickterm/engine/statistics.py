"""Statistics: what the engine counts of the feed, and how fast it goes."""

from __future__ import annotations

import logging
from collections import Counter, deque

from tickterm.engine.notices import Sampler
from tickterm.market.latency import LatencyMeter
from tickterm.market.protocol import Received
from tickterm.market.snapshot import TickCounts, Timing

__all__ = ["Statistics"]

log = logging.getLogger("tickterm.feed")

RATE_WINDOW = 5.0
"""Seconds: a feed that sends bursts at 1 Hz must show a steady rate."""


WARM_UP = 3.0
"""Seconds of the start, full of imports, that say nothing about the loop's lag."""


class Statistics:
    """Counts every element of every frame exactly; tells a sample of the odd ones to the log."""

    def __init__(self) -> None:
        self.frames = 0
        self.bytes = 0
        self.elements = 0
        self.ticks_processed = 0
        self.statuses = 0
        self.unknown = 0
        self.rejected_by: Counter[str] = Counter()
        self._sampler = Sampler()
        self._hidden_at = 0.0
        self.rate = 0.0
        """Ticks per second over the last seconds."""
        self.rate_peak = 0.0
        self.rate_peak_at: float | None = None
        """When the rate was highest; None: there never was a tick."""
        self.bytes_rate = 0.0
        self._lag = LatencyMeter()
        self._lag_p99: float | None = None
        self._samples: deque[tuple[float, int, int]] = deque()
        self._first_beat: float | None = None

    def count(self, received: Received, now: float) -> None:
        """Take one frame's worth, received at monotonic time `now`."""
        self.frames += 1
        self.bytes += received.size
        self.ticks_processed += len(received.ticks)
        self.elements += len(received.ticks)
        if received.statuses or received.unknown or received.rejects:
            self._count_others(received, now)

    def _count_others(self, received: Received, now: float) -> None:
        self.elements += received.elements - len(received.ticks)
        self.statuses += len(received.statuses)
        self.unknown += len(received.unknown)
        for status, message in received.statuses:
            if status != "success" and self._sampler.admit("status messages", now):
                quiet = status in ("connected", "auth_success", "end_of_recording")
                level = logging.INFO if quiet else logging.WARNING
                log.log(level, "status %s: %s", status, message)
        for event in received.unknown:
            if self._sampler.admit("unknown events", now):
                log.warning("unknown event %s", event)
        for reason, sample in received.rejects:
            self.rejected_by[reason] += 1
            if not sample:
                self._sampler.hidden["rejected elements"] += 1
            elif self._sampler.admit("rejected elements", now):
                log.warning("rejected (%s): %s", reason, sample)

    def beat(self, now: float, lag: float) -> None:
        """Take note of the loop's `lag` (seconds); ten times a second, for rates and quantiles."""
        if self._first_beat is None:
            self._first_beat = now
        if now - self._first_beat > WARM_UP:
            self._lag.record(max(lag, 0.0), now)
        self._lag_p99 = self._lag.timing(now).minute.p99
        self._measure_rates(now)
        if now - self._hidden_at >= 1.0:
            self._hidden_at = now
            for kind, count in self._sampler.take_hidden().items():
                log.warning("… and %d more %s", count, kind)

    def view(self) -> TickCounts:
        """Return all counts, consistent with each other."""
        return TickCounts(
            frames=self.frames,
            elements=self.elements,
            ticks=self.ticks_processed,
            statuses=self.statuses,
            unknown=self.unknown,
            rejected=sum(self.rejected_by.values()),
            rejected_by=dict(self.rejected_by),
            hidden=dict(self._sampler.hidden),
            rate=self.rate,
            loop_lag_p99=self._lag_p99,
        )

    def lag(self, now: float) -> Timing:
        """Return how late the loop was, as of monotonic time `now`."""
        return self._lag.timing(now)

    def _measure_rates(self, now: float) -> None:
        samples = self._samples
        if samples and now < samples[-1][0]:
            samples.clear()  # a clock that was set back would make any rate of them
        samples.append((now, self.ticks_processed, self.bytes))
        while len(samples) > 2 and now - samples[0][0] > RATE_WINDOW:
            samples.popleft()
        then, ticks, size = samples[0]
        passed = max(now - then, 1.0)
        self.rate = (self.ticks_processed - ticks) / passed
        self.bytes_rate = (self.bytes - size) / passed
        if self.rate > self.rate_peak:
            self.rate_peak, self.rate_peak_at = self.rate, now
