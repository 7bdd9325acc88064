"""Recordings over the wire: every frame, in order, in time."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.recordings import write_recording
from tests.simulator.peer import dial, ended, login, rest, say, subscribed, take, until
from tickterm.errors import RecordingError
from tickterm.simulator.connection import RECORDING_ENDED
from tickterm.simulator.control import Subscriptions
from tickterm.simulator.recording import Frame, read_frames
from tickterm.simulator.server import SimulatedFeed
from tickterm.simulator.source import RecordedSource


def _write(path: Path, *frames: Any) -> Path:
    path.write_bytes(b"".join(orjson.dumps(frame) + b"\n" for frame in frames))
    return path


def _bar(symbol: str, second: int, **more: Any) -> dict[str, Any]:
    return {
        "ev": "A",
        "sym": symbol,
        "c": 1.5,
        "s": second * 1000,
        "e": second * 1000 + 1000,
    } | more


@pytest.mark.parametrize("compression", ["deflate", None])
async def test_at_speed_0_every_frame_arrives_byte_for_byte(
    tmp_path: Path, compression: str | None
) -> None:
    path = tmp_path / "day.jsonl"
    write_recording(path, ["AAPL", "SPY"], 2_000)
    feed = SimulatedFeed(RecordedSource(path, 0), compression=compression)
    async with feed:
        for _ in range(2):  # each connection has it from the start
            async with subscribed(feed, compression=compression) as ws:
                frames, code = await rest(ws)
                assert frames == [*path.read_bytes().splitlines(), RECORDING_ENDED]
                assert code == 1000
        assert feed.finished.is_set()
        assert feed.error is None


async def test_unusual_spacing_survives(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    line = '[ {"ev":"A", "sym":"AAPL", "c":1.50, "note":"\\u00e9é"} ]'.encode()
    path.write_bytes(line + b"\r\n")
    async with SimulatedFeed(RecordedSource(path, 0)) as feed, subscribed(feed, "A.AAPL") as ws:
        assert await rest(ws) == ([line, RECORDING_ENDED], 1000)


async def test_frames_are_cut_down_to_what_is_subscribed(tmp_path: Path) -> None:
    frames = (
        [_bar("AAPL", 1), _bar("SPY", 1), 7, {"ev": "T", "sym": "AAPL"}],
        [_bar("SPY", 2)],
        [{"ev": "status", "status": "connected", "message": "from the recording"}],
        [_bar("AAPL", 3)],
    )
    path = _write(tmp_path / "r.jsonl", *frames)
    async with SimulatedFeed(RecordedSource(path, 0)) as feed, subscribed(feed, "A.AAPL") as ws:
        objects, code = await ended(ws)
        assert objects == [_bar("AAPL", 1), _bar("AAPL", 3)]
        assert code == 1000


async def test_what_is_subscribed_in_several_messages_misses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "day.jsonl.gz"
    symbols = [f"S{n}" for n in range(20)]
    count = write_recording(path, symbols, 50)
    async with SimulatedFeed(RecordedSource(path, 0)) as feed, dial(feed) as ws:
        await login(ws)
        for symbol in symbols:
            await say(ws, "subscribe", f"A.{symbol}")
            await take(ws)
        objects, _ = await ended(ws)
        assert len(objects) == count


async def test_channels_of_the_recording_are_offered(tmp_path: Path) -> None:
    trade = {"ev": "T", "sym": "IBM", "p": 181.52, "s": 283, "t": 1381132830270}
    path = _write(tmp_path / "r.jsonl", [trade])
    async with SimulatedFeed(RecordedSource(path, 0)) as feed, dial(feed) as ws:
        await login(ws)
        await say(ws, "subscribe", "T.IBM,A.IBM,Q.IBM")
        assert [a["status"] for a in await take(ws)] == ["success", "success", "error"]
        assert (await ended(ws))[0] == [trade]


async def test_frames_keep_their_distances(tmp_path: Path) -> None:
    path = _write(tmp_path / "r.jsonl", *([_bar("AAPL", s)] for s in (100, 101, 104)))
    asked = time.monotonic()
    async with SimulatedFeed(RecordedSource(path, 20)) as feed, subscribed(feed, "A.AAPL") as ws:
        times = []
        for _ in range(3):
            await take(ws)
            times.append(time.monotonic())
    assert times[1] - asked > 0.05  # not from the first frame on, which may have been read late
    assert times[2] - asked > 0.2
    assert times[2] - times[0] < 2


async def test_the_time_before_the_first_match_is_passed_over(tmp_path: Path) -> None:
    path = _write(tmp_path / "r.jsonl", [_bar("SPY", 0)], [_bar("AAPL", 9_000)])
    async with SimulatedFeed(RecordedSource(path, 1)) as feed, subscribed(feed, "A.AAPL") as ws:
        assert await ended(ws) == ([_bar("AAPL", 9_000)], 1000)


async def test_frames_without_a_time_are_not_waited_for(tmp_path: Path) -> None:
    timeless = {"ev": "A", "sym": "AAPL"}
    path = _write(tmp_path / "r.jsonl", [timeless], [timeless])
    async with SimulatedFeed(RecordedSource(path, 1)) as feed, subscribed(feed, "A.AAPL") as ws:
        assert await ended(ws) == ([timeless, timeless], 1000)


async def test_loop_begins_again(tmp_path: Path) -> None:
    path = _write(tmp_path / "r.jsonl", [_bar("AAPL", 1)], [_bar("AAPL", 2)])
    source = RecordedSource(path, 0, loop=True)
    async with SimulatedFeed(source) as feed, subscribed(feed, "A.AAPL") as ws:
        assert [(await take(ws))[0]["s"] for _ in range(5)] == [1000, 2000, 1000, 2000, 1000]
        assert not feed.finished.is_set()


async def test_it_waits_for_a_subscription_that_matches(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = _write(tmp_path / "r.jsonl", [_bar("AAPL", 1)])
    async with SimulatedFeed(RecordedSource(path, 0)) as feed, subscribed(feed, "A.IBM") as ws:
        with caplog.at_level(logging.WARNING, "tickterm.simulator"):
            await until(lambda: bool(caplog.records))
        assert "r.jsonl has nothing of what is subscribed" in caplog.text
        await say(ws, "subscribe", "A.AAPL")
        await take(ws)
        assert await ended(ws) == ([_bar("AAPL", 1)], 1000)


async def test_a_slow_client_is_waited_for_and_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "day.jsonl"
    symbols = [f"S{n:03d}" for n in range(200)]
    write_recording(path, symbols, 200)
    source = RecordedSource(path, 0)
    async with (
        SimulatedFeed(source, patience=0.01) as feed,
        subscribed(feed, "A.*", max_queue=1) as ws,
    ):
        ws.transport.pause_reading()
        (server_side,) = feed.clients
        await until(lambda: server_side.paused)
        await asyncio.sleep(0.05)  # several times the patience that a live feed would have
        assert server_side.transport.get_write_buffer_size() < 1_000_000
        assert not feed.finished.is_set()
        ws.transport.resume_reading()
        frames, code = await rest(ws)
        assert frames == [*path.read_bytes().splitlines(), RECORDING_ENDED]
        assert code == 1000


@pytest.mark.parametrize("content", [b"", b"\n", b"nonsense\n"])
def test_a_recording_without_a_frame_is_refused_at_once(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match=r"r\.jsonl"):
        RecordedSource(path)


async def test_a_broken_line_ends_the_connection_and_is_named(tmp_path: Path) -> None:
    path = _write(tmp_path / "r.jsonl", *([_bar("AAPL", s)] for s in range(1, 301)))
    path.write_bytes(path.read_bytes() + b"broken\n")
    async with SimulatedFeed(RecordedSource(path, 0)) as feed, subscribed(feed, "A.AAPL") as ws:
        (*bars, farewell), code = await ended(ws)
        assert len(bars) == 300
        assert farewell["status"] == "end_of_recording"
        assert "line 301" in farewell["message"]
        assert code == 1011
        assert feed.failed.is_set()
        assert feed.finished.is_set()
        assert "line 301" in str(feed.error)


async def test_a_match_that_is_subscribed_during_the_search_starts_at_the_top(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _write(tmp_path / "r.jsonl", *([_bar("AAPL", s)] for s in range(1, 1001)))
    wanted = Subscriptions()
    wanted.add("A", "NOPE")

    def reading(path: Path) -> Generator[Frame, None, None]:
        for number, frame in enumerate(read_frames(path)):
            if number == 512:  # where the loop gets a turn
                wanted.add("A", "AAPL")
            yield frame

    frames = RecordedSource(path, 0).frames(wanted)
    monkeypatch.setattr("tickterm.simulator.source.read_frames", reading)
    assert orjson.loads(await anext(frames)) == [_bar("AAPL", 1)]


async def test_it_is_not_finished_before_the_client_has_read_everything(tmp_path: Path) -> None:
    path = _write(tmp_path / "r.jsonl", [_bar("AAPL", 1)], [_bar("AAPL", 2)])
    async with SimulatedFeed(RecordedSource(path, 0)) as feed, subscribed(feed, "A.AAPL") as ws:
        ws.transport.pause_reading()
        (server_side,) = feed.clients
        await until(lambda: bool(server_side.pending_pings))
        assert not feed.finished.is_set()
        ws.transport.resume_reading()
        objects, code = await ended(ws)
        assert (len(objects), code) == (2, 1000)
        assert feed.finished.is_set()
