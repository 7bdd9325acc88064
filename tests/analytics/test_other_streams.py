"""Another number of partitions than the engine's: nobody reads some ticks, and it is said."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.program import headless
from tests.redis_server import RedisServer, redis_server
from tests.waiting import eventually
from tickterm import settings
from tickterm.analytics import other_streams
from tickterm.analytics.other_streams import LOOK_EVERY, MEMORY, OtherStreams
from tickterm.analytics.redis_client import connect

STREAM = "tickstock:ticks"


@pytest.fixture(name="server")
def one_server() -> object:
    with redis_server("--protected-mode", "no") as server:
        yield server


@pytest.fixture(name="redis")
async def one_redis(server: RedisServer) -> AsyncIterator[Redis]:
    client = connect(server.url)
    yield client
    await client.aclose()


class Clock:
    """Looks whenever it is time to."""

    def __init__(self, redis: Redis, partitions: int) -> None:
        self.others = OtherStreams(redis, STREAM, partitions)
        self.now = 1_000.0

    async def look(self) -> str:
        self.now += LOOK_EVERY
        await self.others.look(self.now)
        return self.others.reason


async def add(redis: Redis, *names: str) -> None:
    for name in names:
        await redis.xadd(name, {"tick": "x"})


async def errors(redis: Redis) -> int:
    """Return how often the server has refused something."""
    return int((await redis.info("stats"))["total_error_replies"])


def parts(first: int, last: int) -> list[str]:
    return [f"{STREAM}:{number}" for number in range(first, last)]


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        (4, parts(0, 16), f"{STREAM}:4 and 11 more|the same (at least 16) as for the engine"),
        (1, parts(0, 2), f"{STREAM}:0 and 1 more|the same (at least 2) as for the engine"),
        (4, [STREAM], f"ticks in {STREAM} are|must be 1 as for the engine, and is 4"),
    ],
)
async def test_ticks_that_nobody_reads_are_told_of_once(
    redis: Redis, caplog: pytest.LogCaptureFixture, ours: int, theirs: list[str], said: str
) -> None:
    clock = Clock(redis, ours)
    await add(redis, *theirs)
    assert await clock.look() == ""
    await add(redis, *theirs)
    reason = await clock.look()
    assert all(part in reason for part in said.split("|"))
    await add(redis, *theirs)
    await clock.look()
    assert caplog.messages == [reason]


async def test_what_is_left_from_an_earlier_setting_is_no_trouble(redis: Redis) -> None:
    await add(redis, *parts(0, 16), STREAM)
    await redis.xgroup_create(f"{STREAM}:20", "g", mkstream=True)
    clock = Clock(redis, 4)
    for number in range(21, 24):
        assert await clock.look() == ""
        await add(redis, *parts(0, 4))
        await redis.xgroup_create(f"{STREAM}:{number}", "g", mkstream=True)


async def test_more_than_the_engine_has_is_no_trouble(redis: Redis) -> None:
    clock = Clock(redis, 16)
    for _ in range(3):
        await add(redis, *parts(0, 4))
        assert await clock.look() == ""


async def test_it_is_over_when_they_grow_no_more_for_long(redis: Redis) -> None:
    clock = Clock(redis, 1)
    await clock.look()
    await add(redis, *parts(0, 2))
    assert await clock.look()
    clock.now += MEMORY / 2
    assert await clock.look()
    clock.now += MEMORY / 2
    assert await clock.look() == ""


async def test_it_looks_seldom_and_refusals_are_told_once(
    redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    await redis.acl_setuser("default", commands=["-xrevrange"])
    clock = Clock(redis, 1)
    assert await clock.look() == ""
    await clock.others.look(clock.now + LOOK_EVERY / 2)
    assert await clock.look() == ""
    refused = await errors(redis)
    clock.now += MEMORY / 2
    assert await clock.look() == ""
    assert await errors(redis) == refused
    (line,) = caplog.messages
    assert line.startswith("streams beside ours cannot be seen: redis does not let this user do it")


async def test_streams_that_are_not_there_are_no_error(redis: Redis) -> None:
    clock = Clock(redis, 2)
    before = await errors(redis)
    await add(redis, *parts(0, 4))
    for _ in range(3):
        assert await clock.look() == ""
    assert await errors(redis) == before


async def test_an_entry_that_somebody_deletes_is_no_tick(redis: Redis) -> None:
    clock = Clock(redis, 2)
    await add(redis, f"{STREAM}:2")
    newest = await redis.xadd(f"{STREAM}:2", {"tick": "x"})
    assert await clock.look() == ""
    await redis.xdel(f"{STREAM}:2", newest)
    assert await clock.look() == ""
    await redis.delete(f"{STREAM}:2")
    assert await clock.look() == ""
    await redis.xadd(f"{STREAM}:2", {"tick": "x"}, id="9-10")
    assert f"{STREAM}:2" in await clock.look(), "it was made anew, with ids of its own"


async def test_a_key_of_another_kind_is_no_trouble(redis: Redis) -> None:
    await redis.set(f"{STREAM}:2", "x")
    clock = Clock(redis, 2)
    assert await clock.look() == ""
    await add(redis, f"{STREAM}:3")
    assert f"{STREAM}:3" in await clock.look()


def test_as_many_are_looked_at_as_there_may_be() -> None:
    assert other_streams.MOST_PARTITIONS == settings.MOST_PARTITIONS


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_a_whole_process_says_degraded_and_what_to_do(server: RedisServer, tmp_path: Path) -> None:
    options = {
        "REDIS_URL": server.url,
        "TICKTERM_STREAM": STREAM,
        "TICKTERM_STREAM_PARTITIONS": 2,
        "TICKTERM_BARS_URL": f"sqlite:///{tmp_path / 'bars.db'}",
    }

    def is_told() -> bool:
        server.command("XADD", f"{STREAM}:2", "*", "tick", str(time.time()))
        return any(f"degraded: ticks in {STREAM}:2" in line for line in program.lines)

    with headless(tmp_path, "analytics", **options) as program:
        program.wait_for("working on 2 of 2")
        eventually(is_told, 40)
