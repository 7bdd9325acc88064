"""A viewer's connection without a socket: it takes bytes when the test says so."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

from websockets.exceptions import ConnectionClosed, ConnectionClosedOK
from websockets.frames import Opcode
from websockets.protocol import CLIENT, OPEN, Protocol, State

from tickterm.market.contract import EngineMessage, ViewerMessage, encode, from_engine

__all__ = ["FakeConnection"]


class FakeConnection:
    """What a Dialogue and a Viewer see of a ServerConnection, and its own transport."""

    def __init__(self) -> None:
        self.state = State.OPEN
        self.transport = self
        self.protocol = SimpleNamespace(send_close=self._send_close)
        self.request = None
        self.close_exc: ConnectionClosed = ConnectionClosedOK(None, None)
        self.closed_with: int | None = None
        self.heard_at = float("inf")
        self.too_loud = False
        self._waiting = bytearray()
        self._said: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._closed = asyncio.Event()
        self._parser = Protocol(CLIENT, state=OPEN, max_size=None)

    # -- the transport ----------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        assert self.state is State.OPEN
        self._waiting += data

    def get_write_buffer_size(self) -> int:
        return len(self._waiting)

    def is_closing(self) -> bool:
        return self.state is State.CLOSED

    def abort(self) -> None:
        self.state = State.CLOSED
        self._waiting.clear()
        self._said.put_nowait(None)
        self._closed.set()

    # -- the connection ---------------------------------------------------------------------

    def send_data(self) -> None:
        pass

    async def recv(self) -> bytes:
        message = None if self._closed.is_set() else await self._said.get()
        if message is None:
            raise self.close_exc
        return message

    def __aiter__(self) -> FakeConnection:
        return self

    async def __anext__(self) -> bytes:
        try:
            return await self.recv()
        except ConnectionClosedOK:
            raise StopAsyncIteration from None

    async def wait_closed(self) -> None:
        await self._closed.wait()

    def _send_close(self, code: int, reason: str) -> None:
        self.state = State.CLOSING
        self.closed_with = code

    # -- the peer -----------------------------------------------------------------------------

    def say(self, message: ViewerMessage) -> None:
        """Have the peer send a message."""
        self._said.put_nowait(encode(message))

    def take(self, count: int | None = None) -> list[EngineMessage]:
        """Have the peer take `count` bytes of what waits, or all; return the whole messages."""
        data = bytes(self._waiting[:count])
        del self._waiting[:count]
        self._parser.receive_data(data)
        frames = self._parser.events_received()
        assert all(frame.opcode is Opcode.TEXT for frame in frames)  # type: ignore[union-attr]  # no requests here
        return [from_engine(bytes(frame.data)) for frame in frames]  # type: ignore[union-attr]  # as above
