"""Sessions of viewers that mean no good, or cannot do any better: the same for the same seed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import socket
import struct
from collections.abc import Callable
from typing import Any

from websockets.frames import Opcode

from tests.engine.viewers.gateway import frame, request
from tests.engine.viewers.market import SYMBOLS

__all__ = ["attack", "session"]

HANDSHAKES = ["good"] * 12 + ["none", "noise", "part", "plain", "post", "long", "foreign", "twice"]
ENDINGS = ["close", "reset", "half", "mute", "wait"]
WORDS: list[Any] = [
    *(None, True, 0, -1, 2**63, 2**64, 1e308, "", "*", "S1", "ticks", "rows", "\x1b[31m", "\0"),
    *("x" * 100, [], {}, [[]], ["S0", "S1"], ["*"], {"epoch": "", "seq": 0}, "\u202e", "🙂" * 9),
]
KEYS = ["type", "version", "token", "stream", "symbols", "resume", "name", "seq", "", "__proto__"]
TYPES = ["hello", "subscribe", "unsubscribe", "reconnect", "leave", "ticks", "goodbye", "HELLO", ""]


def session(seed: int, port: int) -> tuple[list[bytes], str]:
    """Return what a viewer sends, piece by piece, and how it ends."""
    dice = random.Random(seed)
    kind = dice.choice(HANDSHAKES)
    pieces = [_handshake(kind, dice, port)]
    if kind == "good":
        if dice.random() < 0.7:
            pieces.append(frame(_hello(dice)))
        pieces += [_frames(dice) for _ in range(dice.randrange(6))]
    if dice.random() < 0.1:
        pieces = [bytes([byte]) for piece in pieces for byte in piece[:200]]
    return pieces, dice.choice(ENDINGS)


async def attack(seed: int, port: int) -> None:
    """Do the session of a seed."""
    pieces, ending = session(seed, port)
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return
    try:
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(0)
        await _end(ending, reader, writer)
    except (OSError, RuntimeError):
        pass  # the engine was quicker; uvloop says so by the latter
    finally:
        writer.transport.abort()


async def _end(ending: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    if ending == "reset":
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    elif ending == "half":
        writer.write_eof()
    elif ending == "mute":
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # a read transport too
        await asyncio.sleep(0.01)
    elif ending == "wait":
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.02):
                while await reader.read(65536):
                    pass


def _handshake(kind: str, dice: random.Random, port: int) -> bytes:
    good = request(port)
    made: dict[str, Callable[[], bytes]] = {
        "good": lambda: good,
        "none": lambda: b"",
        "noise": lambda: dice.randbytes(dice.randrange(1, 3000)),
        "part": lambda: good[: dice.randrange(len(good))],
        "plain": lambda: b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % port,
        "post": lambda: good.replace(b"GET", b"POST"),
        "long": lambda: request(port, *["X: " + "y" * 500] * dice.randrange(100)),
        "foreign": lambda: request(port, "Origin: http://evil.example"),
        "twice": lambda: good + good,
    }
    return made[kind]()


def _hello(dice: random.Random) -> bytes:
    hello: dict[str, Any] = {"type": "hello", "stream": dice.choice(["ticks", "rows"])}
    if dice.random() < 0.4:
        hello["symbols"] = dice.sample([*SYMBOLS, "NONE", "*"], dice.randrange(6))
    if dice.random() < 0.3:
        hello["resume"] = {"epoch": "", "seq": dice.choice([0, 1, 2**62])}
    return json.dumps(hello).encode()


def _frames(dice: random.Random) -> bytes:
    """Return frames of one kind of malice."""
    match dice.randrange(9):
        case 0:
            return frame(_message(dice), dice.choice([Opcode.TEXT, Opcode.BINARY]))
        case 1:
            return frame(_mutated(_message(dice), dice))
        case 2:
            return frame(_message(dice)) * dice.randrange(60)
        case 3:
            return frame(b"x" * dice.choice([4096, 4097, 70_000]))
        case 4:
            return frame(dice.randbytes(100), dice.choice([Opcode.PING, Opcode.PONG])) * 50
        case 5:
            return frame(b"{", fin=False) + frame(b" ", Opcode.CONT, fin=False) * 40
        case 6:
            code = dice.choice([0, 999, 1000, 1005, 1006, 4000, 65535])
            return frame(struct.pack("!H", code) + dice.randbytes(4), Opcode.CLOSE)
        case 7:
            return dice.randbytes(dice.randrange(1, 300))
        case _:
            known = [b'{"type":"leave"}', b'{"type":"subscribe","symbols":["*"]}']
            return frame(dice.choice(known))


def _message(dice: random.Random) -> bytes:
    message = {dice.choice(KEYS): dice.choice(WORDS) for _ in range(dice.randrange(4))}
    message["type"] = dice.choice(TYPES)
    return json.dumps(message).encode("utf-8", "surrogatepass")


def _mutated(data: bytes, dice: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.randrange(1, 4)):
        changed[dice.randrange(len(changed))] = dice.randrange(256)
    return bytes(changed)
