"""What a whole engine measures of itself, from a feed to Redis, a viewer and a screen."""

from __future__ import annotations

import asyncio
import time

import pytest
from websockets.asyncio.client import connect

from tests.engine.feed.fake_massive import KEY, FakeMassive, Peer, acknowledge_forever, bar, sign_in
from tests.redis_server import redis_server
from tests.waiting import until
from tickterm.access import Access
from tickterm.engine.feed.adapters import FeedConfig
from tickterm.engine.notices import NoticeBoard
from tickterm.engine.patterns.watch import PatternWatch
from tickterm.engine.redis.forwarder import RedisForwarder
from tickterm.engine.redis.mailbox import Mailbox
from tickterm.engine.service import MarketDataService
from tickterm.engine.viewers.broadcaster import Broadcaster
from tickterm.market.contract import Stream, ViewerHello, encode
from tickterm.market.snapshot import Feed
from tickterm.market.universe import Universe

LATE = 4.0
"""Seconds by which the feed's bars are: three more than they are old when they end."""


async def two() -> Universe:
    return Universe("test:two", ("AAPL", "BRK.B"))


@pytest.mark.parametrize("feed", [Feed.LIVE, Feed.REPLAY])
async def test_each_latency_is_measured_on_its_way(feed: Feed) -> None:
    go = asyncio.Event()

    async def script(peer: Peer) -> None:
        await sign_in(peer)
        await peer.acknowledge(await peer.command())
        await peer.send(bar("AAPL", 1))
        await go.wait()
        for number in range(20):
            start = int((time.time() - LATE) * 1000)
            await peer.send(bar("AAPL", number + 2) | {"s": start, "e": start + 1000})
        await acknowledge_forever(peer)

    with redis_server() as redis:
        async with FakeMassive(script) as massive:
            config = FeedConfig(feed, "massive", massive.url, KEY)
            broadcaster = Broadcaster(Access("127.0.0.1", 0))
            forwarder = RedisForwarder(redis.url, Mailbox())
            watch = PatternWatch(redis.url)
            service = MarketDataService(config, two, forwarder, broadcaster, watch, NoticeBoard())
            running = asyncio.create_task(service.run())
            await until(lambda: service.snapshot().redis.up and broadcaster.view().listening)
            url = f"ws://{broadcaster.view().where}"
            async with connect(url, proxy=None) as viewer, connect(url, proxy=None) as screen:
                await viewer.send(encode(ViewerHello(stream=Stream.TICKS)), text=True)
                await screen.send(encode(ViewerHello(stream=Stream.ROWS)), text=True)
                live = broadcaster._hub.attendance.viewers
                await until(lambda: len([v for v in live if v.live]) == 2)
                go.set()
                await until(lambda: service.snapshot().counts.ticks == 21)
                counted = service._figures
                await until(
                    lambda: (
                        counted.view(time.monotonic()).receive_to_screens.since_start.count >= 20
                        and counted.view(time.monotonic()).receive_to_redis.since_start.count >= 20
                    )
                )
                for socket in (viewer, screen):  # they have read nothing: no orderly end
                    socket.transport.abort()
            service.stop()
            await running
    found = service.snapshot().performance
    delay = found.exchange_to_receive.minute
    if feed is Feed.REPLAY:
        assert delay.count == 0
    else:
        assert delay.count == 21
        assert delay.p50 == pytest.approx(LATE - 1, abs=0.5)
    assert found.receive_to_viewers.since_start.count == 20
    for timing in (found.receive_to_redis, found.receive_to_viewers, found.receive_to_screens):
        assert timing.minute.max is not None
        assert 0 < timing.minute.max < 2
        assert timing.minute.early == 0
    assert found.bytes > 21 * 50
    assert found.rate_peak_at is not None
    assert found.memory is not None
    assert 10_000_000 < found.memory < 4_000_000_000
