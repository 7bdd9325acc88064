"""Another group on the same Redis is told of, once, and only while its members live."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from tests.redis_server import redis_server
from tickterm.analytics.neighbours import Neighbours
from tickterm.analytics.redis_client import connect

KEYS = "tickterm:analytics"


@pytest.fixture(name="redis")
async def one_redis() -> AsyncIterator[Redis]:
    with redis_server() as server:
        client = connect(server.url)
        yield client
        await client.aclose()


async def test_another_group_is_told_of_once_while_it_lives(
    redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    now = time.time()
    await redis.zadd(f"{KEYS}:ours:members", {"me": now})
    await redis.zadd(f"{KEYS}:dead:members", {"it": now - 60})
    await redis.set(f"{KEYS}:ours:a:members", "the ledger of a stream of that name")
    neighbours = Neighbours(redis, KEYS, "ours")
    await neighbours.look()
    assert caplog.messages == []
    await redis.zadd(f"{KEYS}:nightly:members", {"other": now})
    for _ in range(3):
        await neighbours.look()
    told = "group nightly works on this Redis too: consumers get every event twice"
    assert caplog.messages == [told]
    await redis.delete(f"{KEYS}:nightly:members")
    await neighbours.look()
    await neighbours.look()
    assert caplog.messages == [told, "no other group works on this Redis any more"]


async def test_who_may_not_look_goes_on(redis: Redis, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    await redis.acl_setuser("default", commands=["-scan"])
    neighbours = Neighbours(redis, KEYS, "ours")
    await neighbours.look()
    await neighbours.look()
    (line,) = caplog.messages
    assert line.startswith("other groups cannot be seen: redis does not let this user do it")
