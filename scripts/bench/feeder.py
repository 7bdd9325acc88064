"""A feed of made-up ticks at an exact pace, a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from itertools import count
from multiprocessing.connection import Connection

import orjson
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

__all__ = ["KEY", "SYMBOLS", "feeder", "names", "wide_feeder"]

KEY = "bench-key-0123456789"


def names(count: int) -> tuple[str, ...]:
    """Return so many made-up symbols."""
    return tuple(f"S{number:04d}" for number in range(count))


SYMBOLS = names(500)


def feeder(rate: int, frames: int, told: Connection) -> None:
    """Serve `rate` ticks a second in `frames` frames until killed; tells its port first."""
    asyncio.run(_serve(SYMBOLS, rate, frames, told))


def wide_feeder(rate: int, frames: int, count: int, told: Connection) -> None:
    """Serve the same of so many symbols."""
    asyncio.run(_serve(names(count), rate, frames, told))


async def _serve(symbols: Sequence[str], rate: int, frames: int, told: Connection) -> None:
    async def handler(connection: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            await _greet(connection, len(symbols))
            await _feed(connection, symbols, rate // frames, frames)

    async with serve(handler, "127.0.0.1", 0, compression=None, ping_interval=None) as server:
        told.send(next(iter(server.sockets)).getsockname()[1])
        await server.wait_closed()


async def _greet(connection: ServerConnection, count: int) -> None:
    """Let the client in and wait until it has asked for everything."""
    await _say(connection, "connected", "Connected Successfully")
    await connection.recv()
    await _say(connection, "auth_success", "authenticated")
    asked: set[str] = set()
    while len(asked) < count:
        tokens = orjson.loads(await connection.recv())["params"].split(",")
        asked.update(tokens)
        await _say(connection, "success", *(f"subscribed to: {token}" for token in tokens))


async def _say(connection: ServerConnection, status: str, *messages: str) -> None:
    elements = [{"ev": "status", "status": status, "message": text} for text in messages]
    await connection.send(orjson.dumps(elements), text=True)


async def _feed(
    connection: ServerConnection, symbols: Sequence[str], size: int, frames: int
) -> None:
    began, second = time.monotonic(), int(time.time()) * 1000
    for number in count():
        wait = began + number / frames - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        ticks = range(number * size, (number + 1) * size)
        await connection.send(
            orjson.dumps([_bar(symbols, tick, second) for tick in ticks]), text=True
        )


def _bar(symbols: Sequence[str], number: int, start: int) -> dict[str, object]:
    """Return a tick whose volume is its number; each symbol has its turn."""
    second = start + number // len(symbols) * 1000
    price = 100 + number % 997 / 100
    return {
        "ev": "A",
        "sym": symbols[number % len(symbols)],
        "v": number + 1,
        "av": 8_642_007,
        "op": 99.5,
        "vw": price,
        "o": price,
        "c": round(price + 0.01, 2),
        "h": round(price + 0.02, 2),
        "l": round(price - 0.01, 2),
        "a": 99.75,
        "z": 50,
        "s": second,
        "e": second + 1000,
    }
