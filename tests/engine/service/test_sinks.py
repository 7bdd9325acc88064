"""Ticks in, counts out: in the state, in Redis and to viewers, whichever of them fails."""

from __future__ import annotations

import asyncio
import logging
import time

import orjson
import pytest

from tests.engine.feed.fake_massive import (
    KEY,
    FakeMassive,
    Peer,
    acknowledge_forever,
    bar,
    sign_in,
    until,
)
from tests.engine.service.running import SYMBOLS, build, engine, nowhere, sends
from tests.redis_server import RedisServer
from tickterm.engine.batch import Batch
from tickterm.engine.notices import NoticeBoard
from tickterm.engine.redis.forwarder import RedisForwarder
from tickterm.engine.viewers.broadcaster import Broadcaster
from tickterm.market.protocol import MassiveProtocol


async def test_a_frame_is_in_the_state_and_in_every_sink_when_handle_returns() -> None:
    service, redis, _ = build("ws://127.0.0.1:1", nowhere())
    service._watch(("AAPL", "BRK.B"), {})
    protocol = MassiveProtocol(KEY, (), "massive")
    junk = (1, {"ev": "X"}, {"ev": "status", "status": "success", "message": "m"})
    received = protocol.receive(b'[{"ev":"A","sym":"IBM","c":NaN}]')
    service.handle(received, time.monotonic())
    for number in range(10):
        elements = [bar("AAPL", number + 1), bar("BRK.B", number + 1), *junk]
        service.handle(protocol.receive(orjson.dumps(elements)), time.monotonic())
    counts = service.statistics.view()
    assert (counts.frames, counts.ticks, counts.statuses, counts.unknown) == (11, 20, 10, 10)
    assert counts.elements == 20 + 10 + 10 + counts.rejected == 51
    for channel in redis.view().channels.values():
        assert (channel.offered, channel.buffered) == (20, 20)
    assert {row.symbol: row.ticks for row in service._look().rows} == {"AAPL": 10, "BRK.B": 10}


async def test_every_tick_reaches_redis_and_the_account_adds_up(redis: RedisServer) -> None:
    async with FakeMassive(sends(5_000)) as feed, engine(feed.url, redis.url) as running:
        await until(lambda: running.look().counts.ticks == 5_000 and running.look().redis.up)
        assert await running.stop() < 3
        snapshot = running.look()
        assert feed.open == 0
        for channel in snapshot.redis.channels.values():
            assert (channel.offered, channel.accepted, channel.dropped_total) == (5_000, 5_000, 0)
        assert [row.symbol for row in snapshot.rows] == list(SYMBOLS)
        assert snapshot.universe.name == "test:two"
        assert len(asyncio.all_tasks()) <= 3  # this one, and the feed's own


@pytest.mark.parametrize("broken", ["redis", "broadcaster"])
async def test_one_failing_sink_stops_neither_the_feed_nor_the_other(
    redis: RedisServer,
    broken: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    offered = {"redis": 0, "broadcaster": 0}
    for name, sink in (("redis", RedisForwarder), ("broadcaster", Broadcaster)):

        def offer(self: object, batch: Batch, name: str = name) -> None:
            offered[name] += len(batch.payloads)
            if name == broken:
                raise RuntimeError("a defect")

        monkeypatch.setattr(sink, "offer", offer)
    async with FakeMassive(sends(1_000)) as feed, engine(feed.url, redis.url) as running:
        await until(lambda: running.look().counts.ticks == 1_000)
        assert offered == {"redis": 1_000, "broadcaster": 1_000}
        assert running.look().link.losses == 0
        assert running.service._publisher.unpublished.total() == 1_000
    assert sum("failed to take ticks" in r.getMessage() for r in caplog.records) == 1


async def test_a_flood_of_junk_is_sampled_and_harms_no_tick() -> None:
    board = NoticeBoard()
    log = logging.getLogger("tickterm.feed")
    log.addHandler(board)

    async def flood(peer: Peer) -> None:
        await sign_in(peer)
        await peer.acknowledge(await peer.command())
        for number in range(100):
            await peer.send(*[{"ev": f"\x1b[31mJUNK{number}"}] * 500, bar("AAPL", number + 1))
        await acknowledge_forever(peer)

    started = time.monotonic()
    async with (
        FakeMassive(flood) as feed,
        engine(feed.url, nowhere(), notices=board) as running,
    ):
        await until(lambda: running.look().counts.ticks == 100)
        took = time.monotonic() - started
        counts = running.look().counts
        assert (counts.unknown, counts.elements) == (50_000, 50_000 + 100 + counts.statuses)

        def texts() -> list[str]:
            return [notice.text for notice in running.look().notices]

        def shown() -> int:
            return sum(text.startswith("unknown event") for text in texts())

        def hidden() -> int:
            return sum(int(t.split()[2]) for t in texts() if t.endswith("more unknown events"))

        await until(lambda: shown() + hidden() >= 50_000)
        assert shown() + hidden() == 50_000
        assert shown() <= 20 * (int(took) + 2)
        notices = texts()
        assert all(text.isprintable() for text in notices)
    log.removeHandler(board)
