"""Receipts: how long ticks took from the feed to the transports of viewers."""

from __future__ import annotations

import time
from collections.abc import Callable

from tickterm.engine.batch import Batch
from tickterm.market.latency import LatencyMeter

__all__ = ["Receipts"]

MOST = 4096
"""Batches of one sending that are told apart; further ones count with the last of them, so that
none is measured too short."""


class Receipts:
    """Remembers when the batches came that are still to be sent; measures when they were."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the clock that batches are received by."""
        self.meter = LatencyMeter()
        self._clock = clock
        self._received: list[float] = []
        self._counts: list[int] = []

    def add(self, batch: Batch) -> None:
        """Take a batch that came from the feed."""
        if len(self._received) < MOST:
            self._received.append(batch.received)
            self._counts.append(len(batch.payloads))
        else:
            self._counts[-1] += len(batch.payloads)

    def settle(self, *, sent: bool) -> None:
        """Measure what has just been sent to all who are sent anything; nobody: forget it."""
        if sent:
            now = self._clock()
            for received, count in zip(self._received, self._counts, strict=True):
                self.meter.record(now - received, now, count)
        self._received.clear()
        self._counts.clear()
