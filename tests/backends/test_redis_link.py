"""The streams of a connection to Redis: proven, handed out, and closed whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.ports import free_port
from tests.redis_server import RedisServer, redis_server
from tickterm.backends.redis_link import PING, RedisLost, open_redis, open_streams
from tickterm.errors import SettingsError


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with redis_server() as running:
        yield running


async def test_the_streams_carry_bytes_and_are_closed_at_the_end(server: RedisServer) -> None:
    async with open_streams(server.url) as (reader, writer):
        writer.write(PING)
        assert await reader.readline() == b"+PONG\r\n"
    assert writer.is_closing()


async def test_a_link_begins_without_the_answer_that_proved_it(server: RedisServer) -> None:
    async with open_redis(server.url) as link:
        assert link.answered == []
        assert await link.exchange([PING, PING], 2) == [b"PONG", b"PONG"]


async def test_a_server_that_refuses_to_answer_is_a_loss(server: RedisServer) -> None:
    server.command("ACL", "SETUSER", "mute", "on", ">pw", "+@all", "-ping")
    with pytest.raises(RedisLost, match="NOPERM"):
        async with open_streams(f"redis://mute:pw@127.0.0.1:{server.port}/0"):
            pytest.fail("it was not refused")


@pytest.mark.parametrize("error", [ConnectionResetError("cut off"), TimeoutError("too late")])
async def test_a_fault_of_the_network_while_it_is_used_is_a_loss(
    server: RedisServer, error: OSError
) -> None:
    with pytest.raises(RedisLost):
        async with open_streams(server.url) as (_, writer):
            raise error
    assert writer.is_closing()


async def test_a_cancellation_closes_them(server: RedisServer) -> None:
    opened: asyncio.Future[asyncio.StreamWriter] = asyncio.get_running_loop().create_future()

    async def use() -> None:
        async with open_streams(server.url) as (_, writer):
            opened.set_result(writer)
            await asyncio.Event().wait()

    using = asyncio.ensure_future(use())
    writer = await opened
    using.cancel()
    with pytest.raises(asyncio.CancelledError):
        await using
    assert writer.is_closing()


async def test_nobody_there_and_a_wrong_url() -> None:
    with pytest.raises(RedisLost, match="connection refused"):
        async with open_streams(f"redis://127.0.0.1:{free_port()}/0"):
            pytest.fail("there is somebody")
    with pytest.raises(SettingsError, match="REDIS_URL"):
        async with open_streams("redis://127.0.0.1/abc"):
            pytest.fail("it was taken")
