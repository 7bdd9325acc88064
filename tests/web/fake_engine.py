"""An engine for the viewer page: serves its files and says what a test wants, on one port."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from http import HTTPStatus
from importlib import resources

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from tests.ui.fake_engine import make_snapshot
from tickterm.market.contract import (
    VERSION,
    Candles,
    ChartOf,
    CloseCode,
    EngineMessage,
    Error,
    Hello,
    Log,
    LogLine,
    Patterns,
    Rows,
    SnapshotPart,
    ViewerHello,
    ViewerMessage,
    encode,
    from_viewer,
    status_of,
)
from tickterm.market.row_stream import change_of, changes
from tickterm.market.snapshot import Candle, PatternEvent, Row, Snapshot

__all__ = ["CONTENT_TYPES", "POLICY", "FakeEngine"]

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
CONTENT_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
PART = 1_000
"""Rows of one part of a snapshot."""


class FakeEngine:
    """Greets viewers with `snapshot` and streams what it is told; `prefix` is a proxy's path."""

    def __init__(self, snapshot: Snapshot | None = None, *, token: str = "", prefix: str = "/"):
        self.current = snapshot or make_snapshot()
        self.token = token
        self.prefix = prefix
        self.epoch = "first"
        self.version = VERSION
        self.heartbeat = 5.0
        self.mute = False
        """Says nothing on its own, not even hello."""
        self.clock = asyncio.get_running_loop().time
        self.born = self.clock() - self.current.now
        self.hellos: list[ViewerHello] = []
        self.heard: list[ViewerMessage] = []
        """What viewers said after their hello."""
        self.candles: dict[str, Sequence[Candle]] = {}
        """Of each symbol, at every timeframe; who asks for another one is refused."""
        self.chart = ChartOf(None)
        """What a viewer asked for last."""
        self.requests: list[str] = []
        self.viewers: set[ServerConnection] = set()
        self.port = 0
        self._server: Server | None = None

    @property
    def url(self) -> str:
        """Where a browser finds the page."""
        return f"http://127.0.0.1:{self.port}{self.prefix}"

    @property
    def now(self) -> float:
        """The engine's steady clock, seconds; it begins at the snapshot's."""
        return self.clock() - self.born

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[FakeEngine]:
        """Serve on a port of its own while inside."""
        await self.start()
        try:
            yield self
        finally:
            await self.stop()

    async def start(self) -> None:
        """Serve, again on the same port after a stop."""
        self._server = await serve(
            self._view, "127.0.0.1", self.port, process_request=self._answer, compression=None
        )
        self.port = next(iter(self._server.sockets)).getsockname()[1]

    async def stop(self) -> None:
        """Vanish without a word."""
        for viewer in list(self.viewers):
            viewer.transport.abort()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def say(self, *messages: EngineMessage | str) -> None:
        """Send to every viewer; text is sent as it is."""
        texts = [m if isinstance(m, str) else encode(m).decode() for m in messages]
        for viewer in list(self.viewers):
            with contextlib.suppress(ConnectionClosed):
                for text in texts:
                    await viewer.send(text)

    async def close(self, code: int, reason: str = "") -> None:
        """Close every viewer's connection."""
        for viewer in list(self.viewers):
            await viewer.close(code, reason)

    async def show(self, rows: Sequence[Row]) -> None:
        """Make these the rows, and stream those that changed as the broadcaster would."""
        before = self.current.rows
        self.change(rows=tuple(rows))
        await self.say(Rows(1, self.now, changes(before, self.current.rows)))

    async def report(self, **changed: object) -> None:
        """Change fields of the snapshot and say the new status."""
        self.change(**changed)
        await self.say(status_of(self.current))

    async def find(self, *events: PatternEvent) -> None:
        """Add pattern events to the snapshot, and say them, on the chart too."""
        self.change(patterns=(*self.current.patterns, *events)[-500:])
        await self.say(Patterns(list(events)))
        symbol, timeframe = self.chart.symbol, self.chart.timeframe
        if symbol is not None:
            own = [event for event in events if event.symbol == symbol]
            await self.say(Candles(symbol, timeframe, False, [], own))

    def change(self, **changed: object) -> None:
        """Change fields of the snapshot."""
        now = {"now": self.now, **changed}
        self.current = _replaced(self.current, now)

    def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        self.requests.append(request.path)
        if request.headers.get("Upgrade"):
            return None if request.path == self.prefix else _response(HTTPStatus.NOT_FOUND, ".html")
        name = request.path.removeprefix(self.prefix) or "index.html"
        file = resources.files("tickterm.web").joinpath(name)
        if not request.path.startswith(self.prefix) or not file.is_file():
            return _response(HTTPStatus.NOT_FOUND, ".html")
        return _response(HTTPStatus.OK, name, file.read_bytes())

    async def _view(self, viewer: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            hello = from_viewer(await viewer.recv())
            assert isinstance(hello, ViewerHello)
            self.hellos.append(hello)
            if hello.token != self.token:
                await viewer.close(CloseCode.TOKEN, "the token is missing or wrong")
                return
            await self._greet(viewer)
            async for said in viewer:
                await self._obey(viewer, from_viewer(said))
        self.viewers.discard(viewer)

    async def _obey(self, viewer: ServerConnection, message: ViewerMessage) -> None:
        self.heard.append(message)
        if not isinstance(message, ChartOf):
            return
        self.chart = message
        symbol, timeframe = message.symbol, message.timeframe
        if symbol is None:
            return
        answer: EngineMessage = Error("unknown_symbol", f"nobody watches {symbol}", symbol)
        if symbol in self.candles:
            own = [event for event in self.current.patterns if event.symbol == symbol]
            answer = Candles(symbol, timeframe, True, list(self.candles[symbol]), own)
        await viewer.send(encode(answer).decode())

    async def _greet(self, viewer: ServerConnection) -> None:
        for message in () if self.mute else self._greetings():
            await viewer.send(encode(message).decode())
        self.viewers.add(viewer)

    def _greetings(self) -> list[EngineMessage]:
        self.change()
        now, rows = self.current.now, self.current.rows
        parts = [rows[i : i + PART] for i in range(0, len(rows), PART)]
        return [
            self._hello(now),
            *(
                SnapshotPart(1, number, len(parts), now, [change_of(None, row) for row in part])
                for number, part in enumerate(parts, 1)
            ),
            Log([LogLine(*notice) for notice in self.current.notices]),
            Patterns(list(self.current.patterns)),
            status_of(self.current),
        ]

    def _hello(self, now: float) -> Hello:
        symbols = list(dict.fromkeys(row.symbol for row in self.current.rows))
        feed = self.current.link.feed
        return Hello(
            self.version, "tickterm", 1, self.epoch, 1, 1, None, feed, symbols, self.heartbeat,
            False, now,
        )  # fmt: skip


def _replaced(snapshot: Snapshot, changed: dict[str, object]) -> Snapshot:
    fields = {name: getattr(snapshot, name) for name in Snapshot.__dataclass_fields__}
    return Snapshot(**{**fields, **changed})


def _response(status: HTTPStatus, name: str, body: bytes = b"") -> Response:
    suffix = name[name.rindex(".") :]
    headers = Headers(
        {
            "Content-Type": CONTENT_TYPES[suffix],
            "Content-Length": str(len(body)),
            "Content-Security-Policy": POLICY,
            "X-Content-Type-Options": "nosniff",
            "Connection": "close",
        }
    )
    return Response(status, status.phrase, headers, body)
