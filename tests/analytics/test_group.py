"""Processes of one group: killed, joined and left, they repeat no event and miss none."""

from __future__ import annotations

import signal
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from tests.analytics.listening import EventListener, listening
from tests.analytics.lives import sentinels
from tests.analytics.offline import assert_same, candles, events, frames, stored, ticks
from tests.program import Headless, headless
from tests.recordings import write_recording
from tests.redis_server import RedisServer, redis_server
from tests.waiting import eventually
from tickterm.market.tick_stream import partition_of, stream_names
from tickterm.market.ticks import TickData, encode

SYMBOLS = ("SPY", "IBM", "BAC", "AIG", "MSFT", "KO", "XOM", "PFE")
STREAM = "tickstock:ticks"
GROUP_KEYS = "tickterm:analytics:tickterm"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


class Feed:
    """Appends ticks as the engine's mirror does."""

    def __init__(self, redis: RedisServer, partitions: int) -> None:
        self.streams = stream_names(STREAM, partitions)
        self.client = Redis.from_url(redis.url)
        self._number = 0

    def append(self, some: Sequence[TickData]) -> None:
        pipe = self.client.pipeline(transaction=False)
        for tick in some:
            self._number += 1
            stream = self.streams[partition_of(tick.ticker, len(self.streams))]
            pipe.xadd(stream, {"tick": encode(tick)}, id=f"1-{self._number}")
        pipe.execute()

    def unsettled(self) -> int:
        """Return how many ticks were not yet given out, or given out and not acknowledged."""
        found: list[Any] = [group for s in self.streams for group in self.client.xinfo_groups(s)]
        return sum(group["pending"] + (group["lag"] or 0) for group in found)


@pytest.fixture(name="recording")
def small_day(tmp_path: Path) -> Path:
    path = tmp_path / "hour.jsonl.gz"
    write_recording(path, SYMBOLS, seconds=3_600, seed=5)
    return path


def settings_for(redis: RedisServer, tmp_path: Path, partitions: int) -> dict[str, object]:
    return {
        "REDIS_URL": redis.url,
        "TICKTERM_STREAM": STREAM,
        "TICKTERM_STREAM_PARTITIONS": partitions,
        "TICKTERM_BARS_URL": f"sqlite:///{tmp_path / 'bars.db'}",
    }


def is_beyond(ear: EventListener, count: int) -> bool:
    return ear.count() > count


def check(ear: EventListener, tmp_path: Path, recording: Path) -> None:
    wanted = candles(frames(recording))
    assert_same(stored(tmp_path / "bars.db"), wanted)
    assert events(wanted).total() > 500
    assert ear.patterns() == events(wanted)
    assert ear.streamed() == events(wanted)
    assert set(ear.calculations().values()) == {1}


def closing_ticks(day: Sequence[TickData]) -> list[TickData]:
    """Return ticks by which the bars of every symbol, and so of every partition, have closed."""
    later = sentinels(day)
    return [tick._replace(ticker=symbol) for tick in later for symbol in SYMBOLS]


def test_killed_in_the_middle_of_the_day(recording: Path, tmp_path: Path) -> None:
    day = ticks(recording)
    with redis_server() as redis, listening(redis.port) as ear:
        feed = Feed(redis, 1)
        settings = settings_for(redis, tmp_path, 1)
        parts = [day[at : at + 9_000] for at in range(0, len(day), 9_000)]
        for part in parts:
            seen = ear.count()
            with headless(tmp_path, "analytics", "--from-start", **settings) as program:
                program.wait_for("working on 1 of 1")
                feed.append(part)
                eventually(partial(is_beyond, ear, seen), 60)
                program.stop(signal.SIGKILL)
            # nobody waits for the lease and the sign of life of one that was killed to run out
            feed.client.delete(f"{GROUP_KEYS}:{STREAM}:lease", f"{GROUP_KEYS}:members")
        with headless(tmp_path, "analytics", **settings) as program:
            extra = closing_ticks(day)
            feed.append(extra)
            eventually(lambda: feed.unsettled() == len(extra), 60)
        check(ear, tmp_path, recording)


def test_one_of_two_is_killed_and_the_other_takes_over(recording: Path, tmp_path: Path) -> None:
    day = ticks(recording)
    half = len(day) // 2
    with redis_server() as redis, listening(redis.port) as ear:
        feed = Feed(redis, 4)
        settings = settings_for(redis, tmp_path, 4)
        run = ("analytics", "--from-start")
        with (
            headless(tmp_path, *run, **settings) as first,
            headless(tmp_path, *run, **settings) as second,
        ):
            for program in (first, second):
                program.wait_for("working on 2 of 4")
            feed.append(day[:half])
            eventually(lambda: ear.count() > 500, 60)
            first.stop(signal.SIGKILL)
            feed.append(day[half:])
            second.wait_for("working on 4 of 4", 25)
            extra = closing_ticks(day)
            feed.append(extra)
            eventually(lambda: feed.unsettled() == len(extra), 60)
        check(ear, tmp_path, recording)


def test_a_third_process_has_nothing_to_do_until_one_leaves(tmp_path: Path) -> None:
    with redis_server() as redis:
        settings = settings_for(redis, tmp_path, 2)
        with (
            headless(tmp_path, "analytics", **settings) as first,
            headless(tmp_path, "analytics", **settings) as second,
        ):
            for program in (first, second):
                program.wait_for("working on 1 of 2")
            with headless(tmp_path, "analytics", **settings) as third:
                three = (first, second, third)
                eventually(lambda: [share(p) for p in three].count("idle") == 1, 60)
                leaver = next(p for p in three if share(p) != "idle")
                began = time.monotonic()
                assert leaver.stop() == 0
                assert time.monotonic() - began < 6
                others = [p for p in three if p is not leaver]
                eventually(lambda: [share(p) for p in others].count("idle") == 0, 60)


def share(program: Headless) -> str:
    """Return the newest that it said of its share, in a word or two."""
    said = [line for line in program.lines if " partitions, " in line]
    if not said:
        return ""
    return "idle" if "idle: " in said[-1] else "working"
