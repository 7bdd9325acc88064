"""What a screen says, and how it leaves: at any time, and whatever the engine does."""

from __future__ import annotations

import asyncio

import pytest
from websockets.asyncio.server import ServerConnection

from tests.attach.fake_broadcaster import FakeBroadcaster, always, greet, raw_server, running, say
from tests.attach.messages import NOW, lines, status
from tests.attach.web_server import silent
from tests.waiting import until
from tickterm.attach import conversation
from tickterm.attach import dial as dial_module
from tickterm.attach import remote_engine as module
from tickterm.attach.address import Address
from tickterm.attach.remote_engine import RemoteEngine
from tickterm.errors import UnreachableError
from tickterm.market.contract import Goodbye, Leave, Reconnect
from tickterm.market.snapshot import TickCounts


@pytest.mark.parametrize(
    ("wanted", "granted", "said"), [(True, True, 1), (True, False, 0), (False, True, 0)]
)
async def test_only_who_has_control_says_reconnect(wanted: bool, granted: bool, said: int) -> None:
    async def script(connection: ServerConnection) -> None:
        await greet(connection, control=granted)
        await connection.wait_closed()

    broadcaster = FakeBroadcaster(script)
    async with broadcaster.at_port() as address:
        with running(RemoteEngine(always(address), control=wanted, owner=True)) as run:
            await until(lambda: run.connected)
            for _ in range(50):
                run.engine.reconnect()
            run.engine.stop()
            await until(lambda: Leave() in broadcaster.heard)
            assert broadcaster.heard.count(Reconnect()) == said
            await broadcaster.connections[0].close()


async def test_an_owner_hears_the_engine_s_last_words() -> None:
    left = asyncio.Event()

    async def script(connection: ServerConnection) -> None:
        await greet(connection)
        await left.wait()
        await say(connection, Goodbye("tickterm stops", 1.0))
        await say(connection, status(now=NOW + 1, counts=TickCounts(ticks=99)))
        await connection.close(1001)

    broadcaster = FakeBroadcaster(script)
    async with broadcaster.at_port() as address:
        with running(RemoteEngine(always(address), owner=True)) as run:
            await until(lambda: run.connected)
            run.engine.stop()
            run.engine.stop()
            await until(lambda: Leave() in broadcaster.heard)
            left.set()
            await until(lambda: run.ended)
    assert run.engine.snapshot().counts.ticks == 99
    assert run.error is None
    assert len(broadcaster.connections) == 1
    assert broadcaster.heard.count(Leave()) == 1


async def test_who_is_no_owner_just_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEAVE_WITHIN", 60.0)
    broadcaster = FakeBroadcaster()
    async with broadcaster.at_port() as address:
        with running(RemoteEngine(always(address))) as run:
            await until(lambda: run.connected)
            run.engine.stop()
            await until(lambda: run.ended)
        await until(lambda: broadcaster.left == 1)
    assert Leave() not in broadcaster.heard


@pytest.mark.parametrize(("owner", "leave_within"), [(False, 60.0), (True, 0.1)])
async def test_an_engine_that_hangs_keeps_nobody(
    owner: bool, leave_within: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reads nothing and answers nothing, not even the closing handshake."""
    assert module.LEAVE_WITHIN + dial_module.CLOSE_WITHIN < 2.8  # of a screen that ends in time
    monkeypatch.setattr(module, "LEAVE_WITHIN", leave_within)

    async def script(connection: ServerConnection) -> None:
        await greet(connection)
        connection.transport.pause_reading()
        await connection.wait_closed()

    broadcaster = FakeBroadcaster(script)
    async with broadcaster.at_port() as address:
        with running(RemoteEngine(always(address), owner=owner)) as run:
            await until(lambda: run.connected)
            run.engine.stop()
            await until(lambda: run.ended, 5)
        for connection in broadcaster.connections:
            connection.transport.abort()


@pytest.mark.parametrize("when", ["before", "finding", "dialling", "waiting"])
async def test_it_can_be_stopped_at_any_time(when: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "HELLO_WITHIN", 60.0)
    began = asyncio.Event()

    async def find() -> Address:
        began.set()
        if when == "finding":
            await asyncio.get_running_loop().create_future()
        if when == "waiting":
            raise UnreachableError("nobody")
        return address

    async with raw_server(silent) as address:
        engine = RemoteEngine(find)
        if when == "before":
            engine.stop()
        with running(engine) as run:
            if when != "before":
                await until(began.is_set)
            engine.stop()
            await until(lambda: run.ended)
    assert run.error is None
    engine.stop()
    engine.reconnect()


async def test_a_flood_does_not_keep_it_from_stopping() -> None:
    async def script(connection: ServerConnection) -> None:
        await greet(connection)
        while True:
            await say(connection, lines(*range(100)))

    async with FakeBroadcaster(script).at_port() as address:
        with running(RemoteEngine(always(address))) as run:
            await until(lambda: run.connected)
            run.engine.stop()
            await until(lambda: run.ended)


async def test_pings_that_nobody_wants_answered_do_not_pile_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dial_module, "MAX_UNSENT", 1_000)

    async def script(connection: ServerConnection) -> None:
        await greet(connection)
        connection.transport.pause_reading()
        pings = b"\x89\x7d" + bytes(125)
        while not connection.transport.is_closing():
            if connection.transport.get_write_buffer_size() < 2**20:
                connection.transport.write(pings * 1_000)
            await asyncio.sleep(0)

    broadcaster = FakeBroadcaster(script)
    async with broadcaster.at_port() as address:
        with running(RemoteEngine(always(address))) as run:
            await until(lambda: run.reason == "the connection was cut")
            for connection in broadcaster.connections:
                connection.transport.abort()
