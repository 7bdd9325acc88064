"""A reverse proxy that serves another server below a path, as gateways do."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import aiohttp
from aiohttp import web

HOP_BY_HOP = {"host", "connection", "upgrade", "transfer-encoding", "content-length"}


class Proxy:
    """Passes everything below `/ticks` on; cuts the path off or not, keeps the Host or not."""

    def __init__(self, target: str, *, cuts: bool, keeps_host: bool) -> None:
        self._target = target.rstrip("/")
        self._cuts = cuts
        self._keeps_host = keeps_host

    async def handle(self, request: web.Request) -> web.StreamResponse:
        path = request.raw_path
        if not path.startswith("/ticks"):
            return web.Response(status=404, text="this is another site")
        if self._cuts:
            path = "/" + path.removeprefix("/ticks").lstrip("/")
        headers = {k: v for k, v in request.headers.items() if k.lower() not in HOP_BY_HOP}
        headers = {k: v for k, v in headers.items() if not k.startswith("Sec-WebSocket")}
        headers["X-Forwarded-Host"] = request.headers["Host"]
        if self._keeps_host:
            headers["Host"] = request.headers["Host"]
        async with aiohttp.ClientSession(auto_decompress=False) as session:
            if "Upgrade" in request.headers:
                return await _bridge(request, session, self._target + path, headers)
            return await _pass_on(request, session, self._target + path, headers)


async def _pass_on(
    request: web.Request, session: aiohttp.ClientSession, url: str, headers: dict[str, str]
) -> web.Response:
    asked = session.request(
        request.method, url, headers=headers, data=await request.read(), allow_redirects=False
    )
    async with asked as answer:
        body = await answer.read()
        kept = [(k, v) for k, v in answer.headers.items() if k.lower() not in HOP_BY_HOP]
        response = web.Response(status=answer.status, body=body)
        response.headers.clear()
        for key, value in kept:
            response.headers.add(key, value)
        return response


async def _bridge(
    request: web.Request, session: aiohttp.ClientSession, url: str, headers: dict[str, str]
) -> web.WebSocketResponse:
    async with session.ws_connect(url, headers=headers) as inner:
        outer = web.WebSocketResponse()
        await outer.prepare(request)
        ways = [
            asyncio.ensure_future(_copy(outer, inner)),
            asyncio.ensure_future(_copy(inner, outer)),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        code = inner.close_code or 1000
        await outer.close(code=code if code != 1006 else 1011)
        for way in ways:
            way.cancel()
        await asyncio.wait(ways)
        return outer


Socket = web.WebSocketResponse | aiohttp.ClientWebSocketResponse


async def _copy(source: Socket, target: Socket) -> None:
    async for message in source:
        if message.type is aiohttp.WSMsgType.TEXT:
            await target.send_str(message.data)
        elif message.type is aiohttp.WSMsgType.BINARY:
            await target.send_bytes(message.data)


@contextlib.asynccontextmanager
async def proxying(proxy: Proxy, port: int) -> AsyncIterator[str]:
    """Run the proxy; give its origin."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", proxy.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()
