"""Dialogue: the conversation with one viewer, from its hello to its end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import get_args

from websockets.exceptions import ConnectionClosed

from tickterm.access import Access
from tickterm.engine.viewers.connection import ViewerConnection
from tickterm.engine.viewers.hub import Hub, unknown_symbol
from tickterm.engine.viewers.viewer import Viewer, framed
from tickterm.market.contract import (
    MAX_SYMBOLS,
    VERSION,
    AddAlert,
    Answer,
    ChartOf,
    CloseCode,
    ContractError,
    Error,
    Leave,
    Position,
    Reconnect,
    RemoveAlert,
    Stream,
    Subscribe,
    Unsubscribe,
    ViewerHello,
    ViewerMessage,
    Wish,
    encode,
    from_viewer,
)
from tickterm.market.timeframe import Timeframe

__all__ = ["Dialogue"]

HELLO_WITHIN = 5.0
"""Seconds that a viewer has to say hello."""
LOOK_AGAIN = 0.02
"""Seconds between looks at a viewer that is being greeted faster than it reads."""
EVERYTHING = "*"
WISHES = get_args(Wish)
GLANCE = "status"
"""The name of a viewer that takes one look and goes."""


class Dialogue:
    """Talks with one viewer until either side has enough."""

    def __init__(
        self,
        connection: ViewerConnection,
        hub: Hub,
        access: Access,
        reconnect: Callable[[], None],
        obey: Callable[[Wish], None],
        *,
        local: bool,
    ) -> None:
        self._connection = connection
        self._hub = hub
        self._access = access
        self._reconnect = reconnect
        self._wish = obey
        self.viewer = Viewer(connection, local=local)

    async def run(self) -> None:
        """Greet the viewer, then do what it asks for; returns when the connection has ended."""
        viewer, connection = self.viewer, self._connection
        self._hub.attendance.viewers.add(viewer)
        try:
            try:
                await self._converse()
            except _Refused as refused:
                self._hub.attendance.cut(viewer, *refused.args)
            async for _ in connection:
                pass  # its answer to our close comes behind whatever else it has said
            await connection.wait_closed()
        except ConnectionClosed:
            pass
        finally:
            if connection.too_loud:
                told = "it sends too many bytes"
                self._hub.attendance.cut(viewer, "loud", CloseCode.TOO_LOUD, told)
            self._hub.leave(viewer)

    async def _converse(self) -> None:
        await self._greet(await self._hello())
        async for message in self._connection:
            self._hear(message)
            await self._room()  # one that does not read the answers is not listened to either

    async def _hello(self) -> ViewerHello:
        """Return the viewer's hello.

        Raises:
            _Refused: it said nothing, something else, or has not the token.
        """
        try:
            async with asyncio.timeout(HELLO_WITHIN):
                message = _understood(await self._connection.recv())
        except TimeoutError:
            told = 'say {"type":"hello","version":1}'
            raise _Refused("no hello", CloseCode.NO_HELLO, told) from None
        if not isinstance(message, ViewerHello):
            raise _Refused("bad message", CloseCode.BAD_MESSAGE, "say hello first")
        if message.version != VERSION:
            told = f"this engine speaks version {VERSION}"
            raise _Refused("bad message", CloseCode.BAD_MESSAGE, told)
        if not self._may_enter(message):
            raise _Refused("token", CloseCode.TOKEN, "the token is missing or wrong")
        return message

    def _may_enter(self, hello: ViewerHello) -> bool:
        """Check the token; who has shown one may also control the engine."""
        if self.viewer.local or not self._access.token:
            return True
        request = self._connection.request
        headers = request.headers.get_all("Authorization") if request is not None else []
        self.viewer.control = self._access.is_authorized(headers) or self._access.is_token(
            hello.token
        )
        return self.viewer.control

    async def _greet(self, hello: ViewerHello) -> None:
        """Say hello, send the newest of everything or all that was missed, and go live."""
        viewer, hub = self.viewer, self._hub
        viewer.stream = hello.stream
        viewer.is_screen = viewer.local and hello.name != GLANCE
        viewer.symbols = None if hello.symbols is None else frozenset(hello.symbols)
        async with hub.turns:
            self._begin(hello.resume)
            self._refuse_unknown(hello.symbols or [])
            await asyncio.sleep(0)
        while not viewer.live:
            await self._room()
            async with hub.turns:
                self._go_on()
                await asyncio.sleep(0)

    def _begin(self, resume: Position | None) -> None:
        answer = self._hub.begin(self.viewer, resume)
        self.viewer.write(framed(encode(answer)))
        if not answer.recovered:
            self._hub.send_snapshot(self.viewer)

    def _go_on(self) -> None:
        """Send the next of what the viewer missed; when it has all, go live."""
        viewer, hub = self.viewer, self._hub
        if viewer.stream is Stream.TICKS and viewer.position < hub.ticks.last:
            try:
                hub.ticks.send_piece(viewer)
            except LookupError:
                # It reads so slowly that the ring has overtaken it: it begins anew, and is told.
                self._begin(Position(hub.epoch, viewer.position))
                return
            if viewer.position < hub.ticks.last or not viewer.has_room():
                return
        hub.go_live(viewer)

    async def _room(self) -> None:
        """Wait until the viewer has taken most of what it was sent.

        Raises:
            ConnectionClosed: it has gone.
        """
        # Nothing tells us: the base has the transport's own signals.
        while self.viewer.is_open() and not self.viewer.has_room():  # noqa: ASYNC110 - as said
            await asyncio.sleep(LOOK_AGAIN)
        if not self.viewer.is_open():
            await self._connection.wait_closed()
            raise self._connection.close_exc

    def _hear(self, data: str | bytes) -> None:
        if not self.viewer.may_speak(time.monotonic()):
            raise _Refused("loud", CloseCode.TOO_LOUD, "more than 10 messages a second")
        self._obey(_understood(data))

    def _obey(self, message: ViewerMessage) -> None:
        match message:
            case Subscribe(symbols):
                self._subscribe(symbols)
            case Unsubscribe(symbols):
                self._unsubscribe(symbols)
            case Reconnect() if self.viewer.control:
                self._reconnect()
            case _ if isinstance(message, WISHES) and self.viewer.control:
                self._wish(message)
            case _ if isinstance(message, (Reconnect, *WISHES)):
                self._answer(Error("read_only", "this viewer may not control the engine"))
            case AddAlert() | RemoveAlert() if self.viewer.control:
                self._answer(self._hub.obey_alert(message, self.viewer.local))
            case AddAlert() | RemoveAlert():
                self._answer(Error("read_only", "this viewer may not control the engine"))
            case ChartOf(symbol, timeframe):
                self._chart(symbol, timeframe)
            case Leave():
                self._hub.attendance.dismiss(self.viewer)
            case ViewerHello():
                self._answer(Error("bad", "you have said hello already"))

    def _subscribe(self, symbols: list[str]) -> None:
        now = self.viewer.symbols
        if EVERYTHING in symbols:
            self._hub.change_filter(self.viewer, None)
            return
        unknown = self._refuse_unknown(symbols)
        if now is None:
            self._answer(Error("everything", "you get every symbol: unsubscribe * first"))
            return
        wanted = now | (set(symbols) - unknown)
        if len(wanted) > MAX_SYMBOLS:
            told = f"{len(wanted)} symbols: a filter has {MAX_SYMBOLS} at most; subscribe * for all"
            self._answer(Error("too_many_symbols", told))
            return
        self._hub.change_filter(self.viewer, wanted)

    def _unsubscribe(self, symbols: list[str]) -> None:
        now = self.viewer.symbols
        if EVERYTHING in symbols:
            self._hub.change_filter(self.viewer, frozenset())
        elif now is None:
            self._answer(Error("everything", "you get every symbol: unsubscribe * first"))
        else:
            self._hub.change_filter(self.viewer, now - set(symbols))

    def _chart(self, symbol: str | None, timeframe: Timeframe) -> None:
        self._hub.charts.leave(self.viewer)
        if symbol is not None and not self._refuse_unknown([symbol]):
            self._hub.charts.seat(self.viewer, symbol, timeframe)

    def _refuse_unknown(self, symbols: list[str]) -> set[str]:
        """Answer each symbol that nobody watches, and return them."""
        unknown = self._hub.watched.unknown(symbols)
        for symbol in unknown:
            self._answer(unknown_symbol(symbol))
        return set(unknown)

    def _answer(self, answer: Answer | Error) -> None:
        self.viewer.write(framed(encode(answer)))


class _Refused(Exception):
    """The viewer must go; the arguments are the counted reason, the close code and the words."""


def _understood(data: str | bytes) -> ViewerMessage:
    try:
        return from_viewer(data)
    except ContractError as error:
        raise _Refused("bad message", CloseCode.BAD_MESSAGE, str(error)) from None
