"""Patterns of our own, those of the analytics, and those of a recording that begins again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress

import msgspec
import orjson
import pytest
from redis.asyncio import Redis as RedisClient
from websockets.asyncio.client import connect

from tests.engine.feed.fake_massive import KEY, FakeMassive, until
from tests.engine.service.running import (
    A_MINUTE,
    AFTER,
    BEFORE,
    SYMBOLS,
    build,
    engine,
    frames,
    hear_a,
    nowhere,
    second,
    where_viewers_go,
)
from tests.redis_server import RedisServer
from tickterm.backends.redis_subscriber import RedisSubscriber
from tickterm.engine.patterns import road as event_road
from tickterm.market.contract import Patterns, ViewerHello, encode
from tickterm.market.event_clock import LEAP_NOTES
from tickterm.market.protocol import MassiveProtocol
from tickterm.market.redis_events import (
    HEARTBEAT_KEY,
    PATTERNS,
    PATTERNS_STREAMING,
    BarData,
    Detection,
    Direction,
    PatternDetected,
)
from tickterm.market.redis_events import encode as encode_event
from tickterm.market.timeframe import Timeframe


async def test_a_pattern_of_our_own_goes_to_the_board_to_redis_and_to_viewers(
    redis: RedisServer,
) -> None:
    heard: list[PatternDetected] = []

    class Listener:
        def subscribed(self, gap: float | None) -> None:
            ready.set()

        def lost(self, reason: str) -> None:
            raise AssertionError(reason)

        def hear(self, messages: Sequence[tuple[str, bytes]]) -> None:
            heard.extend(msgspec.json.decode(data, type=PatternDetected) for _, data in messages)

    ready = asyncio.Event()
    go = asyncio.Event()
    listening = asyncio.create_task(RedisSubscriber(redis.url, [PATTERNS], Listener()).run())
    script = frames(*BEFORE, *A_MINUTE, *AFTER, after=go)
    async with FakeMassive(script) as feed, engine(feed.url, redis.url) as running:
        await ready.wait()
        await until(
            lambda: running.look().detection.fallback and running.look().detection.listening
        )
        go.set()
        await until(lambda: running.look().patterns)
        [event] = running.look().patterns
        assert (event.number, event.symbol, event.pattern) == (1, "AAPL", "Doji")
        assert (event.timestamp, event.timeframe) == (second(0)["s"], "1min")
        assert (event.source, event.price) == ("fallback", 78.1)
        await until(lambda: heard)
        assert (heard[0].source, heard[0].data.timestamp) == ("fallback", event.timestamp)
        assert heard[0].data.bar_data.volume == 15
        await until(lambda: running.look().detection.repeated == 2)  # its echo on both channels
        view = running.look().detection
        assert (view.detected, view.unpublished, len(running.look().patterns)) == (1, 0, 1)
        viewer = await connect(f"ws://{where_viewers_go(running)}", proxy=None)
        await viewer.send(encode(ViewerHello()), text=True)
        assert (await hear_a(viewer, Patterns)).events == [event]
        viewer.transport.abort()
        await viewer.wait_closed()
        await running.stop()
    listening.cancel()
    with suppress(asyncio.CancelledError):
        await listening


async def test_while_analytics_is_alive_the_own_rules_rest(redis: RedisServer) -> None:
    client = RedisClient.from_url(redis.url)
    await client.set(HEARTBEAT_KEY, time.time())
    async with FakeMassive(frames(*A_MINUTE)) as feed, engine(feed.url, redis.url) as running:
        await until(lambda: running.look().detection.heartbeat_at is not None)
        await until(lambda: running.look().counts.ticks == 10)
        assert not running.look().detection.fallback
        assert running.look().patterns == ()
        detection = Detection(
            "AAPL", "Engulfing", 1.0, Direction.BULLISH, 1_788_877_080_000, Timeframe.M1,
            BarData(1.0, 2.0, 0.5, 1.5, 10),
        )  # fmt: skip
        published = PatternDetected("analytics", 1_788_877_080_500, detection)
        await client.publish(PATTERNS, encode_event(published))
        await until(lambda: running.look().patterns)
        assert running.look().patterns[0].pattern == "Engulfing"
    await client.aclose()


async def test_without_redis_there_are_patterns_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(event_road, "HEAD_START", 0.0)
    go = asyncio.Event()

    script = frames(*BEFORE, *A_MINUTE, *AFTER, after=go)
    async with FakeMassive(script) as feed, engine(feed.url, nowhere()) as running:
        await until(lambda: running.look().detection.fallback)
        go.set()
        await until(lambda: running.look().patterns)
        assert running.look().detection.reason
        assert await running.stop() < 3


async def test_a_recording_that_begins_again_has_its_patterns_told_again() -> None:
    service, _, _ = build("ws://127.0.0.1:1", nowhere())
    service._watch(SYMBOLS, {})
    protocol = MassiveProtocol(KEY, (), "massive")
    message = {"symbol": "AAPL", "pattern": "Doji", "timestamp": second(0)["s"]}
    told = [(channel, orjson.dumps(message)) for channel in (PATTERNS, PATTERNS_STREAMING)]
    for number in (7_200, 0):
        for _ in range(LEAP_NOTES):
            service.handle(protocol.receive(orjson.dumps([second(number)])), time.monotonic())
        assert service._charts.events("AAPL") == ()
        service._patterns._road.hear(told)
    assert [event.number for event in service._charts.events("AAPL")] == [2]
    assert [event.number for event in service._look().patterns] == [1, 2]
