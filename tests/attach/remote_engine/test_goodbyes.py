"""Engines that say when to come again."""

from __future__ import annotations

from websockets.asyncio.server import ServerConnection

from tests.attach.fake_broadcaster import (
    FakeBroadcaster,
    always,
    greet,
    greet_and_stay,
    running,
    say,
)
from tests.waiting import until
from tickterm.attach import remote_engine as module
from tickterm.attach.remote_engine import RemoteEngine
from tickterm.market.contract import Goodbye


async def test_a_goodbye_says_when_to_come_again() -> None:
    async def script(connection: ServerConnection) -> None:
        await greet(connection)
        await say(connection, Goodbye("tickterm stops", 20.0))
        await connection.close(1001)

    async with FakeBroadcaster(script).at_port() as address:
        with running(RemoteEngine(always(address))) as run:
            await until(lambda: run.reason == "it said goodbye: tickterm stops")
            snapshot = run.engine.snapshot()
            assert snapshot.attachment.retry_at is not None
            assert 15 < snapshot.attachment.retry_at - snapshot.now < 21


async def test_a_goodbye_cannot_keep_us_waiting_for_ever() -> None:
    async def script(connection: ServerConnection) -> None:
        await greet(connection)
        await say(connection, Goodbye("x", 1e300))

    async with FakeBroadcaster(script).at_port() as address:
        with running(RemoteEngine(always(address))) as run:
            await until(lambda: run.reason.startswith("it said goodbye"))
            snapshot = run.engine.snapshot()
            assert snapshot.attachment.retry_at is not None
            assert snapshot.attachment.retry_at - snapshot.now <= module.LONGEST_RETRY_AFTER


async def test_reconnect_does_not_wait() -> None:
    async def leave(connection: ServerConnection) -> None:
        await greet(connection)
        await say(connection, Goodbye("x", 20.0))

    broadcaster = FakeBroadcaster(leave, greet_and_stay)
    async with broadcaster.at_port() as address:
        with running(RemoteEngine(always(address))) as run:
            await until(lambda: run.reason.startswith("it said goodbye"))
            run.engine.reconnect()
            await until(lambda: run.connected)
