"""Stops that are in order, though everybody is stuck; and recordings that end."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.client import connect

from tests.engine.feed.fake_massive import FakeMassive, Peer, bar, raw_server, sign_in, stays, until
from tests.engine.service.running import FAST, build, engine, nowhere, where_viewers_go
from tests.redis_server import RedisServer
from tickterm.engine.feed.adapters import FeedConfig
from tickterm.market.snapshot import Feed, LinkPhase


async def test_it_stops_in_time_though_everybody_is_stuck(redis: RedisServer) -> None:
    """Redis stopped with ticks waiting, viewers that read nothing, a feed that is half open."""

    async def floods_then_freezes(peer: Peer) -> None:
        await sign_in(peer)
        await peer.acknowledge(await peer.command())
        for first in range(1, 100_001, 500):
            await peer.send(*(bar("AAPL", i) for i in range(first, first + 500)))
        peer.stop_reading()
        await peer.gone()

    async with (
        FakeMassive(floods_then_freezes) as feed,
        engine(feed.url, redis.url) as running,
    ):
        await until(lambda: running.look().redis.up and running.look().viewers.listening)
        viewers = [await connect(f"ws://{where_viewers_go(running)}") for _ in range(5)]
        for viewer in viewers:
            viewer.transport.pause_reading()
        redis.signal(signal.SIGSTOP)
        await until(lambda: running.look().counts.ticks >= 50_000, 20)
        assert await running.stop() < 6
        snapshot = running.look()
        assert snapshot.redis.channels
        for channel in snapshot.redis.channels.values():
            assert (channel.buffered, channel.in_flight) == (0, 0)
            assert channel.offered == snapshot.counts.ticks
            assert channel.offered == (channel.accepted + channel.dropped_total + channel.ambiguous)
        for viewer in viewers:
            viewer.transport.abort()
            await viewer.wait_closed()


async def test_it_stops_in_time_while_dialling() -> None:
    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        await reader.read()

    async with raw_server(mute) as server, engine(server.url, nowhere()) as running:
        await until(lambda: server.open == 1)
        assert await running.stop() < 3
        await until(lambda: server.open == 0)


async def test_a_second_stop_and_a_stop_at_once_do_no_harm() -> None:
    service, _, _ = build("ws://127.0.0.1:1", nowhere())
    service.stop()
    service.stop()
    await asyncio.wait_for(service.run(), 3)
    service.stop()
    service.reconnect()
    assert len(asyncio.all_tasks()) == 1


class Recording:
    """A recording of ten bars on this machine."""

    error = None

    def __init__(self) -> None:
        self._server = FakeMassive(self._play)

    @property
    def url(self) -> str:
        return self._server.url

    async def _play(self, peer: Peer) -> None:
        await sign_in(peer)
        await peer.acknowledge(await peer.command())
        await peer.send(*(bar("AAPL", i + 1) for i in range(10)))
        await peer.say("end_of_recording", "The recording has ended.")

    @asynccontextmanager
    async def start(self) -> AsyncIterator[Recording]:
        async with self._server:
            yield self


@pytest.mark.parametrize("attended", [True, False])
async def test_a_recording_ends_an_unattended_engine_and_no_other(
    redis: RedisServer, attended: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "tickterm")
    config = FeedConfig(Feed.REPLAY, "replay", local=Recording().start, times=FAST)
    async with engine("", redis.url, feed=config, attended=attended) as running:
        if attended:
            await until(lambda: running.look().link.phase is LinkPhase.ENDED)
            await stays(lambda: not running.task.done(), 0.2)
            await running.stop()
        await asyncio.wait_for(asyncio.shield(running.task), 5)
        snapshot = running.look()
        assert (snapshot.link.phase, snapshot.counts.ticks) == (LinkPhase.ENDED, 10)
        assert {c.accepted for c in snapshot.redis.channels.values()} == {10}
    assert "stopped: recording complete, 10 ticks, 0 rejected; tickstock.data.raw: 10 accepted" in (
        caplog.text
    )
