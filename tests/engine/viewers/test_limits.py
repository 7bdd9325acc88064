"""What a viewer may send: everything beyond is the end of it, with a code, and counted."""

from __future__ import annotations

import asyncio
import contextlib
import time

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import Opcode

from tests.engine.viewers.gateway import Gateway, frame, gateway, request
from tests.waiting import until
from tickterm.engine.viewers import dialogue
from tickterm.market.contract import (
    MAX_MESSAGE,
    CloseCode,
    Filter,
    Hello,
    Subscribe,
    Unsubscribe,
    ViewerHello,
    encode,
)

HELLO = encode(ViewerHello())


async def code_of(connection: ClientConnection) -> int | None:
    """Return the code with which the engine closes."""
    async with asyncio.timeout(8):
        with contextlib.suppress(ConnectionClosed):
            while True:
                await connection.recv()
    return connection.close_code


@pytest.mark.parametrize(
    ("data", "code", "reason"),
    [
        (b"", CloseCode.BAD_MESSAGE, "bad message"),
        (b"{", CloseCode.BAD_MESSAGE, "bad message"),
        (b"[]", CloseCode.BAD_MESSAGE, "bad message"),
        (b"null", CloseCode.BAD_MESSAGE, "bad message"),
        (b"{}", CloseCode.BAD_MESSAGE, "bad message"),
        (b'{"type":"hola"}', CloseCode.BAD_MESSAGE, "bad message"),
        (b'{"type":"subscribe","symbols":["S0"]}', CloseCode.BAD_MESSAGE, "bad message"),
        (b'{"type":"leave"}', CloseCode.BAD_MESSAGE, "bad message"),
        (b'{"type":"reconnect"}', CloseCode.BAD_MESSAGE, "bad message"),
        (b'{"type":"hello","version":2}', CloseCode.BAD_MESSAGE, "bad message"),
        (b'{"type":"hello","version":"1"}', CloseCode.BAD_MESSAGE, "bad message"),
        (b'{"type":"hello","stream":"all"}', CloseCode.BAD_MESSAGE, "bad message"),
        (b'{"type":"hello","resume":{}}', CloseCode.BAD_MESSAGE, "bad message"),
        (b'{"type":"hello","resume":{"epoch":"a","seq":-1}}', CloseCode.BAD_MESSAGE, "bad message"),
        (b'{"type":"hello","name":"' + b"x" * 81 + b'"}', CloseCode.BAD_MESSAGE, "bad message"),
        (
            b'{"type":"hello","symbols":["' + b"x" * 33 + b'"]}',
            CloseCode.BAD_MESSAGE,
            "bad message",
        ),
        (b'{"type":"hello","symbols":' + b"[" * 2000, CloseCode.BAD_MESSAGE, "bad message"),
        (
            b'{"type":"hello","symbols":[' + b'"A",' * 600 + b'"A"]}',
            CloseCode.BAD_MESSAGE,
            "bad message",
        ),
        (b'{"type":"hello"}' + b" " * MAX_MESSAGE, 1009, None),
    ],
)
async def test_first_words_that_are_no_hello(data: bytes, code: int, reason: str | None) -> None:
    async with gateway() as engine:
        connection = await engine.dial()
        await connection.send(data, text=True)
        assert await code_of(connection) == code
        assert engine.broadcaster.view().cut_by == ({reason: 1} if reason else {})
        await until(lambda: engine.viewers == 0)


@pytest.mark.parametrize(
    ("data", "opcode", "code"),
    [
        (b'{"type":"hello"}', Opcode.BINARY, None),
        (b"\xff\xfe", Opcode.BINARY, CloseCode.BAD_MESSAGE),
        (b"\xff\xfe", Opcode.TEXT, 1007),
        (b"", Opcode.CONT, 1002),
    ],
)
async def test_bytes_of_other_kinds(data: bytes, opcode: Opcode, code: int | None) -> None:
    async with gateway() as engine:
        connection = await engine.dial()
        connection.transport.write(frame(data, opcode))
        if code is None:
            assert b'"type":"hello"' in await connection.recv(decode=False)
        else:
            assert await code_of(connection) == code
            await until(lambda: engine.viewers == 0)


@pytest.mark.parametrize("what", ["message", "size", "binary"])
async def test_later_words_that_are_no_message(what: str) -> None:
    async with gateway() as engine:
        good, bad = await engine.join(), await engine.join()
        data = {
            "message": frame(b'{"type":"subscribe"}'),
            "size": frame(b"x" * (MAX_MESSAGE + 1)),
            "binary": frame(bytes(range(256)), Opcode.BINARY),
        }[what]
        bad.connection.transport.write(data)
        assert await bad.end() == (1009 if what == "size" else CloseCode.BAD_MESSAGE)
        await until(lambda: engine.viewers == 1)
        engine.market.rounds(10)
        await good.hear_up_to(10)


async def test_a_message_of_the_largest_size_is_heard() -> None:
    async with gateway() as engine:
        peer = await engine.join()
        data = b'{"type":"unsubscribe","symbols":["*"]' + b" " * MAX_MESSAGE
        await peer.connection.send(data[: MAX_MESSAGE - 1] + b"}", text=True)
        assert (await peer.hear_a(Filter)).symbols == []


async def test_ten_messages_a_second_and_a_few_at_once() -> None:
    async with gateway() as engine:
        peer = await engine.join(ViewerHello(symbols=[]))
        for _ in range(15):
            await peer.say(Subscribe(["S0"]))
        for _ in range(15):
            await peer.hear_a(Filter)
        assert engine.viewers == 1
        for _ in range(15):
            await peer.say(Unsubscribe(["S0"]))
        assert await peer.end() == CloseCode.TOO_LOUD
        assert engine.broadcaster.view().cut_by == {"loud": 1}


async def test_eleven_messages_a_second_are_too_many_in_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tickterm.engine.viewers.viewer.BURST", 2)
    async with gateway() as engine:
        modest = await engine.join(ViewerHello(symbols=[]))
        loud = await engine.join(ViewerHello(symbols=[]))

        async def talk_modestly() -> None:
            for _ in range(10):
                await asyncio.sleep(0.12)  # at least, however late we are
                await modest.say(Subscribe(["S0"]))

        async def talk_loudly() -> None:
            due = time.monotonic()
            for _ in range(10):
                due += 0.05
                await asyncio.sleep(due - time.monotonic())
                await loud.say(Subscribe(["S0"]))

        await asyncio.gather(talk_modestly(), talk_loudly(), return_exceptions=True)
        assert await loud.end() == CloseCode.TOO_LOUD
        await modest.hear_a(Filter)
        assert engine.viewers == 1


async def flooded(engine: Gateway, data: bytes) -> None:
    """Flood the engine from a viewer; return when it is gone."""
    good, bad = await engine.join(), await engine.join()
    bad.connection.transport.write(data)
    await until(lambda: engine.viewers == 1)
    engine.market.rounds(10)
    await good.hear_up_to(10)


@pytest.mark.parametrize("opcode", [Opcode.PING, Opcode.PONG])
async def test_a_flood_of_control_frames(opcode: Opcode) -> None:
    async with gateway() as engine:
        await flooded(engine, frame(b"x" * 100, opcode) * 20_000)
        assert engine.broadcaster.view().cut_by == {"loud": 1}


async def test_a_flood_of_fragments() -> None:
    async with gateway() as engine:
        first, rest = frame(b"{", fin=False), frame(b" ", Opcode.CONT, fin=False)
        await flooded(engine, first + rest * 20_000)


async def test_a_message_in_fragments_is_heard() -> None:
    async with gateway() as engine:
        connection = await engine.dial()
        await connection.send([HELLO[n : n + 5].decode() for n in range(0, len(HELLO), 5)])
        assert b'"type":"hello"' in await connection.recv(decode=False)


async def test_pings_are_answered_also_before_the_hello() -> None:
    async with gateway() as engine:
        connection = await engine.dial()
        await asyncio.wait_for(await connection.ping(), 20)
        await connection.send(HELLO, text=True)
        await connection.recv()
        await asyncio.wait_for(await connection.ping(), 20)


async def test_nothing_said_for_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialogue, "HELLO_WITHIN", 0.2)
    async with gateway() as engine:
        mute, slow = await engine.dial(), await engine.dial()
        slow.transport.write(frame(HELLO)[:10])
        for connection in (mute, slow):
            assert await code_of(connection) == CloseCode.NO_HELLO
            assert '{"type":"hello","version":1}' in (connection.close_reason or "")
        assert engine.broadcaster.view().cut_by == {"no hello": 2}


@pytest.mark.asyncio(loop_factories=["uvloop"])
async def test_a_handshake_byte_by_byte() -> None:
    """Within five seconds it is fine; whoever takes longer is gone, and takes nothing along."""
    async with gateway() as engine:
        patient, slow = [await asyncio.open_connection("127.0.0.1", engine.port) for _ in range(2)]
        data = request(engine.port)
        began = time.monotonic()

        async def drip() -> None:
            with contextlib.suppress(OSError):
                while True:
                    slow[1].write(b"X")
                    await slow[1].drain()
                    await asyncio.sleep(0.1)

        async with asyncio.TaskGroup() as tasks:
            dripping = tasks.create_task(drip())
            for byte in data:
                patient[1].write(bytes([byte]))
                await asyncio.sleep(0.002)
            assert b" 101 " in await patient[0].readline()
            with contextlib.suppress(OSError):
                assert await slow[0].read() == b""
            assert 4 < time.monotonic() - began < 20
            dripping.cancel()
        for _, writer in (patient, slow):
            writer.close()
        await until(lambda: engine.broadcaster._places._taken == 0)


async def test_hello_twice_is_an_error_and_no_end() -> None:
    async with gateway() as engine:
        peer = await engine.join()
        await peer.say(ViewerHello(symbols=[]))
        await peer.say(ViewerHello())
        engine.market.rounds(10)
        await peer.hear_up_to(10)
        assert len(peer.all_of(Hello)) == 1


async def test_whoever_closes_is_gone_at_once() -> None:
    async with gateway() as engine:
        peers = [await engine.join() for _ in range(3)]
        await peers[0].connection.close()
        peers[1].drop()
        peers[2].connection.transport.write_eof()
        await until(lambda: engine.viewers == 0)
        assert engine.broadcaster.view().cut_by == {}
        await until(lambda: engine.broadcaster._places._taken == 0)
