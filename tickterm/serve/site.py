"""The routes and what they answer."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from http import HTTPStatus
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from tickterm.serve.ending import Ended
from tickterm.serve.gate import Gate
from tickterm.serve.options import ServeOptions
from tickterm.serve.packets import HEIGHTS, WIDTHS, clamped
from tickterm.serve.pages import Pages, file_of, protect
from tickterm.serve.screen import Screen
from tickterm.serve.tab import Tab
from tickterm.serve.warden import Warden

__all__ = ["Site"]

log = logging.getLogger("tickterm.serve")

MAX_FORM = 4096
MAX_MESSAGE = 64 * 2**10
SEND_BUFFER = 64 * 2**10
"""Of the kernel, bytes for each tab; left alone it hides megabytes of a stuck one."""
PING_EVERY = 15.0
"""Seconds; a browser that has vanished is noticed after half as long again."""


class Site:
    """The handlers, and the tabs that are open."""

    def __init__(self, options: ServeOptions, warden: Warden) -> None:
        self._options = options
        self._warden = warden
        self._pages = Pages(options.title, options.access.public_urls)
        self._tabs: set[Tab] = set()
        self._taken = 0
        """Places for screens, from before the first is started until after it has ended."""
        self._stopping = asyncio.Event()

    def application(self) -> web.Application:
        """Return the routes, at the root and below the path of each public URL: proxies may cut
        that off or pass it on."""
        gate = Gate(self._options.access, self._pages)
        gate.without_token |= {self._health, file_of}
        gate.with_origin |= {self._websocket}
        app = web.Application(middlewares=[gate.guard], client_max_size=MAX_FORM)
        app.on_response_prepare.append(protect)
        app.on_shutdown.append(self._stop)
        paths = {urlsplit(url).path.rstrip("/") for url in self._options.access.public_urls}
        for path in sorted(paths | {""}):
            if path:
                app.router.add_get(path, self._add_slash)
            app.router.add_get(f"{path}/", self._page)
            app.router.add_get(f"{path}/ws", self._websocket)
            app.router.add_get(f"{path}/login", gate.show_login)
            app.router.add_post(f"{path}/login", gate.log_in)
            app.router.add_get(f"{path}/download/{{key}}", self._download)
            app.router.add_get(f"{path}/static/{{name}}", file_of)
            app.router.add_get(f"{path}/healthz", self._health)
        return app

    async def _stop(self, _app: web.Application) -> None:
        self._stopping.set()

    async def _health(self, _request: web.Request) -> web.Response:
        return web.Response(text="ok\n", headers={hdrs.CACHE_CONTROL: "no-store"})

    async def _add_slash(self, request: web.Request) -> web.Response:
        folder = request.path.rsplit("/", 1)[-1]
        query = f"?{request.query_string}" if request.query_string else ""
        headers = {hdrs.LOCATION: f"{folder}/{query}"}
        return web.Response(status=HTTPStatus.PERMANENT_REDIRECT, headers=headers)

    async def _page(self, request: web.Request) -> web.Response:
        if refusal := self._refusal():
            return self._pages.full(request, refusal)
        return self._pages.terminal(request)

    def _refusal(self) -> str:
        if self._stopping.is_set():
            return "The server is stopping."
        if self._taken < self._options.max_sessions:
            return ""
        return f"All screens are in use, {self._options.max_sessions} at most: close a tab."

    async def _websocket(self, request: web.Request) -> web.StreamResponse:
        if refusal := self._refusal():
            raise web.HTTPServiceUnavailable(text=f"{refusal}\n")
        self._taken += 1
        try:
            return await self._serve_tab(request)
        finally:
            self._taken -= 1

    async def _serve_tab(self, request: web.Request) -> web.WebSocketResponse:
        websocket = web.WebSocketResponse(
            heartbeat=PING_EVERY, max_msg_size=MAX_MESSAGE, compress=False, timeout=1.0
        )
        await websocket.prepare(request)
        transport = _transport(request)
        try:
            screen = await Screen.start(self._options.command, self._environ(request))
        except Ended as failure:
            await websocket.close(code=failure.end, message=failure.message)
            return websocket
        self._warden.watch(screen.group)
        tab = Tab(screen, websocket, transport, self._stopping)
        self._tabs.add(tab)
        log.info("a tab has opened, %d of %d", self._taken, self._options.max_sessions)
        try:
            ended = await tab.run()
        finally:
            self._tabs.discard(tab)
            self._warden.forget(screen.group)
        log.log(ended.level, "a tab has closed: %s", ended.reason)
        return websocket

    def _environ(self, request: web.Request) -> dict[str, str]:
        width = clamped(request.query.get("width"), WIDTHS, 80)
        height = clamped(request.query.get("height"), HEIGHTS, 24)
        return self._options.screen_environ(width, height)

    async def _download(self, request: web.Request) -> web.StreamResponse:
        key = request.match_info["key"]
        for tab in self._tabs:
            if headers := tab.downloads.headers(key):
                return await _send_file(request, headers, tab.downloads.pieces(key))
        raise web.HTTPNotFound(text="there is no such file\n")


async def _send_file(
    request: web.Request, headers: dict[str, str], pieces: AsyncIterator[bytes]
) -> web.StreamResponse:
    response = web.StreamResponse(headers=headers)
    await response.prepare(request)
    try:
        async for piece in pieces:
            await response.write(piece)
    except TimeoutError:
        log.warning("a file was not sent to its end: the screen has stopped")
        if request.transport is not None:
            request.transport.abort()  # an orderly end would make it look whole
    return response


def _transport(request: web.Request) -> asyncio.Transport:
    """Return the transport of a WebSocket that has just been opened, with bounded buffers."""
    transport = request.transport
    if transport is None:
        raise ConnectionResetError("the browser has gone")
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    return transport
