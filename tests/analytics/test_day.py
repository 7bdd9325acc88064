"""A whole day through the engine and `tickterm analytics`: bars and events as computed offline."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.analytics.listening import EventListener, listening
from tests.analytics.lives import SENTINELS
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


class Day(NamedTuple):
    """A recording, what it must lead to, and how many ticks are of bars still open at its end."""

    recording: Path
    wanted: Candles
    left: int


@pytest.fixture(params=["real", "generated"])
def day(request: pytest.FixtureRequest, tmp_path: Path) -> Day:
    """Return a real day where it lies beside the project, else a generated one.

    What is open at the end of the real day is closed by later ticks: its last ones are so few that
    time would go on by the clock for most of a minute. The generated day is closed by the clock.
    """
    recording = day_recording(request.param, tmp_path)
    if request.param == "real":
        return Day(followed(recording, tmp_path), candles(frames(recording)), SENTINELS)
    return Day(recording, closed_by_the_end(recording), 0)


def followed(recording: Path, directory: Path) -> Path:
    """Return a copy that goes on hours later, with as many ticks as are believed."""
    last = max(frames(recording), key=lambda bar: int(bar["s"]))
    later = last["s"] // 3_600_000 * 3_600_000 + 2 * 3_600_000
    starts = range(later, later + SENTINELS * 1_000, 1_000)
    lines = [json.dumps([{**last, "s": start, "e": start + 1_000}]) + "\n" for start in starts]
    path = directory / "followed.jsonl.gz"
    shutil.copyfile(recording, path)
    with gzip.open(path, "at") as file:
        file.writelines(lines)
    return path


def closed_by_the_end(recording: Path) -> Candles:
    """Return what has closed when the minute of the last tick has."""
    bars = frames(recording)
    newest = max(bar["s"] for bar in bars)
    return without_last(candles(bars), newest - newest % 60_000 + 60_000)


def all_settled(redis: RedisServer, left: int) -> bool:
    """Say whether the group has been given everything and has acknowledged all but `left`."""
    groups = redis.command("XINFO", "GROUPS", STREAM)
    assert isinstance(groups, list)
    about = dict(zip(groups[0][::2], groups[0][1::2], strict=True))
    return bool(about[b"pending"] == left and about[b"lag"] == 0)


def check(ear: EventListener, bars: Path, wanted: Candles) -> None:
    assert_same(stored(bars), wanted)
    expected = events(wanted)
    assert expected.total() > 500
    assert ear.patterns() == expected
    assert ear.streamed() == expected
    assert set(ear.calculations().values()) == {1}


@pytest.mark.slow
@pytest.mark.parametrize("stream", [STREAM, ""], ids=["stream", "channel"])
def test_a_day_is_as_computed_offline(day: Day, stream: str, tmp_path: Path) -> None:
    recording, wanted, left = day
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
                eventually(lambda: all_settled(redis, left), 60)
            else:
                count = sum(map(len, wanted.values()))
                eventually(lambda: sum(map(len, stored(bars).values())) == count, 60)
                eventually(lambda: ear.patterns().total() >= events(wanted).total(), 60)
            assert program.stop() == 0
            check(ear, bars, wanted)
