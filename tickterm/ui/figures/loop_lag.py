"""LoopLag: how late the screen's own loop is at its work."""

from __future__ import annotations

import time
from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable

from tickterm.market.latency import LatencyMeter
from tickterm.market.snapshot import Timing

__all__ = ["LoopLag"]

BEAT = 0.1
"""Seconds between two looks at the clock."""
WARM_UP = 3.0
"""Seconds of the start, full of imports, that say nothing about the loop."""


class LoopLag:
    """Asks the loop to be woken ten times a second and measures how much too late it was."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Take a clock in seconds."""
        self._clock = clock
        self._meter = LatencyMeter()
        self._loop: AbstractEventLoop | None = None
        self._handle: TimerHandle | None = None
        self._from = 0.0
        self._due = 0.0

    def start(self, loop: AbstractEventLoop) -> None:
        """Begin to measure a loop."""
        self._loop = loop
        self._from = self._clock() + WARM_UP
        self._wait()

    def stop(self) -> None:
        """Measure no more."""
        self._loop = None
        if self._handle is not None:
            self._handle.cancel()

    def timing(self) -> Timing:
        """Return how late it was."""
        return self._meter.timing(self._clock())

    def _wait(self) -> None:
        if self._loop is not None:
            self._due = self._clock() + BEAT
            self._handle = self._loop.call_later(BEAT, self._beat)

    def _beat(self) -> None:
        now = self._clock()
        if now >= self._from:
            self._meter.record(max(now - self._due, 0.0), now)
        self._wait()
