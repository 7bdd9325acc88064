"""A viewer's WebSocket in as few instructions as measuring allows: bytes in, message heads out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from websockets.frames import Frame, Opcode

__all__ = ["SWITCHING", "FrameReader", "Head", "framed", "ticks_head", "upgrade_request"]

KEPT = 160
"""Bytes kept of a message: its head, which says all that is measured."""
SWITCHING = b"HTTP/1.1 101 "
"""How the server's answer begins that consents."""

_TICKS = re.compile(
    rb'\{"type":"ticks","first":(\d+),"last":(\d+),"received":([\d.]+),"conflated":(\d+),'
)


class Head(NamedTuple):
    """What a `ticks` message says before its ticks."""

    first: int
    last: int
    received: float
    """Seconds UTC."""
    conflated: int


def upgrade_request(port: int) -> bytes:
    """Return the HTTP request that opens a viewer's connection."""
    lines = (
        "GET / HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
    )
    return "\r\n".join((*lines, "", "")).encode()


def framed(payload: bytes, opcode: Opcode = Opcode.TEXT) -> bytes:
    """Return `payload` as a frame of a client."""
    return Frame(opcode, payload).serialize(mask=True)


def ticks_head(message: bytes) -> Head | None:
    """Return the head of a `ticks` message, None of any other.

    Raises:
        ValueError: a `ticks` message begins in another way than is known here.
    """
    if (found := _TICKS.match(message)) is not None:
        first, last, received, conflated = found.groups()
        return Head(int(first), int(last), float(received) / 1000, int(conflated))
    if message.startswith(b'{"type":"ticks"'):
        raise ValueError(f"ticks message of an unknown form: {message!r}")
    return None


class FrameReader:
    """Finds the unmasked frames of a server in whatever pieces their bytes come."""

    def __init__(self) -> None:
        self.upgraded = False
        """Whether the server has consented to the connection."""
        self._rest = b""
        """What begins a frame, or the server's answer, and is not yet enough."""
        self._left = 0
        """Bytes of the current frame that are to come."""
        self._frame = (0, b"")

    def feed(self, data: memoryview) -> Iterator[tuple[int, bytes]]:
        """Yield opcode and first bytes of each frame that `data` completes.

        Raises:
            ConnectionError: the server does not consent.
        """
        chunk: bytes | memoryview = data
        if self._rest:
            chunk, self._rest = self._rest + data, b""
        if not self.upgraded:
            chunk = self._after_answer(bytes(chunk))
        position, end = 0, len(chunk)
        while position < end:
            if not self._left:
                if (start := self._begin(chunk, position)) is None:
                    self._rest = bytes(chunk[position:])
                    return
                position = start
            step = min(self._left, end - position)
            self._left -= step
            position += step
            if not self._left:
                yield self._frame

    def _after_answer(self, chunk: bytes) -> bytes:
        """Return what follows the server's answer to the request, once that is whole."""
        answer, end, frames = chunk.partition(b"\r\n\r\n")
        if not end:
            self._rest = chunk
            return b""
        if not answer.startswith(SWITCHING):
            raise ConnectionError(answer.split(b"\r\n")[0].decode())
        self.upgraded = True
        return frames

    def _begin(self, chunk: bytes | memoryview, position: int) -> int | None:
        """Begin a frame; return where its payload is, or None where too little of it is here."""
        start = position + 2
        if len(chunk) < start:
            return None
        length = chunk[position + 1]
        if length >= 126:
            start += 2 if length == 126 else 8
            length = int.from_bytes(chunk[position + 2 : start], "big")
        if len(chunk) < start + min(length, KEPT):
            return None
        self._frame = chunk[position] & 0x0F, bytes(chunk[start : start + min(length, KEPT)])
        self._left = length
        return start
