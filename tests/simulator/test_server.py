"""The simulated server, as a bare client sees it."""

from __future__ import annotations

import asyncio
import gc
import time
from pathlib import Path

import orjson
import pytest
import uvloop

from tests.recordings import write_recording
from tests.simulator.peer import dial, ended, login, rest, say, status_of, subscribed, take, until
from tickterm.errors import SettingsError
from tickterm.simulator.faults import Faults
from tickterm.simulator.generated import GeneratedSource
from tickterm.simulator.server import SimulatedFeed
from tickterm.simulator.source import RecordedSource


def _feed(**options: object) -> SimulatedFeed:
    return SimulatedFeed(GeneratedSource(), **options)  # type: ignore[arg-type]  # test shorthand


async def test_the_handshake_is_that_of_the_feed() -> None:
    async with _feed() as feed, dial(feed) as ws:
        assert await ws.recv() == (
            '[{"ev":"status","status":"connected","message":"Connected Successfully"}]'
        )
        await say(ws, "auth", "any")
        assert await ws.recv() == (
            '[{"ev":"status","status":"auth_success","message":"authenticated"}]'
        )
        await say(ws, "subscribe", "A.AAPL,T.AAPL,ZZ.AAPL")
        assert [(a["status"], a["message"]) for a in await take(ws)] == [
            ("success", "subscribed to: A.AAPL"),
            ("error", "not authorized"),
        ]
        frame = await ws.recv()
        assert isinstance(frame, str)
        assert [(bar["ev"], bar["sym"]) for bar in orjson.loads(frame)] == [("A", "AAPL")]
        assert feed.connections == 1


async def test_any_path_and_binary_spaced_pipelined_commands() -> None:
    async with _feed() as feed:
        assert feed.url == f"ws://127.0.0.1:{feed.port}/stocks"
        async with dial(feed, "/futures/cme") as ws:
            await ws.send(b'{"action": "auth", "params": "k"}')
            await ws.send(b'{"action": "subscribe", "params": "A.AAPL, A.SPY"}')
            assert status_of(await take(ws)) == "connected/Connected Successfully"
            assert status_of(await take(ws)) == "auth_success/authenticated"
            assert len(await take(ws)) == 2
            assert {bar["sym"] for bar in await take(ws)} == {"AAPL", "SPY"}


@pytest.mark.parametrize("server", ["deflate", None])
@pytest.mark.parametrize("client", ["deflate", None])
async def test_compression_is_used_when_both_want_it(
    server: str | None, client: str | None
) -> None:
    async with (
        _feed(compression=server) as feed,
        subscribed(feed, compression=client) as ws,
    ):
        assert bool(ws.protocol.extensions) is bool(server and client)
        assert len(await take(ws)) == 2


@pytest.mark.parametrize(("expected", "given"), [("right", "wrong"), (None, "")])
async def test_a_bad_key_is_told_and_the_connection_aborted(
    expected: str | None, given: str
) -> None:
    async with _feed(key=expected) as feed, dial(feed) as ws:
        await take(ws)
        await say(ws, "auth", given)
        await say(ws, "subscribe", "A.AAPL")
        objects, code = await ended(ws)
        assert status_of(objects) == "auth_failed/authentication failed"
        assert code == 1006


async def test_who_does_not_authenticate_is_let_go() -> None:
    source = GeneratedSource(rate=1000)
    async with SimulatedFeed(source, auth_timeout=0.05) as feed:
        async with dial(feed) as ws:
            await take(ws)
            objects, code = await ended(ws)
            assert status_of(objects) == "auth_timeout/No authentication request received."
            assert code == 1008
        async with subscribed(feed) as ws:
            for _ in range(12):  # a frame takes 10 ms or more: the deadline is off
                assert (await take(ws))[0]["ev"] == "A"


async def test_of_two_connections_of_a_key_the_newcomer_lives() -> None:
    source = GeneratedSource(rate=1000)
    async with SimulatedFeed(source) as feed, subscribed(feed) as old:
        await take(old)
        async with subscribed(feed, key="another key") as other, subscribed(feed) as new:
            objects, code = await ended(old)
            assert objects[-1]["status"] == "max_connections"
            assert code == 1008
            for ws in (new, other, new, other):
                assert (await take(ws))[0]["ev"] == "A"
        assert feed.connections == 3
        async with subscribed(feed) as again:  # those who left do not count
            for _ in range(5):
                assert (await take(again))[0]["ev"] == "A"


async def test_max_connections_is_a_setting() -> None:
    async with (
        _feed(max_connections=2) as feed,
        subscribed(feed) as one,
        subscribed(feed),
        subscribed(feed),
    ):
        objects, code = await ended(one)
        assert len([o for o in objects if o["ev"] == "A"]) >= 2
        assert (objects[-1]["status"], code) == ("max_connections", 1008)


async def test_who_left_leaves_room_for_others() -> None:
    source = GeneratedSource(rate=1000)
    async with SimulatedFeed(source, max_connections=2) as feed, subscribed(feed) as one:
        async with subscribed(feed):
            pass
        await until(lambda: len(feed.clients) == 1)
        async with subscribed(feed) as three:
            for ws in (one, three) * 20:
                assert (await take(ws))[0]["ev"] == "A"


async def test_a_subscription_of_12000_symbols_is_one_message() -> None:
    tokens = ",".join(f"A.S{n:06d}" for n in range(12_000))
    async with _feed() as feed, dial(feed, max_size=1_000_000) as ws:
        await login(ws)
        await say(ws, "subscribe", tokens)
        acknowledged: list[str] = []
        bars: list[str] = []
        while len(bars) < 12_000:
            for element in await take(ws):
                if element["ev"] == "A":
                    bars.append(element["sym"])
                else:
                    acknowledged.append(element["message"])
        assert len(acknowledged) == len(set(bars)) == 12_000


async def test_after_unsubscribing_there_are_no_more_bars() -> None:
    source = GeneratedSource(rate=1000)
    async with SimulatedFeed(source) as feed, subscribed(feed) as ws:
        await take(ws)
        await say(ws, "unsubscribe", "A.AAPL")
        while (frame := await take(ws))[0]["ev"] == "A":
            pass
        assert status_of(frame) == "success/unsubscribed to: A.AAPL"
        assert {bar["sym"] for _ in range(5) for bar in await take(ws)} == {"SPY"}


async def test_a_live_client_that_stops_reading_is_a_slow_consumer() -> None:
    source = GeneratedSource(rate=80_000)
    async with SimulatedFeed(source, patience=0.1) as feed, subscribed(feed, "A.*") as ws:
        ws.transport.pause_reading()
        await until(lambda: not feed.clients)
        ws.transport.resume_reading()
        frames, code = await rest(ws)
        assert code == 1006 or b"slow_consumer" in frames[-1]


async def test_memory_is_bounded_with_a_client_that_stops_reading() -> None:
    source = GeneratedSource(rate=80_000)
    async with SimulatedFeed(source, patience=None) as feed, subscribed(feed, "A.*") as ws:
        ws.transport.pause_reading()
        (server_side,) = feed.clients
        await until(lambda: server_side.paused)
        sizes = set()
        for _ in range(20):
            await asyncio.sleep(0.005)
            sizes.add(server_side.transport.get_write_buffer_size())
        assert len(sizes) == 1
        assert sizes.pop() < 1_000_000


@pytest.mark.parametrize("loop_factory", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_stopping_takes_seconds_whatever_the_clients_do(loop_factory: object) -> None:
    async def stop_under_load() -> float:
        feed = SimulatedFeed(GeneratedSource(rate=20_000), max_connections=9, patience=None)
        await feed.__aenter__()
        _, writer = await asyncio.open_connection("127.0.0.1", feed.port)  # never speaks
        async with subscribed(feed) as ok, subscribed(feed, "A.*") as deaf, dial(feed) as silent:
            deaf.transport.pause_reading()
            silent.transport.pause_reading()
            await take(ok)
            start = time.monotonic()
            await feed.__aexit__(None, None, None)
            took = time.monotonic() - start
            deaf.transport.abort()
            silent.transport.abort()
        writer.close()
        assert len(asyncio.all_tasks()) == 1
        return took

    with asyncio.Runner(loop_factory=loop_factory) as runner:  # type: ignore[arg-type]  # as above
        assert runner.run(stop_under_load()) < 8


async def test_a_port_in_use_is_named() -> None:
    async with _feed() as feed:
        with pytest.raises(SettingsError, match=rf"127\.0\.0\.1:{feed.port} .*in use"):
            async with _feed(port=feed.port):
                pass


def test_the_key_is_in_no_log_line(caplog: pytest.LogCaptureFixture) -> None:
    async def talk() -> None:
        async with _feed(key="s3cr3t-key") as feed, subscribed(feed, key="s3cr3t-key") as ws:
            await take(ws)

    caplog.set_level("DEBUG", "tickterm")
    caplog.set_level("DEBUG", "websockets.server")
    asyncio.run(talk())
    assert "s3cr3t-key" not in caplog.text


async def test_leaving_no_task_behind(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    write_recording(path, ["AAPL"], 5)
    before = asyncio.all_tasks()
    for source in (GeneratedSource(), GeneratedSource(rate=100), RecordedSource(path, 0)):
        async with SimulatedFeed(source, faults=Faults(drop=60)) as feed, subscribed(feed) as ws:
            await take(ws)
    gc.collect()
    assert asyncio.all_tasks() == before


async def test_frames_are_compact_json_arrays_of_at_most_500_bars() -> None:
    async with _feed() as feed, dial(feed) as ws:
        await login(ws)
        await say(ws, "subscribe", ",".join(f"A.S{n}" for n in range(1_200)))
        await take(ws)
        raw = await ws.recv(decode=False)
        assert len(orjson.loads(raw)) == 500
        assert orjson.dumps(orjson.loads(raw)) == raw
