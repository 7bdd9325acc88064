"""A scripted server of the feed, on a free loopback port, with a ledger of what it saw.

A script is a coroutine that plays one connection: the first script the first connection, and so
on; the last one plays every later connection too. What ends a script ends its connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

__all__ = [
    "KEY",
    "Command",
    "FakeMassive",
    "Peer",
    "RawScript",
    "RawServer",
    "Script",
    "acknowledge_forever",
    "bar",
    "http_answer",
    "raw_server",
    "serve_faithfully",
    "sign_in",
    "stays",
    "until",
]

KEY = "canary-key-0123456789"

quiet = logging.getLogger("tests.fake_massive")
quiet.addHandler(logging.NullHandler())
quiet.propagate = False


class Command(NamedTuple):
    """One message of the client."""

    action: str
    params: str


@dataclass(eq=False)
class Peer:
    """The server's end of one connection, and what the client said on it."""

    connection: ServerConnection
    dialled: float
    commands: list[Command] = field(default_factory=list)
    ended: float | None = None

    async def command(self) -> Command:
        """Return the client's next message."""
        message = orjson.loads(await self.connection.recv())
        command = Command(message["action"], message["params"])
        self.commands.append(command)
        return command

    async def send(self, *elements: object) -> None:
        """Send one frame of these elements."""
        await self.send_raw(orjson.dumps(elements))

    async def send_raw(self, frame: str | bytes, *, text: bool = True) -> None:
        """Send a frame of exactly these bytes."""
        await self.connection.send(frame, text=text)

    async def say(self, status: str, message: str) -> None:
        """Send one status message."""
        await self.send({"ev": "status", "status": status, "message": message})

    async def acknowledge(self, command: Command) -> None:
        """Confirm every token of `command`, in one frame, as the feed does."""
        verb = f"{command.action}d to: "
        tokens = command.params.split(",")
        await self.send(
            *({"ev": "status", "status": "success", "message": verb + token} for token in tokens)
        )

    async def close(self, code: int | None, reason: str = "") -> None:
        """Close in order; without a code the close frame is empty."""
        if code is not None:
            await self.connection.close(code, reason)
            return
        with contextlib.suppress(ConnectionClosed):
            async with self.connection.send_context():
                self.connection.protocol.send_close()

    def drop(self) -> None:
        """Cut TCP without a close frame."""
        self.connection.transport.abort()

    def stop_reading(self) -> None:
        """Read and answer nothing more, as a stopped process does; the kernel still takes bytes."""
        self.connection.transport.pause_reading()

    def read_again(self) -> None:
        """Take `stop_reading` back."""
        self.connection.transport.resume_reading()

    async def gone(self) -> None:
        """Return when the client has hung up."""
        await self.connection.wait_closed()

    def subscribed(self) -> list[str]:
        """Return the tokens of every subscribe command, in order."""
        asked = [c.params.split(",") for c in self.commands if c.action == "subscribe"]
        return [token for tokens in asked for token in tokens]


Script = Callable[[Peer], Awaitable[None]]


class FakeMassive:
    """The server: `async with FakeMassive(first, then) as feed`."""

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None) -> None:
        self._scripts: Sequence[Script] = scripts or (serve_faithfully,)
        self._tls = tls
        self.url = ""
        self.peers: list[Peer] = []
        """Every connection ever, in order."""

    @property
    def dials(self) -> list[float]:
        """When each connection came, monotonic seconds."""
        return [peer.dialled for peer in self.peers]

    @property
    def open(self) -> int:
        """Connections that are open now."""
        return sum(peer.ended is None for peer in self.peers)

    @property
    def peer(self) -> Peer:
        """The newest connection."""
        return self.peers[-1]

    async def __aenter__(self) -> FakeMassive:
        self._server = await serve(
            self._play,
            "127.0.0.1",
            0,
            ssl=self._tls,
            compression=None,
            ping_interval=None,
            close_timeout=0.2,
            max_size=None,
            logger=quiet,
        )
        port = next(iter(self._server.sockets)).getsockname()[1]
        self.url = f"wss://localhost:{port}" if self._tls else f"ws://127.0.0.1:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        for peer in self.peers:
            peer.drop()
        self._server.close()
        await self._server.wait_closed()

    async def _play(self, connection: ServerConnection) -> None:
        peer = Peer(connection, time.monotonic())
        self.peers.append(peer)
        script = self._scripts[min(len(self.peers), len(self._scripts)) - 1]
        try:
            with contextlib.suppress(ConnectionClosed):
                await script(peer)
                await connection.close()
        finally:
            peer.ended = time.monotonic()


# -- scripts --------------------------------------------------------------------------------------


async def sign_in(peer: Peer) -> None:
    """Greet, take any key, and say yes."""
    await peer.say("connected", "Connected Successfully")
    await peer.command()
    await peer.say("auth_success", "authenticated")


async def acknowledge_forever(peer: Peer) -> None:
    """Confirm whatever is asked for until the client hangs up."""
    while True:
        await peer.acknowledge(await peer.command())


async def serve_faithfully(peer: Peer) -> None:
    """Be the feed, with a bar for each first subscription."""
    await sign_in(peer)
    command = await peer.command()
    await peer.acknowledge(command)
    await peer.send(*(bar(token.partition(".")[2]) for token in command.params.split(",")[:10]))
    await acknowledge_forever(peer)


def bar(symbol: str = "AAPL", number: int = 1) -> dict[str, Any]:
    """Return a bar of the real shape; `number` is its volume, so that no two need be alike."""
    start = 1_788_877_043_000 + 1_000 * number
    return {
        "ev": "A", "sym": symbol, "v": number, "av": 4_332_125, "op": 75.98, "vw": 78.0894,
        "o": 78.1, "c": 78.08, "h": 78.125, "l": 78.07, "a": 76.8404, "z": 62,
        "s": start, "e": start + 1_000,
    }  # fmt: skip


# -- below the WebSocket --------------------------------------------------------------------------


@dataclass
class RawServer:
    """A TCP server that need not speak HTTP at all."""

    port: int = 0
    dials: list[float] = field(default_factory=list)
    requests: list[bytes] = field(default_factory=list)
    open: int = 0

    @property
    def url(self) -> str:
        """Where it listens, as a feed's address."""
        return f"ws://127.0.0.1:{self.port}"


RawScript = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def raw_server(script: RawScript) -> AsyncIterator[RawServer]:
    """Run `script` for every TCP connection, then hang up."""
    ledger = RawServer()
    tasks: set[asyncio.Task[Any]] = set()

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ledger.dials.append(time.monotonic())
        ledger.open += 1
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await script(reader, writer)
        finally:
            tasks.discard(task)
            ledger.open -= 1
            writer.transport.abort()

    server = await asyncio.start_server(play, "127.0.0.1", 0)
    ledger.port = server.sockets[0].getsockname()[1]
    try:
        yield ledger
    finally:
        server.close()
        leftovers = list(tasks)
        for task in leftovers:
            task.cancel()
        await asyncio.gather(*leftovers, return_exceptions=True)
        await server.wait_closed()


def http_answer(status: str, *headers: str) -> RawScript:
    """Return a script that answers the upgrade with `status` and hangs up."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        lines = (f"HTTP/1.1 {status}", "Content-Length: 0", *headers, "", "")
        writer.write("\r\n".join(lines).encode())
        await writer.drain()
        await reader.read()

    return answer


# -- waiting --------------------------------------------------------------------------------------


async def until(condition: Callable[[], object], timeout: float = 5.0) -> None:
    """Return as soon as `condition()` holds; fail after `timeout` seconds."""
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        await asyncio.sleep(0.002)


async def stays(condition: Callable[[], object], seconds: float) -> None:
    """Fail as soon as `condition()` does not hold; return after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert condition(), "it changed"
        await asyncio.sleep(0.002)
