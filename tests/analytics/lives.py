"""One partition of analytics in this process, which a test may let die at any command to Redis."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from tickterm.analytics.bar_queue import BarQueue
from tickterm.analytics.bar_store import BarStore
from tickterm.analytics.ledger import Ledger
from tickterm.analytics.partition import Partition
from tickterm.analytics.redis_client import connect
from tickterm.analytics.stream_source import StreamSource
from tickterm.analytics.study_book import StudyBook
from tickterm.analytics.talib_patterns import chosen
from tickterm.market.ticks import TickData, encode
from tickterm.market.timeframe import Timeframe

STREAM = "ticks"
GROUP = "tickterm"
SENTINELS = 12
TIMEFRAMES = (Timeframe.M1, Timeframe.M5, Timeframe.M15, Timeframe.H1)


class Death(BaseException):
    """The process is gone: nothing catches this."""


async def append(redis: Redis, ticks: Sequence[TickData], epoch: int = 1, first: int = 1) -> None:
    """Append ticks to the stream as the engine's mirror does."""
    async with redis.pipeline(transaction=False) as pipe:
        for number, tick in enumerate(ticks, first):
            pipe.xadd(STREAM, {"tick": encode(tick)}, id=f"{epoch}-{number}")
        await pipe.execute()


class Life:
    """All that one process has of a partition."""

    def __init__(
        self, url: str, bars: Path | str, owner: str = "me", store: Any = None, **source: Any
    ) -> None:
        self.redis = connect(url)
        where = str(bars) if "://" in str(bars) else f"sqlite:///{bars}"
        self.store = BarStore(where) if store is None else store
        self.bars = BarQueue(self.store)
        self.ledger = Ledger(self.redis, "ledger", owner)
        self.source = StreamSource(self.redis, STREAM, GROUP, from_start=True, **source)
        self.is_ours = True
        self.partition = Partition(
            STREAM,
            self.source,
            self.ledger,
            self._is_ours,
            self.bars,
            self.store,
            StudyBook(TIMEFRAMES, chosen(()), self.store),
            TIMEFRAMES,
        )

    async def _is_ours(self) -> bool:
        return self.is_ours

    def die_at(self, command: int, *, answered: bool) -> None:
        """Die at that command to Redis: before it is sent, or before its answer is read."""
        pool: Any = self.redis.connection_pool
        base = pool.connection_class

        class Mortal(base):  # type: ignore[misc, valid-type] # whichever redis-py chose
            left = command

            async def send_packed_command(self, *args: Any, **kwargs: Any) -> None:
                Mortal.left -= 1
                if Mortal.left == 0 and answered:
                    await super().send_packed_command(*args, **kwargs)
                if Mortal.left <= 0:
                    raise Death
                await super().send_packed_command(*args, **kwargs)

        pool.connection_class = Mortal

    async def close(self) -> None:
        """Close what is open."""
        await self.redis.aclose()
        await self.store.close()

    async def unacknowledged(self) -> int | None:
        """Return how many entries wait for being dealt with; None: some were not even given out."""
        groups = await self.redis.xinfo_groups(STREAM)
        return None if not groups or groups[0]["lag"] else int(groups[0]["pending"])


@contextlib.asynccontextmanager
async def living(life: Life) -> AsyncIterator[Life]:
    """Let the partition work for the length of the block; the end is orderly."""
    await life.store.prepare()
    try:
        async with asyncio.TaskGroup() as tasks:
            writing = tasks.create_task(life.bars.run())
            working = tasks.create_task(life.partition.run())
            yield life
            life.partition.stop()
            await working
            writing.cancel()
    finally:
        await life.close()


async def live_until_death(life: Life) -> None:
    """Let it work until it dies, as a killed process does: nothing is finished."""
    await life.store.prepare()
    tasks = [asyncio.ensure_future(life.partition.run()), asyncio.ensure_future(life.bars.run())]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        with pytest.raises(Death):
            tasks[0].result()
    finally:
        tasks[1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await life.redis.connection_pool.disconnect()
        await life.store.close()


async def live_to_the_end(life: Life, left: int, timeout: float = 20.0) -> None:
    """Let it work until all but `left` entries are acknowledged."""
    async with living(life):
        async with asyncio.timeout(timeout):
            while await life.unacknowledged() != left:  # noqa: ASYNC110 - Redis says it, no event does
                await asyncio.sleep(0.02)


def sentinels(ticks: Iterable[TickData]) -> list[TickData]:
    """Return ticks an hour later, as many as are believed, by which everything before is closed."""
    last = max(ticks, key=lambda tick: tick.timestamp)
    later = last.timestamp // 3_600_000 * 3_600_000 + 2 * 3_600_000
    return [last._replace(timestamp=later + 1000 * second) for second in range(SENTINELS)]
