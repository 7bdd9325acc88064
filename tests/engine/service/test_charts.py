"""Charts that follow the feed."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import orjson
from websockets.asyncio.client import connect

from tests.engine.feed.fake_massive import (
    KEY,
    FakeMassive,
    Peer,
    acknowledge_forever,
    sign_in,
    until,
)
from tests.engine.service.running import (
    A_MINUTE,
    FAST,
    SYMBOLS,
    build,
    engine,
    frames,
    hear_a,
    nowhere,
    second,
    where_viewers_go,
)
from tickterm.engine.feed.adapters import FeedConfig
from tickterm.market.contract import Candles, ChartOf, Patterns, Stream, ViewerHello, encode
from tickterm.market.event_clock import LEAP_NOTES
from tickterm.market.pattern_reader import PatternReport
from tickterm.market.protocol import MassiveProtocol
from tickterm.market.redis_events import Direction
from tickterm.market.snapshot import Feed
from tickterm.market.timeframe import Timeframe


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
