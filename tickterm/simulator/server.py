"""SimulatedFeed: a server of the Massive protocol on this machine."""

from __future__ import annotations

import asyncio
import logging
from types import TracebackType
from typing import Self

from websockets.asyncio.server import Server, ServerConnection, serve

from tickterm.errors import RecordingError, SettingsError
from tickterm.market.text import clean
from tickterm.simulator.connection import BAD_KEY, NO_PLAN, Connection
from tickterm.simulator.faults import Faults
from tickterm.simulator.source import FrameSource

__all__ = ["SimulatedFeed"]

log = logging.getLogger(__name__)

# Its debug lines would carry the key, which travels in a message.
_wire_log = logging.getLogger(f"{__name__}.wire")
_wire_log.setLevel(logging.WARNING)

_GOODBYE = 1.0
"""Seconds for clients to answer the closing handshake when the server stops."""
_HANDSHAKE = 2.0
"""Seconds for a client's opening handshake; stopping may have to wait for one."""
_LONGEST_COMMAND = 16 * 1024 * 1024
"""Bytes; one subscribe for every US stock is below 1 MiB."""


class SimulatedFeed:
    """Serves `source` to any client of the feed, on any path; an async context manager.

    `port` 0 takes a free port. `key`: the only good key; None takes any that is not empty.
    `compression` is "deflate" or None. `auth_timeout`: seconds for a client to authenticate.
    `patience`: seconds that one frame of a live source may wait for the client to read, then it is
    a slow consumer and cut off; None waits for ever. `max_connections` a key: one more evicts the
    oldest. Entering raises SettingsError where the port cannot be had. Leaving takes less than
    3 s, whatever the clients do.
    """

    def __init__(
        self,
        source: FrameSource,
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        key: str | None = None,
        faults: Faults = Faults(),  # noqa: B008 - immutable
        compression: str | None = None,
        max_connections: int = 1,
        auth_timeout: float = 10.0,
        patience: float | None = 5.0,
    ) -> None:
        self.source = source
        self.faults = faults
        self.auth_timeout = auth_timeout
        self.patience = patience
        self.port = port
        """The port listened on, once entered."""
        self.connections = 0
        """WebSocket handshakes that succeeded since the start."""
        self.finished = asyncio.Event()
        """A recording has been read by a client to its end, or to `error`; the close follows."""
        self.failed = asyncio.Event()
        """`error` was set."""
        self.error: RecordingError | None = None
        """Why the recording cannot be read on."""
        self._host = host
        self._key = key
        self._compression = compression
        self._max_connections = max_connections
        self._open: set[ServerConnection] = set()
        self._accounts: dict[tuple[str, str], list[Connection]] = {}
        self._server: Server | None = None

    @property
    def clients(self) -> frozenset[ServerConnection]:
        """The connections that are open now."""
        return frozenset(self._open)

    @property
    def url(self) -> str:
        """Where clients of the stocks cluster connect."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"ws://{host}:{self.port}/stocks"

    async def __aenter__(self) -> Self:
        try:
            self._server = await serve(
                self._handle,
                self._host,
                self.port,
                compression=self._compression,
                open_timeout=_HANDSHAKE,
                ping_interval=None,
                max_size=_LONGEST_COMMAND,
                logger=_wire_log,
            )
        except OSError as error:
            where = f"{clean(self._host, 80)}:{self.port}"
            reason = clean(error.strerror or error).rpartition(": ")[2]
            raise SettingsError(
                f"cannot listen on {where} ({reason}); choose another host or port"
            ) from None
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        server = self._server
        if server is None:
            return
        server.close(close_connections=False)
        clients = list(self._open)
        try:
            async with asyncio.timeout(_GOODBYE), asyncio.TaskGroup() as group:
                for client in clients:
                    group.create_task(client.close(1001))
        except TimeoutError:
            log.info("clients did not answer the closing handshake")
        finally:
            for client in clients:
                client.transport.abort()
        await server.wait_closed()

    def refusal(self, key: str) -> str | None:
        """Return why a key is not accepted; None accepts it."""
        if self.faults.no_plan:
            return NO_PLAN
        good = bool(key) if self._key is None else key == self._key
        return BAD_KEY if self.faults.bad_key or not good else None

    def arrived(self, connection: Connection) -> None:
        """Count a client that has authenticated; one too many evicts another."""
        peers = self._accounts.setdefault(connection.account, [])
        peers.append(connection)
        if len(peers) > self._max_connections:
            spares_old = self.faults.cap_newcomer is not None
            peers.pop(-1 if spares_old else 0).evict()

    def ended(self, error: RecordingError | None = None) -> None:
        """Note that a recording has come to its end, or to a line that cannot be read."""
        if error is not None:
            self.error = error
            self.failed.set()
        self.finished.set()

    async def _handle(self, ws: ServerConnection) -> None:
        self.connections += 1
        self._open.add(ws)
        connection = Connection(ws, self)
        try:
            await connection.run()
        finally:
            self._open.discard(ws)
            self._forget(connection)

    def _forget(self, connection: Connection) -> None:
        peers = self._accounts.get(connection.account, [])
        if connection in peers:
            peers.remove(connection)
        if not peers:
            self._accounts.pop(connection.account, None)
