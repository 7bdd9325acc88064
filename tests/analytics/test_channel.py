"""The channel keeps nothing: what was missed is known, stored as such, and nothing fires on it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from redis.asyncio import Redis

from tests.analytics.listening import EventListener, listening
from tests.analytics.offline import candles, events, frames, ticks
from tests.recordings import write_recording
from tests.redis_server import RedisServer, redis_server
from tests.waiting import until
from tickterm.analytics.bar_queue import BarQueue
from tickterm.analytics.bar_store import BarStore
from tickterm.analytics.channel_source import CHANNEL, ChannelSource
from tickterm.analytics.ledger import Ledger
from tickterm.analytics.partition import Partition
from tickterm.analytics.redis_client import connect
from tickterm.analytics.study_book import StudyBook
from tickterm.analytics.talib_patterns import chosen
from tickterm.market.bars import Bar
from tickterm.market.ticks import TickData, encode
from tickterm.market.timeframe import Timeframe

TIMEFRAMES = (Timeframe.M1, Timeframe.M5)


async def ours() -> bool:
    return True


@asynccontextmanager
async def working(redis: RedisServer, bars: Path) -> AsyncIterator[Partition]:
    client = connect(redis.url)
    store = BarStore(f"sqlite:///{bars}")
    await store.prepare()
    source, queue = ChannelSource(redis.url), BarQueue(store)
    ledger, book = Ledger(client, "ledger", "me"), StudyBook(TIMEFRAMES, chosen(()), store)
    partition = Partition(CHANNEL, source, ledger, ours, queue, store, book, TIMEFRAMES)
    async with asyncio.TaskGroup() as tasks:
        lasting = [tasks.create_task(source.run()), tasks.create_task(queue.run())]
        task = tasks.create_task(partition.run())
        await until(lambda: not partition.reason and source._is_open)
        yield partition
        partition.stop()
        await task
        for other in lasting:
            other.cancel()
    await client.aclose()
    await store.close()


async def publish(redis: RedisServer, some: Sequence[TickData]) -> None:
    async with Redis.from_url(redis.url) as client, client.pipeline(transaction=False) as pipe:
        for tick in some:
            pipe.publish(CHANNEL, encode(tick))
        await pipe.execute()


async def minutes(bars: Path, symbol: str) -> list[Bar]:
    store = BarStore(f"sqlite:///{bars}")
    found = await store.between(Timeframe.M1, [symbol], 0, 2**62)
    await store.close()
    return found[symbol]


def an_hour(tmp_path: Path) -> tuple[list[TickData], Path]:
    path = tmp_path / "hour.jsonl.gz"
    write_recording(path, ("SPY", "IBM"), seconds=3_600, seed=3)
    return ticks(path), path


def assert_only_true_events(ear: EventListener, recording: Path) -> None:
    wanted = events(candles(frames(recording)))
    assert max(ear.patterns().values()) == 1
    assert ear.patterns() == ear.streamed()
    starts = {(event[0], event[2], event[3]) for event in wanted}
    assert {(event[0], event[2], event[3]) for event in ear.patterns()} <= starts


async def test_a_cut_in_the_middle_of_a_minute(tmp_path: Path) -> None:
    day, recording = an_hour(tmp_path)
    bars = tmp_path / "bars.db"
    with redis_server() as redis, listening(redis.port) as ear:
        async with working(redis, bars) as partition:
            await publish(redis, day[:3000])
            await until(lambda: partition.counts().ticks == 3000)
            redis.command("CLIENT", "KILL", "TYPE", "pubsub")
            await until(lambda: partition.missed == 1)
            await until(lambda: not partition.reason)
            for at in range(3100, len(day), 500):
                await publish(redis, day[at : at + 500])
                await until(lambda at=at: partition.counts().ticks >= min(at + 400, len(day) - 100))  # type: ignore[misc] # default
            count = len({tick.timestamp // 60_000 for tick in day}) - 1
            await until(lambda: partition.vitals.bars_closed >= 2 * count)
        found = await minutes(bars, "SPY")
        torn = [bar.start for bar in found if not bar.complete]
        first = day[3000].timestamp // 60_000 * 60_000
        assert first in torn
        assert len(torn) < 12
        assert not {event for event in ear.patterns() if event[2] == "1min" and event[3] in torn}
        assert_only_true_events(ear, recording)


async def test_a_restart_in_the_middle_of_a_minute(tmp_path: Path) -> None:
    day, recording = an_hour(tmp_path)
    bars = tmp_path / "bars.db"
    with redis_server() as redis, listening(redis.port) as ear:
        async with working(redis, bars) as partition:
            await publish(redis, day[:3000])
            await until(lambda: partition.counts().ticks == 3000)
            await until(lambda: partition.vitals.bars_closed > 30)
        before = await minutes(bars, "SPY")
        assert all(bar.complete for bar in before)
        async with working(redis, bars) as partition:
            await publish(redis, day[3000:3200])
            await until(lambda: partition.counts().ticks == 200)
            assert not partition.vitals.is_ready
            await publish(redis, day[3200:])
            await until(lambda: partition.counts().ticks == len(day) - 3000)
            await until(lambda: partition.vitals.is_ready)
            await until(lambda: partition.vitals.bars_closed > 30)
        found = await minutes(bars, "SPY")
        torn = [bar.start for bar in found if not bar.complete]
        assert day[3000].timestamp // 60_000 * 60_000 in torn
        assert len(torn) < 6
        assert found[: len(before)] == before
        assert_only_true_events(ear, recording)


async def test_a_redis_that_restarts_empty_loses_no_closed_bar(tmp_path: Path) -> None:
    day, recording = an_hour(tmp_path)
    bars = tmp_path / "bars.db"
    with redis_server() as redis:
        async with working(redis, bars) as partition:
            await publish(redis, day[:3000])
            await until(lambda: partition.counts().ticks == 3000)
            redis.kill()
            await until(lambda: partition.reason)
            redis.start()
            await until(lambda: not partition.reason, 20)
            with listening(redis.port) as ear:
                await publish(redis, day[3000:])
                await until(lambda: partition.counts().ticks == len(day))
                await until(lambda: partition.vitals.bars_closed > 110)
                assert_only_true_events(ear, recording)
        found = await minutes(bars, "SPY")
        whole = {tick.timestamp // 60_000 for tick in day if tick.ticker == "SPY"}
        assert len(found) >= len(whole) - 1
