"""Broadcaster: the server that viewers connect to, by TCP and, for the user's own screens, by a
Unix socket; the same port answers browsers and monitors over plain HTTP.
"""

from __future__ import annotations

import asyncio
import contextlib
import http
import logging
import random
import secrets
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from websockets.asyncio.server import Server, ServerConnection, serve, unix_serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from tickterm.access import Access
from tickterm.engine.batch import Batch
from tickterm.engine.ports import place, words_of
from tickterm.engine.viewers.chart_desk import ChartSource
from tickterm.engine.viewers.connection import ViewerConnection
from tickterm.engine.viewers.dialogue import Dialogue
from tickterm.engine.viewers.hub import Hub
from tickterm.engine.viewers.pages import Page, page
from tickterm.engine.viewers.places import Places
from tickterm.engine.viewers.viewer import framed
from tickterm.market.contract import (
    MAX_MESSAGE,
    AlertWish,
    Answer,
    CloseCode,
    Error,
    Goodbye,
    Wish,
    encode,
)
from tickterm.market.snapshot import Row, Snapshot, Timing, ViewersView

__all__ = ["Broadcaster"]

log = logging.getLogger("tickterm.viewers")
wire_log = logging.getLogger("tickterm.viewers.wire")
wire_log.setLevel(logging.CRITICAL)
"""At DEBUG websockets would write the token's header, at ERROR a traceback for hostile bytes."""

PortError: TypeAlias = OSError | UnicodeError

LOOK = 0.1
"""Seconds between looks at who keeps up."""
BACKLOG = 1024
"""Connections that may wait to be taken; those above are lost, and try again only seconds later."""
PORT_RETRY = 5.0
COME_BACK_WITHIN = 5.0
"""Seconds over which viewers are told to spread their return."""


class Broadcaster:
    """The sink of viewers, bounded for each of them in bytes and in time."""

    def __init__(self, access: Access, socket_path: Path | None = None) -> None:
        """Take who may connect by TCP and where, and the path of the Unix socket, if any."""
        self._access = access
        self._socket_path = socket_path
        self._hub = Hub(secrets.token_hex(8))
        self._places = Places()
        self._connections: set[ViewerConnection] = set()
        self._servers: list[Server] = []
        self._listening = False
        self._reason = "starting"
        self._port = access.port
        self._turned_away_by: Counter[str] = Counter()
        self.reconnect: Callable[[], None] = _nothing
        """What a viewer with control may ask for; set by the service."""
        self.obey: Callable[[Wish], None] = _nothing
        """What takes its wishes; set by the service."""

    def watch(self, rows: Callable[[], tuple[Row, ...]]) -> None:
        """Take what gives the rows as of this moment; the service has it."""
        self._hub.rows = rows

    def serve_charts(self, source: ChartSource) -> None:
        """Take where charts come from; the service has it."""
        self._hub.charts.source = source

    def serve_alerts(self, obey: Callable[[AlertWish, bool], Answer | Error]) -> None:
        """Take what obeys wishes about alerts; the service has it."""
        self._hub.obey_alert = obey

    def recent(self, symbol: str) -> Iterator[bytes]:
        """Yield the JSON of the newest ticks of a symbol, newest first."""
        return self._hub.ticks.ring.newest_of(symbol)

    def offer(self, batch: Batch) -> None:
        """Send the batch to every viewer that keeps up; the others get the newest later."""
        self._hub.offer(batch)

    def show(self, snapshot: Snapshot) -> None:
        """Send what is new in a snapshot; ten times a second."""
        self._hub.show(snapshot)

    def keep_last_screen(self, keep: bool) -> None:
        """Say whether the last screen that leaves is kept until the end, which it waits for."""
        self._hub.attendance.keeps_last_screen = keep

    def view(self) -> ViewersView:
        """Return the broadcaster as everybody may see it."""
        return ViewersView(
            listening=self._listening,
            where=place(self._access.host, self._port),
            reason=self._reason,
            viewers=len(self._hub.attendance.viewers),
            conflated=self._hub.ticks.conflated,
            cut_by=dict(self._hub.attendance.cut_by),
            turned_away_by=dict(self._turned_away_by),
            deepest=max((viewer.backlog for viewer in self._hub.attendance.viewers), default=0),
            kept=self._hub.ticks.ring.last + 1 - self._hub.ticks.ring.oldest,
        )

    def timings(self, now: float) -> tuple[Timing, Timing]:
        """Return how long ticks took to viewers of the streams `ticks` and `rows`."""
        streams = (self._hub.ticks.receipts, self._hub.receipts)
        ticks, rows = (receipts.meter.timing(now) for receipts in streams)
        return ticks, rows

    def is_deserted(self, patience: float) -> bool:
        """Say whether all screens have left for good, or none was there for `patience` seconds."""
        return self._hub.attendance.is_deserted(patience)

    async def run(self) -> None:
        """Listen until cancelled; a port that is taken is tried again every few seconds."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._tend())
                if self._socket_path is not None:
                    tasks.create_task(self._listen_to_screens(self._socket_path))
                tasks.create_task(self._listen_at_port())
        finally:
            self._listening = False
            await self._close()

    async def _listen_at_port(self) -> None:
        while True:
            try:
                self._servers.append(await self._serve_port())
                await asyncio.get_running_loop().create_future()
            except (OSError, UnicodeError) as error:
                self._refused_port(error)
                await asyncio.sleep(PORT_RETRY)

    async def _listen_to_screens(self, path: Path) -> None:
        """Listen where only the engine's own user can connect; the engine's lock is held.

        Programs that clean up remove old sockets too: then new screens get another one.
        """
        told = ""
        while True:
            try:
                self._servers.append(await self._serve_socket(path))
                told = ""
                while _is_there(path):  # noqa: ASYNC110 - a file that goes sets no event
                    await asyncio.sleep(PORT_RETRY)
                log.warning("%s is gone: it is made again", path)
            except OSError as error:
                if told != (told := words_of(error)):
                    log.error("no screens by %s: %s", path, told)
                await asyncio.sleep(PORT_RETRY)

    async def _serve_port(self) -> Server:
        access = self._access
        server = await serve(
            partial(self._serve_viewer, local=False),
            access.host,
            access.port,
            process_request=self._on_request,
            **self._options(),
        )
        self._port = next(iter(server.sockets)).getsockname()[1]
        self._listening, self._reason = True, ""
        log.info("viewers: ws://%s", place(access.host, self._port))
        return server

    async def _serve_socket(self, path: Path) -> Server:
        with contextlib.ExitStack() as undo:
            sock = undo.enter_context(_bound(path))
            server = await unix_serve(
                partial(self._serve_viewer, local=True), sock=sock, **self._options()
            )
            undo.pop_all()
        return server

    def _options(self) -> dict[str, Any]:
        return {
            "create_connection": partial(
                ViewerConnection,
                connections=self._connections,
                places=self._places,
                turned_away=self._turn_away,
            ),
            "backlog": BACKLOG,
            "compression": None,
            "max_size": MAX_MESSAGE,
            "max_queue": 4,
            "open_timeout": 5,
            "ping_interval": 5,
            "ping_timeout": None,  # it would cut off slow ones: a ping waits behind all they miss
            "close_timeout": 1,
            "server_header": "tickterm",
            "logger": wire_log,
        }

    def _refused_port(self, error: PortError) -> None:
        reason = words_of(error)
        if reason != self._reason:
            log.error(
                "no viewers on port %d: %s; another TICKTERM_PORT?", self._access.port, reason
            )
        self._reason = reason

    # -- requests -----------------------------------------------------------------------------

    def _on_request(self, connection: ServerConnection, request: Request) -> Response | None:
        """Answer plain HTTP; refuse, before the upgrade, whoever must not connect."""
        headers = request.headers
        refusal = self._access_now().refusal(headers.get_all("Host"), headers.get_all("Origin"))
        if refusal:
            self._turn_away("origin or host")
            return connection.respond(http.HTTPStatus.FORBIDDEN, refusal + "\n")
        authorizations = headers.get_all("Authorization")
        authorized = not self._access.token or self._access.is_authorized(authorizations)
        if authorizations and not authorized:
            self._turn_away("token")
        if request.method not in ("GET", "HEAD"):
            return connection.respond(http.HTTPStatus.METHOD_NOT_ALLOWED, "only GET\n")
        if not any("websocket" in value.lower() for value in headers.get_all("Upgrade")):
            etag = ", ".join(headers.get_all("If-None-Match"))
            told = page(request.path, self._hub.shown, authorized=authorized, if_none_match=etag)
            return _response(told)
        if request.path != "/":
            words = "viewers connect to / with nothing in the query\n"
            return connection.respond(http.HTTPStatus.NOT_FOUND, words)
        if authorizations and not authorized:
            return connection.respond(http.HTTPStatus.UNAUTHORIZED, "the token is wrong\n")
        return None

    def _access_now(self) -> Access:
        """Return the allow lists with the port that we really have."""
        access = self._access
        if access.port == self._port:
            return access
        return Access(access.host, self._port, access.token, access.public_urls)

    def _turn_away(self, reason: str) -> None:
        self._turned_away_by[reason] += 1

    async def _serve_viewer(self, connection: ServerConnection, *, local: bool) -> None:
        assert isinstance(connection, ViewerConnection)  # noqa: S101 - for the type checker
        dialogue = Dialogue(
            connection, self._hub, self._access, self._reconnect, self._obey, local=local
        )
        try:
            await dialogue.run()
        except Exception:  # boundary: a defect in one conversation ends that one, and is said here
            log.exception("the conversation with a viewer failed")
            raise

    def _reconnect(self) -> None:
        self.reconnect()

    def _obey(self, wish: Wish) -> None:
        self.obey(wish)

    # -- time and the end ---------------------------------------------------------------------

    async def _tend(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            self._hub.tend(time.monotonic())

    async def _close(self) -> None:
        """Say goodbye; whoever has not let go within a second is cut off."""
        servers, self._servers = self._servers, []
        self._say_goodbye()
        for server in servers:
            server.close(code=CloseCode.GOING_AWAY, reason="tickterm stops")
        try:
            await _closed(servers, 1.0)
        finally:
            for connection in list(self._connections):
                connection.transport.abort()
        await _closed(servers, 0.1)

    def _say_goodbye(self) -> None:
        """Tell everybody another time to come again, evenly spread and in no order."""
        there = list(self._hub.attendance.viewers)
        viewers = random.sample(there, len(there))
        for number, viewer in enumerate(viewers):
            share = (number + random.random()) / len(viewers)  # noqa: S311 - spreads a herd
            wait = round(share * COME_BACK_WITHIN, 4)
            viewer.write(framed(encode(Goodbye("tickterm stops", wait))))


async def _closed(servers: Iterable[Server], within: float) -> None:
    """Return when the servers have closed, or after `within` seconds."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within):
            for server in servers:
                await server.wait_closed()


def _bound(path: Path) -> socket.socket:
    """Return a socket at `path` that nobody can connect to before its mode is set."""
    path.unlink(missing_ok=True)
    sock = socket.socket(socket.AF_UNIX)
    try:
        sock.bind(str(path))
        path.chmod(0o600)
    except OSError:
        sock.close()
        raise
    return sock


def _is_there(path: Path) -> bool:
    return path.is_socket()


def _nothing(*_: object) -> None:
    """Do nothing."""


def _response(page: Page) -> Response:
    headers = Headers([("Content-Type", page.content_type), *page.headers])
    if page.status is not http.HTTPStatus.NOT_MODIFIED:
        headers["Content-Length"] = str(len(page.body))
    headers["Connection"] = "close"
    return Response(page.status.value, page.status.phrase, headers, page.body)
