"""The channels and the stream, side by side: each works on while the other does not."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.redis_server import RedisServer, redis_server
from tests.waiting import until
from tickterm.engine.batch import Batch
from tickterm.engine.redis import stream_mirror
from tickterm.engine.redis.forwarder import RedisForwarder
from tickterm.engine.redis.mailbox import Mailbox
from tickterm.engine.redis.sinks import RedisSinks
from tickterm.engine.redis.stream_mirror import StreamMirror

NAME = "tickstock:ticks"


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_mirror, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(stream_mirror, "LONGEST_PAUSE", 0.02)


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with redis_server() as running:
        yield running


def build(url: str, max_bytes: int = 64 * 2**20) -> RedisSinks:
    mailbox = Mailbox(max_bytes, max_age=None)
    mirror = StreamMirror(url, NAME, length=10_000, partitions=1, epoch=1, mailbox=mailbox)
    return RedisSinks(RedisForwarder(url, Mailbox()), mirror)


@contextlib.asynccontextmanager
async def running(sinks: RedisSinks) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(sinks.run())
        try:
            await until(lambda: sinks.view().up and not sinks.view().reason)
            yield
        finally:
            task.cancel()


def offer(sinks: RedisSinks, count: int) -> None:
    batch = Batch(["X"] * count, [b"{}"] * count, time.monotonic())
    for sink in sinks.sinks:
        sink.offer(batch)


async def has_room(sinks: RedisSinks) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.05):
            await sinks.room()
            return True
    return False


async def test_the_channels_go_on_while_the_stream_refuses(server: RedisServer) -> None:
    sinks = build(server.url)
    async with running(sinks):
        server.command("CONFIG", "SET", "maxmemory", "1")
        offer(sinks, 100)
        await until(lambda: "OOM" in sinks.view().reason)
        view = sinks.view()
        assert view.up
        assert f"stream {NAME}: OOM" in view.reason
        assert [counts.accepted for counts in view.channels.values()] == [100, 100, 0]
        assert list(view.channels)[-1] == f"stream {NAME}"
        assert view.channels[f"stream {NAME}"].buffered == 100
        server.command("CONFIG", "SET", "maxmemory", "0")
        await sinks.settled()
        assert [counts.accepted for counts in sinks.view().channels.values()] == [100, 100, 100]
        await until(lambda: not sinks.view().reason)


async def test_a_feed_that_can_wait_waits_for_the_stream_too(server: RedisServer) -> None:
    sinks = build(server.url, max_bytes=100_000)
    async with running(sinks):
        assert await has_room(sinks)
        server.command("SET", NAME, "precious")
        offer(sinks, 1_900)
        await until(lambda: "WRONGTYPE" in sinks.view().reason)
        assert sinks.view().buffered_bytes > 50_000
        assert not await has_room(sinks)
        server.command("DEL", NAME)
        await sinks.room()
        await sinks.settled()
        assert sinks.view().channels[f"stream {NAME}"].accepted == 1_900


@pytest.mark.parametrize("number", [0, 1])
async def test_drain_is_for_both(server: RedisServer, number: int) -> None:
    sinks = build(server.url)
    async with running(sinks):
        sinks.sinks[number].offer(Batch(["X"] * 5_000, [b"{}"] * 5_000, time.monotonic()))
        await sinks.drain()
        found = [counts.accepted for counts in sinks.view().channels.values()]
        assert found == [[5_000, 5_000, 0], [0, 0, 5_000]][number]


async def test_a_reader_that_never_stops_gives_way_to_the_stream(server: RedisServer) -> None:
    sinks = build(server.url)
    async with running(sinks):
        sinks.sinks[1].offer(Batch(["X"] * 5_000, [b"{}"] * 5_000, time.monotonic()))
        turns = 0

        async def turn() -> None:
            nonlocal turns
            turns += 1

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(turn())
            await sinks.breathe()
            assert turns == 1


async def test_a_mirror_that_dies_starts_again(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A defect in it loses no tick, and the channels do not notice."""
    whole = StreamMirror._ask
    deaths = 0

    async def dies_once(self: StreamMirror, link: object) -> str:
        nonlocal deaths
        if not deaths:
            deaths += 1
            raise RuntimeError("a defect")
        return await whole(self, link)  # type: ignore[arg-type] # handed on as it came

    monkeypatch.setattr(StreamMirror, "_ask", dies_once)
    sinks = build(server.url)
    async with running(sinks):
        offer(sinks, 100)
        await sinks.settled()
        assert deaths == 1
        assert [counts.accepted for counts in sinks.view().channels.values()] == [100] * 3
        assert server.command("XLEN", NAME) == 100


def test_without_a_stream_there_is_none() -> None:
    forwarder = RedisForwarder("redis://127.0.0.1:1", Mailbox())
    sinks = RedisSinks(forwarder, None)
    assert sinks.sinks == (forwarder,)
    assert sinks.view() == forwarder.view()
