"""A screen's engine that attaches, over real sockets, and follows wherever the engine goes."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from pathlib import Path

from websockets.asyncio.server import ServerConnection

from tests.attach.fake_broadcaster import FakeBroadcaster, always, greet, running, say
from tests.attach.messages import NOW, TOKEN, lines, rows, wire
from tests.ports import free_port
from tests.waiting import until
from tickterm.attach.address import Address
from tickterm.attach.remote_engine import RemoteEngine
from tickterm.errors import SettingsError, UnreachableError
from tickterm.market.contract import Stream, ViewerHello
from tickterm.settings import Secret


def sequence(*addresses: Address) -> Callable[[], Awaitable[Address]]:
    """Find one address after the other, then the last for ever."""
    found = itertools.chain(addresses, itertools.repeat(addresses[-1]))

    async def find() -> Address:
        return next(found)

    return find


async def test_it_attaches_and_follows() -> None:
    go = asyncio.Event()

    async def script(connection: ServerConnection) -> None:
        await greet(connection)
        await go.wait()
        await say(connection, rows(wire("B", 21.0), now=NOW + 1), lines(7))
        await connection.wait_closed()

    broadcaster = FakeBroadcaster(script)
    async with broadcaster.at_port() as address:
        with running(RemoteEngine(always(address), name="a test", token=TOKEN)) as run:
            await until(lambda: run.connected)
            assert broadcaster.heard == [
                ViewerHello(token=TOKEN, stream=Stream.ROWS, name="a test")
            ]
            assert [r.price for r in run.engine.snapshot().rows] == [10.0, 20.0]
            go.set()
            await until(lambda: run.engine.snapshot().notices[-1].text == "line 7")
            assert [r.price for r in run.engine.snapshot().rows] == [10.0, 21.0]
        assert run.error is None
        await until(lambda: broadcaster.left == 1)
        assert broadcaster.connections[0].close_code == 1000


async def test_a_unix_socket(tmp_path: Path) -> None:
    broadcaster = FakeBroadcaster()
    async with broadcaster.at_socket(tmp_path / "t.sock") as address:
        with running(RemoteEngine(always(address))) as run:
            await until(lambda: run.connected)
            notices = run.engine.snapshot().notices
            told = "attached to the engine that already runs here (pid 4711)"
            assert [notice.text for notice in notices] == [told]


async def test_a_token_that_hides_itself_is_sent_all_the_same() -> None:
    broadcaster = FakeBroadcaster()
    async with broadcaster.at_port() as address:
        with running(RemoteEngine(always(address), token=Secret(TOKEN))) as run:
            await until(lambda: run.connected)
    assert [m.token for m in broadcaster.heard if isinstance(m, ViewerHello)] == [TOKEN]


async def test_an_engine_that_comes_back_on_the_same_port() -> None:
    port = free_port()
    with running(RemoteEngine(always(Address(f"ws://127.0.0.1:{port}")))) as run:
        await until(lambda: run.reason == "nobody listens there")
        for _ in range(2):
            async with FakeBroadcaster().at_port(port):
                await until(lambda: run.connected)
            await until(lambda: not run.connected)
            assert [r.symbol for r in run.engine.snapshot().rows] == ["A", "B"]
        await until(lambda: run.engine.snapshot().attachment.attempt > 3)


async def test_it_is_asked_where_the_engine_is_before_every_attempt() -> None:
    async def close(connection: ServerConnection) -> None:
        await connection.close(1011, "of no use")

    async with FakeBroadcaster(close).at_port() as bad, FakeBroadcaster().at_port() as good:
        with running(RemoteEngine(sequence(bad, bad, good))) as run:
            await until(lambda: run.connected)
            assert run.engine.snapshot().attachment.where == good.where


async def test_what_find_cannot_reach_is_a_reason_to_try_again() -> None:
    tries = 0

    async def find() -> Address:
        nonlocal tries
        tries += 1
        raise UnreachableError("no engine here: start one")

    with running(RemoteEngine(find, where="127.0.0.1:8765")) as run:
        await until(lambda: tries > 2)
        assert run.reason == "no engine here: start one"
        assert run.engine.snapshot().attachment.where == "127.0.0.1:8765"
    assert run.error is None


async def test_what_find_refuses_ends_it() -> None:
    async def find() -> Address:
        raise SettingsError("the engine cannot start: no key")

    with running(RemoteEngine(find)) as run:
        await until(lambda: run.ended)
    assert isinstance(run.error, SettingsError)
    assert run.reason == "the engine cannot start: no key"
