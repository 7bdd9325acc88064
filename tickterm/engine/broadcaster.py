"""Broadcaster: a WebSocket server that sends every batch to every viewer.

A message is a JSON array of the same eleven-key objects that go to Redis. A viewer that reads too
slowly gets the newest tick of each symbol instead of all; one that stops reading is cut off.
"""

from __future__ import annotations

import asyncio
import hmac
import http
import ipaddress
import logging
import socket
import time
from collections.abc import Iterable

from websockets.asyncio.server import Server, ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from tickterm.engine.batch import Batch
from tickterm.engine.ports import place, words_of
from tickterm.market.snapshot import ViewersView

__all__ = ["Broadcaster"]

log = logging.getLogger("tickterm.viewers")
wire_log = logging.getLogger("tickterm.viewers.wire")
wire_log.setLevel(logging.ERROR)  # at DEBUG websockets would write the token's header

EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - compared, not bound
MAX_VIEWERS = 500
SEND_BUFFER = 128 * 2**10
"""Of the kernel, bytes for each viewer; left alone it hides megabytes of a stuck one."""
SLOW_ABOVE = 256 * 2**10
"""Unsent bytes above which a viewer gets the newest of each symbol instead of everything."""
STUCK_AFTER = 3.0
"""Seconds without a byte taken, with bytes waiting, until a viewer is cut off."""
MAX_WAITING = 20_000
"""Symbols that may wait for a slow viewer."""
MAX_INBOUND = 32 * 2**10
INBOUND_PER_SECOND = 4 * 2**10
"""Bytes that a viewer may send at once, and for how long it goes on: it has little to say."""
TICK = 0.25
PORT_RETRY = 5.0


class _Connection(ServerConnection):
    """A viewer's connection that is cut off when it talks: control frames have no other limit."""

    too_loud = False
    _allowance = float(MAX_INBOUND)
    _talked_at = 0.0

    def data_received(self, data: bytes) -> None:
        """Take what the viewer sent, within its allowance of bytes a second."""
        now = time.monotonic()
        self._allowance += (now - self._talked_at) * INBOUND_PER_SECOND
        self._allowance = min(self._allowance, MAX_INBOUND) - len(data)
        self._talked_at = now
        if self._allowance < 0:
            self.too_loud = True
            self.transport.abort()
        else:
            super().data_received(data)


class _Viewer:
    """One connection and what it has not got yet."""

    def __init__(self, connection: ServerConnection) -> None:
        self.connection = connection
        self.waiting: dict[str, bytes] = {}
        self.unsent = 0
        self.progress = time.monotonic()

    def buffered(self) -> int:
        return self.connection.transport.get_write_buffer_size()


class Broadcaster:
    """The sink of viewers, bounded for each of them in bytes and in time."""

    def __init__(self, host: str, port: int, token: str = "") -> None:
        self._host = host
        self._port = port
        self._token = token
        self._viewers: dict[ServerConnection, _Viewer] = {}
        self._listening = False
        self._reason = "starting"
        self._conflated = 0
        self._cut = 0
        self._turned_away = 0

    def offer(self, batch: Batch) -> None:
        """Send the batch to every viewer that keeps up; keep the newest for the others."""
        if not self._viewers:
            return
        ready: list[ServerConnection] = []
        for viewer in self._viewers.values():
            if viewer.waiting or viewer.buffered() > SLOW_ABOVE:
                self._conflate(viewer, batch)
            else:
                ready.append(viewer.connection)
        if ready:
            broadcast(ready, _array(batch.payloads), text=True)

    def view(self) -> ViewersView:
        """Return the broadcaster as everybody may see it."""
        return ViewersView(
            listening=self._listening,
            where=place(self._host, self._port),
            reason=self._reason,
            viewers=len(self._viewers),
            conflated=self._conflated,
            cut=self._cut,
            turned_away=self._turned_away,
        )

    async def run(self) -> None:
        """Listen until cancelled; a port that is taken is tried again every few seconds."""
        while True:
            try:
                server = await self._listen()
            except (OSError, UnicodeError) as error:
                self._refused_port(error)
                await asyncio.sleep(PORT_RETRY)
                continue
            self._listening, self._reason = True, ""
            log.info("viewers: ws://%s", place(self._host, self._port))
            try:
                await self._tend()
            finally:
                self._listening = False
                await self._close(server)

    async def _listen(self) -> Server:
        server = await serve(
            self._serve_viewer,
            self._host,
            self._port,
            process_request=self._admit,
            create_connection=_Connection,
            compression=None,
            max_size=4096,
            max_queue=4,
            open_timeout=5,
            ping_interval=5,
            ping_timeout=8,
            close_timeout=1,
            logger=wire_log,
        )
        self._port = next(iter(server.sockets)).getsockname()[1]
        return server

    def _refused_port(self, error: OSError | UnicodeError) -> None:
        reason = words_of(error)
        if reason != self._reason:
            log.error("no viewers on port %d: %s; another TICKTERM_PORT?", self._port, reason)
        self._reason = reason

    # -- admission ----------------------------------------------------------------------------

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        """Refuse, before the upgrade, web pages of other origins and whoever lacks the token."""
        refusal = self._refusal(request)
        if refusal is None:
            return None
        self._turned_away += 1
        status, text = refusal
        return connection.respond(status, text + "\n")

    def _refusal(self, request: Request) -> tuple[http.HTTPStatus, str] | None:
        origins = request.headers.get_all("Origin")
        hosts = request.headers.get_all("Host")
        if len(hosts) != 1 or not self._is_ours(hosts[0]):
            return http.HTTPStatus.FORBIDDEN, "this Host is not served here"
        if any(origin not in (f"http://{hosts[0]}", f"https://{hosts[0]}") for origin in origins):
            return http.HTTPStatus.FORBIDDEN, "this Origin is not allowed"
        if self._token and not self._has_token(request):
            return http.HTTPStatus.UNAUTHORIZED, "the token is missing or wrong"
        if len(self._viewers) >= MAX_VIEWERS:
            return http.HTTPStatus.SERVICE_UNAVAILABLE, "too many viewers"
        return None

    def _is_ours(self, host: str) -> bool:
        """Hold off DNS rebinding: a name that only an attacker's DNS points at us is not ours.

        Bound to every address (which needs a token) we cannot know all of them: any will do.
        """
        name, _, port = host.lower().rpartition(":")
        if port != str(self._port):
            return False
        ours = {"127.0.0.1", "localhost", "[::1]", self._host.lower(), f"[{self._host}]".lower()}
        return name in ours or (self._host in EVERY_ADDRESS and _is_address(name))

    def _has_token(self, request: Request) -> bool:
        given = request.headers.get_all("Authorization")
        wanted = f"Bearer {self._token}".encode()
        return len(given) == 1 and hmac.compare_digest(given[0].encode("utf-8", "replace"), wanted)

    # -- viewers ------------------------------------------------------------------------------

    async def _serve_viewer(self, connection: ServerConnection) -> None:
        sock = connection.transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        viewer = self._viewers[connection] = _Viewer(connection)
        try:
            async for _ in connection:
                pass  # viewers have nothing to say yet; reading them is what notices their end
        except ConnectionClosed:
            pass
        finally:
            if isinstance(connection, _Connection) and connection.too_loud:
                self._cut_off(viewer, "it talks too much")
            del self._viewers[connection]
            viewer.waiting.clear()

    def _conflate(self, viewer: _Viewer, batch: Batch) -> None:
        before = len(viewer.waiting)
        viewer.waiting.update(zip(batch.symbols, batch.payloads, strict=True))
        self._conflated += before + len(batch.symbols) - len(viewer.waiting)
        if len(viewer.waiting) > MAX_WAITING:
            self._cut_off(viewer, f"more than {MAX_WAITING} symbols wait for it")

    async def _tend(self) -> None:
        """Send slow viewers what waits for them as they catch up; cut off those that do not."""
        while True:
            await asyncio.sleep(TICK)
            now = time.monotonic()
            for viewer in list(self._viewers.values()):
                self._tend_one(viewer, now)

    def _tend_one(self, viewer: _Viewer, now: float) -> None:
        buffered = viewer.buffered()
        if buffered == 0 or buffered < viewer.unsent:
            viewer.progress = now
        viewer.unsent = buffered
        if viewer.waiting and buffered <= SLOW_ABOVE // 2:
            broadcast([viewer.connection], _array(viewer.waiting.values()), text=True)
            viewer.waiting.clear()
            viewer.unsent = viewer.buffered()
        elif now - viewer.progress > STUCK_AFTER:
            self._cut_off(viewer, f"it took nothing for {now - viewer.progress:.0f} s")

    def _cut_off(self, viewer: _Viewer, reason: str) -> None:
        self._cut += 1
        log.warning("viewer cut off: %s", reason)
        viewer.waiting.clear()
        viewer.connection.transport.abort()  # close() would wait for the stuck peer

    async def _close(self, server: Server) -> None:
        """Say goodbye to those who listen, for a second at most."""
        server.close(code=1001, reason="tickterm stops")
        try:
            async with asyncio.timeout(1.0):
                await server.wait_closed()
        except TimeoutError:
            for connection in list(self._viewers):
                connection.transport.abort()


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _array(payloads: Iterable[bytes]) -> bytes:
    return b"[" + b",".join(payloads) + b"]"
