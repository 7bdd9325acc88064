"""One tab: the WebSocket of a browser on one side, its screen on the other."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping
from urllib.parse import urlsplit

from aiohttp import WSMsgType, web

from tickterm.serve import packets
from tickterm.serve.downloads import Downloads
from tickterm.serve.ending import End, Ended
from tickterm.serve.screen import Screen

__all__ = ["Tab"]

STUCK_AFTER = 5.0
"""Seconds that a browser may leave bytes waiting without taking one."""
LOOK_EVERY = 0.5
CLOSING = 1.5
"""Seconds for a last word to the browser."""


class Tab:
    """Carries what is typed and what is drawn, until one of the two sides ends."""

    def __init__(
        self,
        screen: Screen,
        websocket: web.WebSocketResponse,
        transport: asyncio.Transport,
        stopping: asyncio.Event,
    ) -> None:
        self.downloads = Downloads(screen)
        self._screen = screen
        self._websocket = websocket
        self._transport = transport
        self._stopping = stopping
        self._sent = 0

    async def run(self) -> Ended:
        """Serve the tab; return how it ended. The screen and the socket are then closed."""
        ended = Ended(End.BROKEN, "The server has failed.")
        try:
            try:
                await self._carry()
            except* Ended as group:
                ended = _first(group)
        finally:
            await self._close(ended)
        return ended

    async def _carry(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._screen.listen())
            group.create_task(self._draw())
            group.create_task(self._type())
            group.create_task(self._watch_browser())
            group.create_task(self._watch_server())

    async def _draw(self) -> None:
        await self._screen.wait_until_ready()
        while True:
            kind, payload = await self._screen.read()
            if kind == packets.DATA:
                await self._send(payload)
            elif kind == packets.META:
                await self._obey(_object(payload))
            else:
                self.downloads.take(payload)

    async def _send(self, message: bytes | str) -> None:
        try:
            if isinstance(message, bytes):
                await self._websocket.send_bytes(message)
            else:
                await self._websocket.send_str(message)
        except ConnectionError:
            raise Ended(End.LOST, "the browser has gone") from None
        self._sent += 1

    async def _obey(self, fields: Mapping[str, object]) -> None:
        match fields.get("type"):
            case "exit":
                raise await self._screen.ended()
            case "open_url" if _is_web(fields.get("url")):
                told = {"url": fields["url"], "new_tab": True}
                await self._send(json.dumps(["open_url", told]))
            case "deliver_file_start":
                await self._send(self.downloads.offer(fields))

    async def _type(self) -> None:
        async for message in self._websocket:
            if message.type is not WSMsgType.TEXT:
                raise Ended(End.REFUSED, "Only text is understood here.")
            try:
                packet = packets.from_browser(message.data)
            except ValueError:
                raise Ended(End.REFUSED, "That was no message of a terminal.") from None
            await self._screen.tell(packet)
        raise Ended(End.LOST, "the browser has gone")

    async def _watch_browser(self) -> None:
        """Cut off a browser that stopped reading: meanwhile its screen cannot draw, and so not
        even end."""
        waiting, sent, stuck_for = 0, 0, 0.0
        while stuck_for < STUCK_AFTER:
            await asyncio.sleep(LOOK_EVERY)
            now = self._transport.get_write_buffer_size()
            is_moving = now == 0 or now < waiting or self._sent != sent
            stuck_for = 0.0 if is_moving else stuck_for + LOOK_EVERY
            waiting, sent = now, self._sent
        raise Ended(End.LOST, f"the browser has read nothing for {STUCK_AFTER:.0f} s")

    async def _watch_server(self) -> None:
        await self._stopping.wait()
        raise Ended(End.STOPPING, "The server is stopping.")

    async def _close(self, ended: Ended) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._screen.stop())
            group.create_task(self._say_goodbye(ended))

    async def _say_goodbye(self, ended: Ended) -> None:
        if ended.end is not End.LOST:
            with contextlib.suppress(TimeoutError, ConnectionError):
                async with asyncio.timeout(CLOSING):
                    await self._websocket.close(code=ended.end, message=ended.message)
        self._transport.abort()


def _first(group: BaseExceptionGroup[Ended]) -> Ended:
    """Return the first of those that noticed the end."""
    first = group.exceptions[0]
    return first if isinstance(first, Ended) else _first(first)


def _object(payload: bytes) -> Mapping[str, object]:
    try:
        value = json.loads(payload)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _is_web(url: object) -> bool:
    """Say whether it may be opened: `javascript:` and its like may not."""
    try:
        return isinstance(url, str) and urlsplit(url).scheme in ("http", "https")
    except ValueError:
        return False
