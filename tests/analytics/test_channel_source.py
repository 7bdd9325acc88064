"""Ticks from the channel: in order, bounded, and every cut is known."""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio import Redis

from tests.redis_server import redis_server
from tests.waiting import until
from tickterm.analytics import channel_source as module
from tickterm.analytics.batch import Batch
from tickterm.analytics.channel_source import CHANNEL, ChannelSource


def opened() -> ChannelSource:
    source = ChannelSource("redis://localhost:1/0")
    source.subscribed(None)
    return source


def hear(source: ChannelSource, *payloads: bytes) -> None:
    source.hear([(CHANNEL, payload) for payload in payloads])


async def test_what_is_heard_is_read_in_its_order() -> None:
    source = opened()
    await source.open(again=False)
    hear(source, b"1", b"2")
    hear(source, b"3")
    assert await source.unread() == 3
    batch = await source.read()
    assert batch.payloads == [b"1", b"2", b"3"]
    assert batch.waited == 0
    assert not batch.cut
    silence = await source.read()
    assert silence.payloads == ()
    assert 0.05 < silence.waited <= 0.2


async def test_nothing_is_kept_while_nobody_reads() -> None:
    source = opened()
    hear(source, b"1")
    await source.open(again=False)
    hear(source, b"2")
    assert (await source.read()).payloads == [b"2"]
    source.close()
    hear(source, b"3")
    assert await source.unread() == 0


async def test_a_cut_lies_between_what_was_heard_before_and_after() -> None:
    source = opened()
    await source.open(again=False)
    hear(source, b"1")
    source.lost("gone")
    assert source.reason == "not listening: gone"
    source.lost("another reason")
    source.subscribed(2.0)
    hear(source, b"2")
    found = [await source.read() for _ in range(3)]
    assert [batch.payloads for batch in found] == [[b"1"], (), [b"2"]]
    assert [batch.cut for batch in found] == [False, True, False]
    assert found[2].listened < 1
    assert source.reason == ""
    assert source.missed == 1


async def test_beyond_the_bound_the_newest_are_dropped_and_known(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 10)
    source = opened()
    await source.open(again=False)
    for _ in range(5):
        hear(source, b"1234")
    assert (source.dropped, source.missed) == (3, 1)
    assert (await source.read()).payloads == [b"1234", b"1234"]
    hear(source, b"5678")
    assert (await source.read()).cut
    after = await source.read()
    assert after.payloads == [b"5678"]
    assert len([record for record in caplog.records if "too slow" in record.message]) == 1


async def test_the_lag_is_how_long_the_oldest_lay_ready() -> None:
    source = opened()
    await source.open(again=False)
    hear(source, b"1")
    await asyncio.sleep(0.05)
    assert 0.05 <= (await source.read()).lag < 5


async def test_a_real_server_and_a_killed_connection() -> None:
    with redis_server() as server:
        source = ChannelSource(server.url)
        running = asyncio.ensure_future(source.run())
        await until(lambda: not source.reason)
        await source.open(again=False)
        async with Redis.from_url(server.url) as client:
            await client.publish(CHANNEL, b"1")
            assert (await read_something(source)).payloads == [b"1"]
            await client.client_kill_filter(_type="pubsub")
            assert (await read_something(source)).cut
            await until(lambda: not source.reason)
            await client.publish(CHANNEL, b"2")
            assert (await read_something(source)).payloads == [b"2"]
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert source.missed == 1


async def read_something(source: ChannelSource) -> Batch:
    async with asyncio.timeout(20):
        while True:
            batch = await source.read()
            if batch.payloads or batch.cut:
                return batch
