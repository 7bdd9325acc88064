"""BarQueue: closed bars on their way to the database, which may be away for a while."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from tickterm.errors import TickTermError
from tickterm.market.bars import Bar

__all__ = ["MOST_BARS", "BarQueue", "BarWriter", "Parcel"]

log = logging.getLogger("tickterm.analytics")

MOST_BARS = 200_000
"""Bars that wait while the database is away; beyond, the oldest are dropped and counted."""
AT_ONCE = 5_000
"""Bars of one write, about."""
FIRST_RETRY = 0.5
LONGEST_RETRY = 5.0


class BarWriter(Protocol):
    """What the queue needs of the table of bars."""

    async def write(self, bars: Sequence[Bar]) -> None:
        """Write bars; a repeat changes nothing. Raises TickTermError."""


class Parcel:
    """Bars that were put together; done when they are in the database, or dropped."""

    __slots__ = ("bars", "done", "dropped")

    def __init__(self, bars: Sequence[Bar]) -> None:
        self.bars = bars
        self.done = asyncio.Event()
        self.dropped = False


class BarQueue:
    """One writer for all partitions. put = written + waiting + dropped."""

    def __init__(self, store: BarWriter) -> None:
        self._store = store
        self._parcels: deque[Parcel] = deque()
        self._filled = asyncio.Event()
        self.waiting = 0
        """Bars not yet in the database."""
        self.written = 0
        self.dropped = 0
        self.reason = ""
        """Why the database does not take bars; empty while it does."""

    def put(self, bars: Sequence[Bar]) -> Parcel:
        """Take bars; never waits."""
        parcel = Parcel(bars)
        if not bars and not self._parcels:
            parcel.done.set()
            return parcel
        self._parcels.append(parcel)
        self.waiting += len(bars)
        while self.waiting > MOST_BARS and len(self._parcels) > 1:
            self._drop_oldest()
        self._filled.set()
        return parcel

    async def written_soon(self, parcel: Parcel, patience: float) -> None:
        """Wait until a parcel is in the database, at most `patience` seconds of good times."""
        if self.reason:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await parcel.done.wait()

    async def run(self) -> None:
        """Write what is put, in its order, until cancelled."""
        delay = FIRST_RETRY
        while True:
            await self._filled.wait()
            taken = self._take()
            try:
                await self._store.write([bar for parcel in taken for bar in parcel.bars])
            except TickTermError as error:
                self._enter(str(error))
                await asyncio.sleep(delay)
                delay = min(2 * delay, LONGEST_RETRY)
                continue
            delay = FIRST_RETRY
            self._enter("")
            self._settle(taken)

    async def drain(self, patience: float) -> None:
        """Wait until nothing waits any more, at most `patience` seconds."""
        if self._parcels:
            await self.written_soon(self._parcels[-1], patience)

    def _take(self) -> list[Parcel]:
        """Return the oldest parcels, one at least; they stay until they are written."""
        taken: list[Parcel] = []
        count = 0
        for parcel in self._parcels:
            if taken and count + len(parcel.bars) > AT_ONCE:
                break
            taken.append(parcel)
            count += len(parcel.bars)
        return taken

    def _settle(self, taken: list[Parcel]) -> None:
        for parcel in taken:
            if parcel.dropped:  # given up while it was written after all
                continue
            self._parcels.popleft()
            self.waiting -= len(parcel.bars)
            self.written += len(parcel.bars)
            parcel.done.set()
        if not self._parcels:
            self._filled.clear()

    def _drop_oldest(self) -> None:
        parcel = self._parcels.popleft()
        parcel.dropped = True
        self.waiting -= len(parcel.bars)
        self.dropped += len(parcel.bars)
        parcel.done.set()

    def _enter(self, reason: str) -> None:
        if reason and reason != self.reason:
            log.warning("bars wait: %s", reason)
        elif self.reason and not reason:
            log.info("bars are written again, %d waited", self.waiting)
        self.reason = reason
