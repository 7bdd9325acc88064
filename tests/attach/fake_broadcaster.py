"""A server that speaks the contract, or anything else, as a test's script says."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

from websockets.asyncio.server import ServerConnection, serve, unix_serve
from websockets.exceptions import ConnectionClosed

from tests.attach.messages import hello, part, status, wire
from tickterm.attach.address import Address
from tickterm.attach.remote_engine import RemoteEngine
from tickterm.market.contract import EngineMessage, ViewerMessage, encode, from_viewer

__all__ = [
    "FakeBroadcaster",
    "Running",
    "always",
    "greet",
    "greet_and_stay",
    "raw_server",
    "reset",
    "running",
    "say",
]

Script = Callable[[ServerConnection], Awaitable[None]]


async def say(connection: ServerConnection, *messages: EngineMessage) -> None:
    for message in messages:
        await connection.send(encode(message), text=True)


async def greet(connection: ServerConnection, **changes: object) -> None:
    """Say all that a screen needs to be attached."""
    await say(connection, hello(**changes), part(wire("A"), wire("B", 20.0)), status())


async def greet_and_stay(connection: ServerConnection) -> None:
    await greet(connection)
    await connection.wait_closed()


class FakeBroadcaster:
    """Runs one script for each connection: the first for the first, the last for all others."""

    def __init__(self, *scripts: Script) -> None:
        self._scripts = scripts or (greet_and_stay,)
        self.heard: list[ViewerMessage] = []
        self.connections: list[ServerConnection] = []
        self.left = 0
        """Connections that have ended."""

    async def handle(self, connection: ServerConnection) -> None:
        """Listen, and do what the script says."""
        number = len(self.connections)
        self.connections.append(connection)
        try:
            self.heard.append(from_viewer(await connection.recv()))
            async with asyncio.TaskGroup() as tasks:
                ears = tasks.create_task(self._listen(connection))
                await self._scripts[min(number, len(self._scripts) - 1)](connection)
                ears.cancel()
        except* ConnectionClosed:
            pass
        finally:
            self.left += 1

    async def _listen(self, connection: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for data in connection:
                self.heard.append(from_viewer(data))

    @contextlib.asynccontextmanager
    async def at_port(self, port: int = 0) -> AsyncIterator[Address]:
        async with serve(self.handle, "127.0.0.1", port, compression=None) as server:
            host, port = next(iter(server.sockets)).getsockname()[:2]
            yield Address(f"ws://{host}:{port}")
            server.close(close_connections=True)

    @contextlib.asynccontextmanager
    async def at_socket(self, path: Path, *, started: bool = False) -> AsyncIterator[Address]:
        async with unix_serve(self.handle, str(path), compression=None) as server:
            yield Address("ws://127.0.0.1:8765", path, started)
            server.close(close_connections=True)


@contextlib.asynccontextmanager
async def raw_server(
    handle: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[Address]:
    """Serve bytes."""
    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    try:
        yield Address(f"ws://{host}:{port}")
    finally:
        server.close()


def always(address: Address) -> Callable[[], Awaitable[Address]]:
    async def find() -> Address:
        return address

    return find


class Running:
    """A remote engine on a thread of its own."""

    def __init__(self, engine: RemoteEngine) -> None:
        self.engine = engine
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self._run)

    @property
    def reason(self) -> str:
        return self.engine.snapshot().attachment.reason

    @property
    def connected(self) -> bool:
        return self.engine.snapshot().attachment.connected

    @property
    def ended(self) -> bool:
        return not self.thread.is_alive()

    def _run(self) -> None:
        try:
            self.engine.run()
        except BaseException as error:  # noqa: BLE001  the thread's boundary: the test looks at it
            self.error = error


@contextlib.contextmanager
def running(engine: RemoteEngine) -> Iterator[Running]:
    """Run the engine; at the end it must stop."""
    run = Running(engine)
    run.thread.start()
    try:
        yield run
    finally:
        engine.stop()
        run.thread.join(5)
        assert run.ended


def reset(connection: ServerConnection) -> None:
    """Cut a connection as a crash does: by RST."""
    sock = connection.transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.transport.abort()
