"""A whole day through the engine and `tickterm analytics`: bars and events as computed offline."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.analytics.listening import EventListener, listening
from tests.analytics.offline import (
    Candles,
    assert_same,
    candles,
    events,
    frames,
    stored,
    without_last,
)
from tests.program import headless
from tests.recordings import day_recording
from tests.redis_server import RedisServer, redis_server
from tests.waiting import eventually

STREAM = "tickstock:ticks"

pytestmark = pytest.mark.timeout(120)


@pytest.fixture(params=["real", "generated"])
def recording(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A day's recording: a real one where it lies beside the project, else a generated one."""
    return day_recording(request.param, tmp_path)


def closed_by_the_end(recording: Path) -> Candles:
    """Return what has closed when the minute of the last tick has."""
    bars = frames(recording)
    newest = max(bar["s"] for bar in bars)
    return without_last(candles(bars), newest - newest % 60_000 + 60_000)


def all_settled(redis: RedisServer) -> bool:
    """Say whether the group has been given everything and has acknowledged it."""
    groups = redis.command("XINFO", "GROUPS", STREAM)
    assert isinstance(groups, list)
    about = dict(zip(groups[0][::2], groups[0][1::2], strict=True))
    return bool(about[b"pending"] == 0 and about[b"lag"] == 0)


def check(ear: EventListener, bars: Path, wanted: Candles) -> None:
    assert_same(stored(bars), wanted)
    expected = events(wanted)
    assert expected.total() > 500
    assert ear.patterns() == expected
    assert ear.streamed() == expected
    assert set(ear.calculations().values()) == {1}


@pytest.mark.parametrize("stream", [STREAM, ""], ids=["stream", "channel"])
def test_a_day_is_as_computed_offline(recording: Path, stream: str, tmp_path: Path) -> None:
    wanted = closed_by_the_end(recording)
    bars = tmp_path / "analytics" / "bars.db"
    bars.parent.mkdir()
    arguments = ("--from-start",) if stream else ()
    with redis_server() as redis, listening(redis.port) as ear:
        settings = {"REDIS_URL": redis.url, "TICKTERM_STREAM": stream}
        with headless(bars.parent, "analytics", *arguments, **settings) as program:
            program.wait_for("working on 1 of 1")
            if not stream:
                program.wait_for("listening to")
            replay = ("--headless", "--replay", str(recording), "--speed", "0")
            with headless(tmp_path, *replay, **settings) as engine:
                assert engine.process.wait(60) == 0, engine.lines
            if stream:
                eventually(lambda: all_settled(redis), 60)
            else:
                count = sum(map(len, wanted.values()))
                eventually(lambda: sum(map(len, stored(bars).values())) == count, 60)
                eventually(lambda: ear.patterns().total() >= events(wanted).total(), 60)
            assert program.stop() == 0
            check(ear, bars, wanted)
