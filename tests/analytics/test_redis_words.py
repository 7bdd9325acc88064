"""What Redis's errors mean: the right that is missing, and never what was sent."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)

from tests.redis_server import redis_server
from tickterm.analytics.redis_client import connect
from tickterm.analytics.redis_words import in_words


@pytest.fixture(name="redis")
async def one_redis() -> AsyncIterator[Redis]:
    with redis_server() as server:
        client = connect(server.url)
        yield client
        await client.aclose()


async def test_a_right_that_is_missing_is_named(redis: Redis) -> None:
    await redis.acl_setuser("default", commands=["-publish"])
    async with redis.pipeline(transaction=True) as pipe:
        pipe.publish("tickstock.events.patterns", b'{"price": 12.5}')
        with pytest.raises(RedisError) as caught:
            await pipe.execute()
    words = in_words(caught.value)
    assert words.startswith(
        "redis does not let this user do it: PUBLISH tickstock.events.patterns (User default has no"
    )
    assert words.endswith("see its ACL")
    assert "12.5" not in words
    assert "Command #" not in words


async def test_a_wrong_password_and_nobody_there() -> None:
    with redis_server("--requirepass", "right") as server:
        for user, said in (("redis://:s3cret@", "refuses the user"), ("redis://", "password")):
            client = connect(server.url.replace("redis://", user))
            with pytest.raises(RedisError) as caught:
                await client.ping()
            await client.aclose()
            assert said in in_words(caught.value)
            assert "s3cret" not in in_words(caught.value)
    client = connect("redis://127.0.0.1:1/0")
    with pytest.raises(RedisError) as caught:
        await client.ping()
    await client.aclose()
    assert in_words(caught.value) == "redis cannot be reached: connection refused"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OutOfMemoryError("x"), "redis is full: see its maxmemory"),
        (
            ReadOnlyError("x"),
            "redis is a replica, which takes nothing: REDIS_URL must name the pri",
        ),
        (BusyLoadingError("x"), "redis is still loading its data"),
        (AuthenticationError("s3cret"), "redis refuses the user or the password: see REDIS_URL"),
        (ResponseError("ERR \x1b[2J"), "redis refuses: ERR ·[2J"),
        (ResponseError(""), "redis refuses: ResponseError"),
    ],
)
def test_the_rest(error: RedisError, words: str) -> None:
    assert in_words(error).startswith(words)
