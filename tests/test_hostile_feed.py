"""A feed that attacks the terminal, checked on the bytes of a real pty."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from websockets.asyncio.server import ServerConnection, serve

from tests.ports import free_port
from tests.program import terminal

ATTACK = "\x1b]0;owned\x07[/red][@click=app.quit]x\x9b31m\u202egnp.exe\r\nline"
FORBIDDEN = (b"\x1b]0;owned", b"owned\x07", b"\x07", b"\xc2\x9b", "\u202e".encode())

POINTER_SHAPE = b"\x1b]22;default\x07"
"""What Textual itself writes; the only bell there may be."""


def _frames() -> list[bytes]:
    bar = {"v": 100, "o": 10.0, "h": 10.5, "l": 9.5, "c": 10.25, "s": 1_788_877_043_000}
    good = {"ev": "A", "sym": "SPY", **bar}
    return [
        orjson.dumps([{"ev": "status", "status": ATTACK, "message": ATTACK}]),
        orjson.dumps([{"ev": "status", "status": "error", "message": ATTACK * 50}]),
        orjson.dumps([{"ev": "A", "sym": ATTACK, **bar}, good]),
        orjson.dumps([{"ev": ATTACK, "sym": "X"}]),
        ATTACK.encode(),
        orjson.dumps([good]),
    ]


async def _attack(connection: ServerConnection) -> None:
    greeting = {"ev": "status", "status": "connected", "message": ATTACK}
    await connection.send(orjson.dumps([greeting]), text=True)
    await connection.recv()
    welcome = {"ev": "status", "status": "auth_success", "message": ATTACK}
    await connection.send(orjson.dumps([welcome]), text=True)
    await connection.recv()
    for frame in _frames():
        await connection.send(frame, text=True)
    refusal = {"ev": "status", "status": "slow_consumer", "message": ATTACK}
    await connection.send(orjson.dumps([refusal]), text=True)
    await connection.close(1008, ATTACK[:60].replace("\x9b", "").replace("\u202e", ""))


@pytest.fixture
def attacker() -> Iterator[str]:
    port = free_port()
    ready, over = threading.Event(), threading.Event()

    async def run() -> None:
        async with serve(_attack, "127.0.0.1", port, compression=None):
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()
    assert ready.wait(5)
    yield f"ws://127.0.0.1:{port}/stocks"
    over.set()
    thread.join(10)


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
def test_no_such_byte_reaches_the_terminal(
    attacker: str, tmp_path: Path, size: tuple[int, int]
) -> None:
    settings = {"MASSIVE_API_KEY": "any", "MASSIVE_WEBSOCKET_URL": attacker}
    settings["REDIS_URL"] = f"redis://127.0.0.1:{free_port()}"
    with terminal(tmp_path, "--symbols", "SPY,AAPL", size=size, settings=settings) as screen:
        screen.wait_until(lambda shown: "10.25" in shown and "RECONNECTING" in shown)
        screen.type("l")
        screen.wait_until(lambda shown: " log " not in shown)
        screen.type("l")
        screen.wait_until(lambda shown: "[/red][@click" in shown)
        screen.type("?")
        screen.wait_until(lambda shown: "everywhere" in shown)
        screen.type("\x1b")
        screen.wait_until(lambda shown: "everywhere" not in shown)
        screen.type("q")
        assert screen.end() == 0
        written = bytes(screen.output).replace(POINTER_SHAPE, b"")
        for forbidden in FORBIDDEN:
            assert forbidden not in written, forbidden
