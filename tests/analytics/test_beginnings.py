"""Bars of a time of which analytics has not heard all: they are never taken for whole."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.analytics.lives import Life, append, living
from tests.analytics.offline import ticks
from tests.recordings import write_recording
from tests.redis_server import RedisServer, redis_server
from tests.waiting import until
from tickterm.market.ticks import TickData

MINUTE = 60_000
HALF = 30_000
LONG_AGO = 400 * 86_400_000


@pytest.fixture(name="day")
def of_now(tmp_path: Path) -> list[TickData]:
    """A tick a second, about, of the last seven minutes, the first at the beginning of one."""
    path = tmp_path / "some.jsonl.gz"
    write_recording(path, ("SPY", "IBM"), seconds=400, seed=3)
    found = ticks(path)
    begin = int(time.time() * 1000) // MINUTE * MINUTE - 7 * MINUTE
    shift = begin - found[0].timestamp // MINUTE * MINUTE
    return [tick._replace(timestamp=tick.timestamp + shift) for tick in found]


class Stream:
    """Ticks on their way to one partition."""

    def __init__(self, server: RedisServer, directory: Path) -> None:
        self._server = server
        self._bars = directory / "bars.db"
        self._sent = 0

    async def send(self, some: Sequence[TickData]) -> None:
        async with Redis.from_url(self._server.url) as redis:
            await append(redis, some, first=self._sent + 1)
        self._sent += len(some)

    @asynccontextmanager
    async def life(self, *, from_start: bool = False) -> AsyncIterator[Life]:
        life = Life(self._server.url, self._bars)
        life.source._from_start = from_start
        async with living(life):
            yield life

    def minutes(self) -> dict[int, bool]:
        """Return of each minute whether all its bars are complete."""
        query = "SELECT start, min(complete) FROM tickterm_bars WHERE timeframe = '1min' GROUP BY 1"
        with sqlite3.connect(self._bars) as database:
            found = {int(start): bool(complete) for start, complete in database.execute(query)}
        database.close()
        return found


def between(day: Sequence[TickData], first: int, last: int) -> list[TickData]:
    """Return the ticks from one instant to before another, both from the beginning on."""
    begin = day[0].timestamp // MINUTE * MINUTE
    return [tick for tick in day if first <= tick.timestamp - begin < last]


async def heard(life: Life, count: int) -> None:
    """Wait until so many ticks were taken."""
    await until(lambda: life.partition.counts().ticks >= count)


@pytest.mark.parametrize("from_start", [False, True])
async def test_the_minute_of_a_groups_beginning_also_after_a_restart(
    day: list[TickData], tmp_path: Path, from_start: bool
) -> None:
    with redis_server() as server:
        stream = Stream(server, tmp_path)
        await stream.send(between(day, 0, HALF))
        late = between(day, HALF, HALF + 10_000)
        async with stream.life(from_start=from_start) as first:
            await until(lambda: server.command("EXISTS", "ledger") == 1)
            await stream.send(late)
            await heard(first, len(late))
        async with stream.life() as second:
            await stream.send(between(day, HALF + 10_000, 4 * MINUTE))
            await until(lambda: second.partition.vitals.bars_closed >= 6)
        begin = day[0].timestamp // MINUTE * MINUTE
        found = stream.minutes()
        assert found[begin] is from_start
        assert found[begin + 2 * MINUTE]


async def test_where_ticks_of_another_time_were_heard_in_between(
    day: list[TickData], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    begin = day[0].timestamp // MINUTE * MINUTE
    with redis_server() as server:
        stream = Stream(server, tmp_path)
        async with stream.life(from_start=True) as life:
            before = between(day, 0, MINUTE + HALF)
            await stream.send(before)
            await heard(life, len(before))
            old = [tick._replace(timestamp=tick.timestamp - LONG_AGO) for tick in before[:30]]
            await stream.send(old)
            await heard(life, len(before) + len(old))
            after = between(day, MINUTE + HALF, 5 * MINUTE)
            for at in range(0, len(after), 20):
                await stream.send(after[at : at + 20])
                wanted = len(before) + len(old) + at
                await until(partial(_has_heard, life, wanted))
            await until(lambda: stream.minutes().get(begin + 3 * MINUTE) is not None)
        found = stream.minutes()
    assert found[begin]
    assert not found[begin + MINUTE]
    assert found[begin + 3 * MINUTE]
    assert any("ticks of another time came before" in line for line in caplog.messages)


def _has_heard(life: Life, count: int) -> bool:
    return life.partition.counts().ticks >= count
