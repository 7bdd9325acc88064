"""Settlement: what is published and waits for its bars to be in the database."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from tickterm.analytics.bar_queue import BarQueue, Parcel
from tickterm.analytics.batch import Source
from tickterm.analytics.intake import Closing
from tickterm.analytics.ledger import Ledger

__all__ = ["MOST_ENTRIES", "ReadAgain", "Settlement"]

MOST_ENTRIES = 1_000_000
"""Entries kept for acknowledgement while the database is away; beyond, they are read again."""


class ReadAgain(Exception):
    """Bars were dropped for want of a database that is there again: make them once more."""


class _Waiting(NamedTuple):
    parcel: Parcel
    settled: int
    entries: list[bytes]


class Settlement:
    """Notes as settled, and acknowledges, in the order of publishing."""

    def __init__(self, ledger: Ledger, source: Source, bars: BarQueue) -> None:
        self._ledger = ledger
        self._source = source
        self._bars = bars
        self._waiting: deque[_Waiting] = deque()
        self._entries = 0
        self._must_read_again = False

    def add(self, parcel: Parcel, closing: Closing) -> None:
        """Take a closing whose events are published."""
        self._waiting.append(_Waiting(parcel, closing.settled, closing.entries))
        self._entries += len(closing.entries)

    async def let_go(self) -> None:
        """Settle what is in the database by now.

        Raises:
            ReadAgain: some never will be, but the database is there again.
            NotOurs: the partition is another's.
            RedisError: Redis is not to be had.
        """
        while self._waiting and self._waiting[0].parcel.done.is_set():
            parcel, settled, entries = self._waiting.popleft()
            self._entries -= len(entries)
            self._must_read_again |= parcel.dropped and bool(entries)
            if not self._must_read_again:
                await self._ledger.settle(settled)
                await self._source.acknowledge(entries)
        if self._entries > MOST_ENTRIES:
            self._must_read_again = True
            self._waiting.clear()
            self._entries = 0
        if self._must_read_again and not self._waiting and not self._bars.reason:
            raise ReadAgain

    async def let_go_of_all(self) -> None:
        """Settle everything, waiting for the database as long as it takes; raises as `let_go`."""
        while self._waiting:
            await self._waiting[0].parcel.done.wait()
            await self.let_go()

    async def finish(self, patience: float) -> None:
        """Settle what is done within `patience` seconds; raises as `let_go`."""
        if self._waiting:
            await self._bars.written_soon(self._waiting[-1].parcel, patience)
            await self.let_go()
