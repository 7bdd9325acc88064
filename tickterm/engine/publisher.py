"""DataPublisher: encodes every tick once and offers it to every sink."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from tickterm.engine.batch import Batch
from tickterm.market.ticks import TickData, encode

__all__ = ["DataPublisher", "Sink"]

log = logging.getLogger("tickterm.publisher")


class Sink(Protocol):
    """Where ticks go. `offer` takes a batch at once: it never waits."""

    def offer(self, batch: Batch) -> None:
        """Take the batch, or drop and count it."""


class DataPublisher:
    """One encoding for all sinks; one sink that fails harms neither the feed nor the others."""

    def __init__(self, sinks: Sequence[Sink]) -> None:
        self._sinks = sinks
        self.unpublished: Counter[str] = Counter()
        """Class name of a sink -> ticks that it failed to take."""

    def publish_tick_data(self, ticks: Sequence[TickData], received: float) -> None:
        """Offer `ticks`, which arrived at monotonic time `received`, to every sink."""
        batch = Batch([tick.ticker for tick in ticks], [encode(tick) for tick in ticks], received)
        for sink in self._sinks:
            try:
                sink.offer(batch)
            except Exception:  # boundary: whatever one sink does, the feed and the others go on
                name = type(sink).__name__
                if not self.unpublished[name]:
                    log.exception("%s failed to take ticks", name)
                self.unpublished[name] += len(ticks)
