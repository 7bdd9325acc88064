"""Engines that lie, break off, fall silent or speak of what is not known yet."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from websockets.asyncio.server import ServerConnection

from tests.attach.fake_broadcaster import FakeBroadcaster, always, greet, reset, running, say
from tests.attach.messages import hello, lines, part, status, wire
from tests.waiting import until
from tickterm.attach import conversation
from tickterm.attach import dial as dial_module
from tickterm.attach import remote_engine as module
from tickterm.attach.remote_engine import RemoteEngine
from tickterm.market.contract import VERSION, CloseCode


async def _reset(connection: ServerConnection) -> None:
    await greet(connection)
    reset(connection)


async def _slow(connection: ServerConnection) -> None:
    await connection.close(CloseCode.SLOW, "you took nothing for 3 s")


async def _other_version(connection: ServerConnection) -> None:
    await say(connection, hello(version=VERSION + 1))
    await connection.wait_closed()


async def _other_program(connection: ServerConnection) -> None:
    await say(connection, hello(server="a clock"))
    await connection.wait_closed()


async def _no_hello(connection: ServerConnection) -> None:
    await say(connection, status())
    await connection.wait_closed()


async def _no_text(connection: ServerConnection) -> None:
    await connection.send("moo \x1b[2J")
    await connection.wait_closed()


async def _deep(connection: ServerConnection) -> None:
    await greet(connection)
    await connection.send('{"type":"rows","seq":' + "[" * 200_000)
    await connection.wait_closed()


async def _not_a_number(connection: ServerConnection) -> None:
    await greet(connection)
    await connection.send('{"type":"rows","seq":0,"now":NaN,"rows":[]}')
    await connection.wait_closed()


async def _oversized(connection: ServerConnection) -> None:
    await greet(connection)
    await connection.send(b'{"type":"rows"' + b" " * dial_module.MAX_MESSAGE + b"}")
    await connection.wait_closed()


async def _too_many_rows(connection: ServerConnection) -> None:
    await say(connection, hello())
    for number in range(1, 22):
        many = (wire(f"S{number}-{n}") for n in range(1000))
        await say(connection, part(*many, part=number, parts=21))
    await connection.wait_closed()


async def _parts_out_of_turn(connection: ServerConnection) -> None:
    await say(connection, hello(), part(part=2, parts=2))
    await connection.wait_closed()


async def _bare_close(connection: ServerConnection) -> None:
    await connection.close(4321)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        (_reset, "the connection was cut"),
        (_slow, "it cut this screen off for taking nothing for seconds"),
        (_other_version, f"it speaks version {VERSION + 1} of the contract, this program version"),
        (_other_program, "what answers there is no tickterm"),
        (_no_hello, "what answers there is no tickterm"),
        (_no_text, "it said what no tickterm says: JSON is malformed"),
        (_deep, "it said what no tickterm says: "),
        (_not_a_number, "it said what no tickterm says: JSON is malformed"),
        (_oversized, "it sent a message above 16 MiB"),
        (_too_many_rows, "it said what no tickterm says: more than 20,000 symbols"),
        (_parts_out_of_turn, "it said what no tickterm says: part 2 of a snapshot out of turn"),
        (_bare_close, "it closed the connection: 4321"),
    ],
)
async def test_an_engine_that_fails_is_left_and_tried_again(
    script: Callable[[ServerConnection], Awaitable[None]], reason: str
) -> None:
    broadcaster = FakeBroadcaster(script)
    async with broadcaster.at_port() as address:
        with running(RemoteEngine(always(address))) as run:
            await until(lambda: run.reason.startswith(reason))
            assert run.reason.isprintable()
            await until(lambda: len(broadcaster.connections) > 1)
    assert run.error is None


async def test_a_message_of_the_future_is_let_pass() -> None:
    async def script(connection: ServerConnection) -> None:
        await greet(connection)
        await connection.send('{"type":"weather"}')
        await say(connection, lines(7))
        await connection.wait_closed()

    broadcaster = FakeBroadcaster(script)
    async with broadcaster.at_port() as address:
        with running(RemoteEngine(always(address))) as run:
            await until(lambda: run.engine.snapshot().notices[-1:][0:1] != ())
            await until(lambda: run.engine.snapshot().notices[-1].text == "line 7")
    assert len(broadcaster.connections) == 1


async def test_an_engine_that_is_silent_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "DEAD_AFTER", 0.1)
    broadcaster = FakeBroadcaster()
    async with broadcaster.at_port() as address:
        with running(RemoteEngine(always(address))) as run:
            await until(lambda: run.reason == "it has said nothing for 0.1 s")
            await until(lambda: len(broadcaster.connections) > 1)


async def test_a_snapshot_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ATTACHED_WITHIN", 0.1)

    async def script(connection: ServerConnection) -> None:
        await say(connection, hello(), status(), part(wire("A"), part=1, parts=2))
        await connection.wait_closed()

    async with FakeBroadcaster(script).at_port() as address:
        with running(RemoteEngine(always(address))) as run:
            await until(lambda: run.reason == "no whole snapshot within 0.1 s")


async def test_a_hello_that_never_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "HELLO_WITHIN", 0.1)

    async def script(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with FakeBroadcaster(script).at_port() as address:
        with running(RemoteEngine(always(address))) as run:
            await until(lambda: run.reason == "no hello within 0.1 s")
