"""Mailbox: the bounded queue in front of Redis."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, deque

from tickterm.engine.batch import Batch

__all__ = ["Mailbox"]

MAX_BATCH = 500
"""Ticks that may be in flight at once, and so ambiguous when a connection dies."""


OVERHEAD = 50
"""Bytes that an object and the references to it take beside each payload."""


class Mailbox:
    """Batches wait here in order, at most `max_bytes` of memory and `max_age` seconds old.

    Beyond that the oldest are dropped and counted by reason; `max_age` None: age drops nothing.
    All counts are ticks. offered = taken + buffered + dropped.
    """

    def __init__(self, max_bytes: int = 64 * 2**20, max_age: float | None = 30.0) -> None:
        self._max_bytes = max_bytes
        self._max_age = max_age
        self._batches: deque[tuple[Batch, int]] = deque()
        self._filled = asyncio.Event()
        self._emptied = asyncio.Event()
        self.offered = 0
        self.buffered = 0
        self.buffered_bytes = 0
        self.dropped: Counter[str] = Counter()

    def put(self, batch: Batch) -> None:
        """Append `batch`, cut into pieces that may be in flight at once."""
        self.offered += len(batch.payloads)
        if len(batch.payloads) <= MAX_BATCH:
            self._append(batch)
        else:
            for at in range(0, len(batch.payloads), MAX_BATCH):
                piece = slice(at, at + MAX_BATCH)
                self._append(Batch(batch.symbols[piece], batch.payloads[piece], batch.received))
        while self.buffered_bytes > self._max_bytes:
            self._drop("bytes")
        self._filled.set()

    async def filled(self) -> None:
        """Return as soon as something waits."""
        await self._filled.wait()

    def take(self) -> list[Batch]:
        """Remove and return the oldest batches, together at most `MAX_BATCH` ticks."""
        taken: list[Batch] = []
        room = MAX_BATCH
        while self._batches and len(self._batches[0][0].payloads) <= room:
            batch = self._shift()
            taken.append(batch)
            room -= len(batch.payloads)
        if self.buffered_bytes <= self._max_bytes // 2:
            self._emptied.set()
        return taken

    def give_back(self, taken: list[Batch]) -> None:
        """Put what `take` returned, and what was surely not sent, back to the front."""
        for batch in reversed(taken):
            size = _size(batch)
            self._batches.appendleft((batch, size))
            self._count(batch, size, +1)
        self._filled.set()

    def expire(self, now: float | None = None) -> None:
        """Drop what is older than `max_age`: old ticks on a live channel mislead."""
        if self._max_age is None:
            return
        horizon = (time.monotonic() if now is None else now) - self._max_age
        while self._batches and self._batches[0][0].received < horizon:
            self._drop("age")

    def drop_all(self, reason: str) -> None:
        """Drop whatever still waits."""
        while self._batches:
            self._drop(reason)

    async def room(self) -> None:
        """Return when at most half of `max_bytes` is used: for feeds that can wait."""
        while self.buffered_bytes > self._max_bytes // 2:
            self._emptied.clear()
            await self._emptied.wait()

    def _append(self, batch: Batch) -> None:
        size = _size(batch)
        self._batches.append((batch, size))
        self._count(batch, size, +1)

    def _shift(self) -> Batch:
        batch, size = self._batches.popleft()
        self._count(batch, size, -1)
        if not self._batches:
            self._filled.clear()
        return batch

    def _count(self, batch: Batch, size: int, sign: int) -> None:
        self.buffered += sign * len(batch.payloads)
        self.buffered_bytes += sign * size

    def _drop(self, reason: str) -> None:
        batch = self._shift()
        self.dropped[reason] += len(batch.payloads)


def _size(batch: Batch) -> int:
    """Return the bytes of memory that a batch takes: payloads, and the objects around them."""
    return sum(map(len, batch.payloads)) + OVERHEAD * len(batch.payloads)
