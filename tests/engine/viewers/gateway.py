"""A broadcaster that listens, with a market behind it, and viewers that talk to it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from websockets.asyncio.client import ClientConnection, connect, unix_connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from tests.engine.viewers.ledger import Ledger
from tests.engine.viewers.market import SYMBOLS, Market
from tests.waiting import until
from tickterm.access import Access
from tickterm.engine.viewers.broadcaster import Broadcaster
from tickterm.market.contract import (
    EngineMessage,
    Hello,
    Status,
    ViewerHello,
    ViewerMessage,
    encode,
    from_engine,
)

__all__ = ["Gateway", "Peer", "frame", "gateway", "request"]

Message = TypeVar("Message")


class Peer:
    """A viewer by the book: everything that it hears must be of the contract and make sense."""

    def __init__(self, connection: ClientConnection, ledger: Ledger) -> None:
        self.connection = connection
        self.ledger = ledger
        self.heard: list[EngineMessage] = []
        self.raw: list[bytes] = []

    async def say(self, message: ViewerMessage) -> None:
        await self.connection.send(encode(message), text=True)

    async def hear(self) -> EngineMessage:
        """Return the next message."""
        data = await self.connection.recv(decode=False)
        message = from_engine(data)
        self.raw.append(data)
        self.heard.append(message)
        self.ledger.take(message)
        return message

    async def hear_a(self, kind: type[Message]) -> Message:
        """Return the next message of a kind."""
        async with asyncio.timeout(10):
            while not isinstance(message := await self.hear(), kind):
                pass
        return message

    async def hear_up_to(self, number: int) -> None:
        """Hear until tick `number` is known."""
        async with asyncio.timeout(30):
            while (self.ledger.last or 0) < number:
                await self.hear()

    def all_of(self, kind: type[Message]) -> list[Message]:
        return [message for message in self.heard if isinstance(message, kind)]

    def drop(self) -> None:
        """Be cut off."""
        self.connection.transport.abort()

    async def end(self) -> int | None:
        """Hear until the engine closes; return the close code."""
        with contextlib.suppress(ConnectionClosed):
            async with asyncio.timeout(10):
                async for _ in self.connection:
                    pass
        return self.connection.close_code


class Gateway:
    """What a test does with its broadcaster."""

    def __init__(self, broadcaster: Broadcaster, symbols: Sequence[str]) -> None:
        self.broadcaster = broadcaster
        self.market = Market(broadcaster, broadcaster.watch, symbols)
        self._dialled: list[ClientConnection] = []
        self._sockets: list[socket.socket] = []

    @property
    def port(self) -> int:
        return int(self.broadcaster.view().where.rpartition(":")[2])

    @property
    def viewers(self) -> int:
        return self.broadcaster.view().viewers

    async def dial(self, **options: Any) -> ClientConnection:
        """Connect, and say nothing."""
        options.setdefault("max_size", None)
        url = f"ws://127.0.0.1:{self.port}/"
        connection = await connect(url, compression=None, proxy=None, ping_interval=None, **options)
        self._dialled.append(connection)
        return connection

    async def join(
        self, hello: ViewerHello | None = None, *, path: Path | None = None, **options: Any
    ) -> Peer:
        """Connect and say hello; return when the engine has said how things stand."""
        hello = hello or ViewerHello()
        if path is None:
            connection = await self.dial(**options)
        else:
            connection = await unix_connect(str(path), compression=None, **options)
            self._dialled.append(connection)
        peer = Peer(connection, Ledger(self.market, hello))
        await peer.say(hello)
        await peer.hear_a(Hello)
        await peer.hear_a(Status)
        return peer

    async def resume(self, peer: Peer, **options: Any) -> Peer:
        """Come again, with all that the other one knows."""
        again = Peer(await self.dial(**options), peer.ledger)
        symbols = None if peer.ledger.symbols is None else sorted(peer.ledger.symbols)
        await again.say(ViewerHello(symbols=symbols, resume=peer.ledger.position))
        return again

    def deaf(self, hello: ViewerHello | None = None, buffer: int = 4096) -> socket.socket:
        """Return a viewer that says hello and reads nothing."""
        viewer = socket.socket()
        self._sockets.append(viewer)
        viewer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        viewer.connect(("127.0.0.1", self.port))
        viewer.sendall(request(self.port) + frame(encode(hello or ViewerHello())))
        return viewer

    async def hang_up(self) -> None:
        """End all that was dialled."""
        for connection in self._dialled:
            connection.transport.abort()
            await connection.wait_closed()
        for one in self._sockets:
            one.close()

    async def beat(self) -> None:
        """Look ten times a second, for ever, as the service does."""
        while True:
            await asyncio.sleep(0.1)
            self.market.look()


@contextlib.asynccontextmanager
async def gateway(
    access: Access | None = None,
    path: Path | None = None,
    *,
    symbols: Sequence[str] = SYMBOLS,
    beats: bool = False,
) -> AsyncIterator[Gateway]:
    """Run a broadcaster for the length of the block."""
    broadcaster = Broadcaster(access or Access(), path)
    async with asyncio.TaskGroup() as tasks:
        engine = Gateway(broadcaster, symbols)
        engine.market.look()
        running = [tasks.create_task(broadcaster.run())]
        if beats:
            running.append(tasks.create_task(engine.beat()))
        try:
            await until(lambda: broadcaster.view().reason != "starting")
            await until(lambda: path is None or path.is_socket())
            yield engine
        finally:
            for task in running:
                task.cancel()
            await asyncio.wait(running)
            left = len(broadcaster._connections)
            await engine.hang_up()
        assert not left, "the broadcaster ended before its connections"


def request(port: int, *lines: str, path: str = "/", host: str | None = None) -> bytes:
    """Return the bytes of a WebSocket handshake with more header `lines`."""
    head = [
        f"GET {path} HTTP/1.1",
        f"Host: {f'127.0.0.1:{port}' if host is None else host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]
    return "\r\n".join([*head, *lines, "", ""]).encode("latin-1")


def frame(data: bytes, opcode: Opcode = Opcode.TEXT, *, fin: bool = True) -> bytes:
    """Return a viewer's frame."""
    return Frame(opcode, data, fin).serialize(mask=True)
