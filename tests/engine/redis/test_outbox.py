"""What waits for Redis: told at most once, and none uncounted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.redis_server import RedisServer, redis_server
from tests.waiting import until
from tickterm.backends.commands import packed
from tickterm.backends.redis_link import RedisLost, open_redis
from tickterm.engine.redis.outbox import MAX_AGE, MOST_AT_ONCE, MOST_WAITING, Outbox


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with redis_server() as running:
        yield running


def news(count: int) -> list[bytes]:
    """Return news of two commands each."""
    return [packed("PUBLISH", "one", b"1") + packed("PUBLISH", "other", b"2")] * count


def published(server: RedisServer) -> int:
    """Return how many messages the server has been told to publish."""
    stats = server.command("INFO", "commandstats")
    assert isinstance(stats, bytes)
    return int(stats.partition(b"cmdstat_publish:calls=")[2].partition(b",")[0] or 0)


async def test_everything_is_sent_once_in_pieces(server: RedisServer) -> None:
    outbox = Outbox(commands=2)
    outbox.put(news(2 * MOST_AT_ONCE + 1), 0.0)
    assert outbox.filled.is_set()
    async with open_redis(server.url) as link:
        await outbox.send(link)
        await outbox.send(link)
    assert published(server) == 2 * (2 * MOST_AT_ONCE + 1)
    assert not outbox.filled.is_set()
    assert outbox.unpublished == 0


async def test_what_was_surely_not_sent_waits_for_the_next_connection(server: RedisServer) -> None:
    outbox = Outbox(commands=2)
    async with open_redis(server.url) as link:
        server.command("CLIENT", "KILL", "TYPE", "normal")
        await until(lambda: link.dead)
        outbox.put(news(3), 0.0)
        with pytest.raises(RedisLost, match="closed"):
            await outbox.send(link)
    assert outbox.filled.is_set()
    async with open_redis(server.url) as link:
        await outbox.send(link)
    assert outbox.unpublished == 0
    assert published(server) == 6


async def test_who_is_cancelled_while_sending_has_counted_it() -> None:
    sent = asyncio.Event()

    class Silent:
        answered: tuple[object, ...] = (1, 1, 1)

        async def exchange(self, packed: list[bytes], replies: int) -> None:
            sent.set()
            await asyncio.Event().wait()

    outbox = Outbox(commands=2)
    outbox.put(news(3), 0.0)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(outbox.send(Silent()))  # type: ignore[arg-type]  # a fake link
        await sent.wait()
        task.cancel()
    assert outbox.unpublished == 2


def test_the_oldest_are_dropped_by_number_and_age_and_counted() -> None:
    outbox = Outbox(commands=2)
    outbox.put(news(MOST_WAITING + 5), 0.0)
    assert outbox.unpublished == 5
    outbox.put(news(1), 1.0)
    outbox.expire(MAX_AGE)
    assert outbox.unpublished == 6
    outbox.expire(MAX_AGE + 0.5)
    assert outbox.unpublished == MOST_WAITING + 5
    assert outbox.filled.is_set()
    outbox.expire(MAX_AGE + 1.5)
    assert not outbox.filled.is_set()
