"""What all that write to Redis have in common: when they come back to one that was away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import pytest

from tests.redis_server import RedisServer
from tests.waiting import until
from tickterm.backends.redis_link import RedisLink, open_redis
from tickterm.engine.batch import Batch
from tickterm.engine.redis import writer as redis_writer
from tickterm.engine.redis.forwarder import RedisForwarder
from tickterm.engine.redis.mailbox import Mailbox
from tickterm.engine.redis.stream_mirror import StreamMirror
from tickterm.engine.redis.writer import RedisWriter


def forwarder(url: str) -> RedisWriter:
    return RedisForwarder(url, Mailbox())


def mirror(url: str) -> RedisWriter:
    return StreamMirror(url, "s", length=1000, partitions=1, epoch=1, mailbox=Mailbox())


@pytest.mark.parametrize("build", [forwarder, mirror])
async def test_ticks_that_were_taken_earn_a_quick_return(
    build: Callable[[str], RedisWriter], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until then each attempt waits twice as long, here without a limit."""
    attempts = []

    def counted(url: str) -> AbstractAsyncContextManager[RedisLink]:
        attempts.append(time.monotonic())
        return open_redis(url)

    monkeypatch.setattr(redis_writer, "open_redis", counted)
    monkeypatch.setattr(redis_writer, "FIRST_RETRY", 0.01)
    monkeypatch.setattr(redis_writer, "LONGEST_RETRY", 100.0)
    server = RedisServer()
    writer = build(server.url)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(writer.run())
        await until(lambda: len(attempts) == 9)
        server.start()
        try:
            writer.offer(Batch(["X"], [b"{}"], time.monotonic()))
            await writer.settled()
            tried, waited = len(attempts), attempts[-1] - attempts[-2]
            assert waited > 1.2
            server.kill()
            died = time.monotonic()
            server.start()
            await until(lambda: len(attempts) > tried)
            assert attempts[tried] - died < waited
        finally:
            server.kill()
            task.cancel()
