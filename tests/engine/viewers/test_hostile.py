"""20,000 sessions of viewers that mean ill, over real sockets: nothing breaks, hangs or grows."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import random
import struct
from pathlib import Path

import pytest
from websockets.frames import Opcode

from tests.engine.viewers.gateway import Gateway, frame, gateway, request
from tests.waiting import until
from tickterm.market.contract import (
    Leave,
    Position,
    Reconnect,
    Stream,
    Subscribe,
    Unsubscribe,
    ViewerHello,
    encode,
)

SESSIONS = 20_000
AT_ONCE = 60
GROWTH = 60 * 2**20
"""Bytes; both sides are in this process."""

TEXT, BINARY, CLOSE, PING, PONG = (
    Opcode.TEXT,
    Opcode.BINARY,
    Opcode.CLOSE,
    Opcode.PING,
    Opcode.PONG,
)


def symbols(dice: random.Random) -> list[str]:
    odd = ["*", "", "S1", "S2", "nope", "\x1b]0;x\x07", "A" * 33, "<b>", "' or 1=1", "S3", "\u202e"]
    return dice.choices(odd, k=dice.choice((0, 1, 3, 600)))


def hello(dice: random.Random) -> bytes:
    stream = dice.choice(list(Stream))
    resume = dice.choice(
        [None, Position("x", 5), Position("", 0), Position("x", 2**62), Position("y", 99_999)]
    )
    wanted = dice.choice([None, ["S1"], symbols(dice)])
    token = "x" * dice.choice((0, 9))
    return encode(ViewerHello(token=token, stream=stream, symbols=wanted, resume=resume))


def message(dice: random.Random) -> bytes:
    """Return a message that is good, mutated, or none at all."""
    good = dice.choice(
        [
            hello(dice),
            encode(Subscribe(symbols(dice))),
            encode(Unsubscribe(symbols(dice))),
            encode(Reconnect()),
            encode(Leave()),
        ]
    )
    kind = dice.randrange(6)
    if kind == 0:
        place = dice.randrange(len(good))
        return good[:place] + dice.randbytes(dice.randrange(4)) + good[place + 1 :]
    if kind == 1:
        return dice.randbytes(dice.randrange(200))
    if kind == 2:
        junk = [b"[" * 4000, b'{"a":' * 700, b"null", b"[]", b"1e999", b'{"type":1}', b""]
        return dice.choice(junk)
    return good


def any_frame(dice: random.Random) -> bytes:
    kind = dice.randrange(8)
    if kind == 0:
        return frame(dice.randbytes(dice.randrange(126)), dice.choice((PING, PONG)))
    if kind == 1:
        return frame(struct.pack("!H", dice.choice((1000, 1005, 4008, 0, 65535))), CLOSE)
    if kind == 2:
        return dice.randbytes(dice.randrange(1, 300))  # no frame at all
    if kind == 3:
        return frame(b"x" * dice.choice((4096, 4097, 70_000)), TEXT)
    if kind == 4:
        return frame(message(dice), TEXT)[: dice.randrange(1, 40)]  # the rest never comes
    return frame(message(dice), dice.choice((TEXT, TEXT, TEXT, BINARY)))


def opening(dice: random.Random, port: int) -> bytes:
    good = request(port)
    kind = dice.randrange(12)
    if kind == 0:
        return dice.randbytes(dice.randrange(300))
    if kind == 1:
        return good[: dice.randrange(len(good))]
    if kind == 2:
        return b"GET /" + b"a" * dice.choice((10, 9000)) + b" HTTP/1.1\r\n\r\n"
    if kind == 3:
        line = b"\r\nX: " + b"y" * dice.choice((10, 20_000))
        return good.replace(b"\r\n\r\n", line + b"\r\n\r\n")
    if kind == 4:
        verb = dice.choice([b"POST", b"BREW", b"GET"])
        return verb + b" /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
    return good


async def session(engine: Gateway, seed: int) -> None:
    """Come, say what the seed says, and go in one of several ways."""
    dice = random.Random(seed)
    first = opening(dice, engine.port)
    said = [frame(hello(dice), TEXT)] if dice.random() < 0.8 else []
    said += [any_frame(dice) for _ in range(dice.choice((0, 1, 3, 30)))]
    with contextlib.suppress(OSError, RuntimeError):  # uvloop says by the latter that it is closed
        reader, writer = await asyncio.open_connection("127.0.0.1", engine.port)
        try:
            writer.write(first)
            if dice.random() < 0.9:
                await heard(reader, 0.2, 1)  # else all comes in one piece
            for part in said:
                writer.write(part)
                await asyncio.sleep(0)
            await heard(reader, dice.choice((0.0, 0.01, 0.1, 0.1)), dice.choice((1, 5000)))
            if dice.random() < 0.5:
                await leave(writer)
        finally:
            writer.transport.abort()


async def heard(reader: asyncio.StreamReader, seconds: float, pieces: int) -> None:
    """Read so many pieces, at most so long."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while pieces and await reader.read(5000):
                pieces -= 1


async def leave(writer: asyncio.StreamWriter) -> None:
    writer.close()
    await writer.wait_closed()


def memory() -> int:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def besiege(engine: Gateway, seeds: range) -> None:
    queue = iter(seeds)

    async def work() -> None:
        for seed in queue:
            await session(engine, seed)

    async with asyncio.TaskGroup() as workers:
        for _ in range(AT_ONCE):
            workers.create_task(work())


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.asyncio(loop_factories=["uvloop"])
async def test_20_000_hostile_sessions(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    async with gateway(beats=True) as engine:
        good = await engine.join()

        async def listen() -> None:
            while True:
                await good.hear()

        async def trade() -> None:
            while True:
                engine.market.rounds(10)
                await asyncio.sleep(0.02)

        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(trade()), tasks.create_task(listen())]
            await besiege(engine, range(500))  # what is bought once is bought
            await until(lambda: engine.viewers == 1)
            before, open_before = memory(), files()
            tasks_before = len(asyncio.all_tasks())
            await besiege(engine, range(500, SESSIONS))
            await until(lambda: engine.viewers == 1)
            for task in running:
                task.cancel()
        last = engine.market.last
        await good.hear_up_to(last)
        good.ledger.settle()
        assert not good.ledger.conflated
        grown = memory() - before
        await until(lambda: files() <= open_before)
        await until(lambda: len(asyncio.all_tasks()) <= tasks_before)
        view = engine.broadcaster.view()
        with capsys.disabled():
            print(
                f"\n{SESSIONS:,} hostile sessions: {grown / 2**20:+.1f} MB, a good viewer got all "
                f"{last:,} ticks; cut off {view.cut_by}, turned away {view.turned_away_by}"
            )
        assert grown < GROWTH
        await until(lambda: engine.broadcaster._places._taken == 1)
        assert set(view.cut_by) >= {"bad message", "loud"}
        assert not [record for record in caplog.records if record.levelname == "ERROR"]
