"""Door: how many may be connected, and that who comes in asks for something."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

from aiohttp import web

from tickterm.files import file_limit

__all__ = ["Door"]

ASKS_WITHIN = 5.0
"""Seconds that a new connection has for its first whole request."""
MOST = 1000
RESERVED_FILES = 64
FILES_OF_A_SCREEN = 4
"""Its pipes, and its tab's connection."""


class Door:
    """Makes the protocol of each new connection, as `loop.create_server` asks for it."""

    def __init__(self, screens: int) -> None:
        """Leave enough open files for so many screens."""
        spare = file_limit() - RESERVED_FILES - FILES_OF_A_SCREEN * screens
        self.most = max(min(MOST, spare), 1)
        self._server: web.Server | None = None
        self._silent: set[asyncio.BaseProtocol] = set()
        """Those that have not asked for anything yet."""

    @web.middleware
    async def note(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Note who has asked."""
        self._silent.discard(request.protocol)
        return await handler(request)

    def open(self, server: web.Server) -> None:
        """Let connections in from now on; `server` answers them."""
        self._server = server

    def __call__(self) -> asyncio.BaseProtocol:
        """Return the protocol of one more connection."""
        if self._server is None or len(self._server.connections) >= self.most:
            return _Closed()
        protocol = self._server()
        self._silent.add(protocol)
        asyncio.get_running_loop().call_later(ASKS_WITHIN, self._hurry, protocol)
        return protocol

    def _hurry(self, protocol: web.RequestHandler) -> None:
        if protocol in self._silent:
            self._silent.discard(protocol)
            if protocol.transport is not None:
                protocol.transport.abort()


class _Closed(asyncio.Protocol):
    """For those for whom there is no place."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.Transport, transport).abort()
