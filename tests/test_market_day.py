"""A whole trading day from a feed server to Redis: no tick missing, changed or out of order."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from tests.program import headless, simulator, terminal
from tests.recordings import SYMBOLS, day_recording
from tests.redis_server import redis_server, subscriber


@pytest.fixture(params=["real", "generated"])
def recording(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A day's recording: a real one where it lies beside the project, else a generated one."""
    return day_recording(request.param, tmp_path)


def expected(recording: Path) -> list[dict[str, Any]]:
    """Say straight from the frames what each channel must carry."""
    ticks = []
    with gzip.open(recording) as lines:
        for line in lines:
            for bar in json.loads(line):
                tick = {"ticker": bar["sym"], "price": bar["c"], "volume": bar["v"]}
                tick |= {"timestamp": bar["s"], "event_type": "aggregate", "source": "simulated"}
                tick |= {"tick_open": bar["o"], "tick_high": bar["h"], "tick_low": bar["l"]}
                tick |= {"tick_close": bar["c"], "tick_volume": bar["v"]}
                ticks.append(tick)
    return ticks


def check(messages: dict[str, list[bytes]], wanted: list[dict[str, Any]]) -> None:
    for channel, found in messages.items():
        ticks = [json.loads(message) for message in found]
        assert len(ticks) == len(wanted), channel
        assert ticks == wanted, channel
        assert [list(tick) for tick in ticks[:3]] == [list(tick) for tick in wanted[:3]]


def test_headless_delivers_the_whole_day(recording: Path, tmp_path: Path) -> None:
    wanted = expected(recording)
    with (
        redis_server() as redis,
        subscriber(redis.port) as seen,
        simulator(tmp_path, "--file", str(recording), "--speed", "0") as url,
        headless(
            tmp_path,
            "--headless",
            "--symbols",
            ",".join(SYMBOLS),
            REDIS_URL=redis.url,
            MASSIVE_API_KEY="any",
            MASSIVE_WEBSOCKET_URL=url,
        ) as program,
    ):
        assert seen.wait_for(len(wanted)), program.lines
        assert program.stop() == 0
        check(seen.messages, wanted)


def test_a_screen_makes_no_difference(recording: Path, tmp_path: Path) -> None:
    wanted = expected(recording)
    with (
        redis_server() as redis,
        subscriber(redis.port) as seen,
        simulator(tmp_path, "--file", str(recording), "--speed", "0") as url,
        terminal(
            tmp_path,
            "--symbols",
            ",".join(SYMBOLS),
            size=(200, 50),
            settings={
                "REDIS_URL": redis.url,
                "MASSIVE_API_KEY": "any",
                "MASSIVE_WEBSOCKET_URL": url,
            },
        ) as screen,
    ):
        screen.wait_until(lambda shown: seen.counts_at_least(len(wanted)), 40)
        screen.wait_until(lambda shown: f"{len(wanted):,}" in shown)
        screen.type("q")
        assert screen.end() == 0
        check(seen.messages, wanted)


def test_a_replay_delivers_the_whole_recording_and_ends(recording: Path, tmp_path: Path) -> None:
    wanted = [{**tick, "source": "replay"} for tick in expected(recording)]
    with (
        redis_server() as redis,
        subscriber(redis.port) as seen,
        headless(
            tmp_path,
            "--headless",
            "--replay",
            str(recording),
            "--speed",
            "0",
            REDIS_URL=redis.url,
        ) as program,
    ):
        assert program.process.wait(40) == 0, program.lines
        assert seen.wait_for(len(wanted))
        check(seen.messages, wanted)
        assert "recording complete" in program.lines[-1]
