"""The server's side of one viewer's socket, with the limits that come before any message."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable
from typing import Any

from websockets.asyncio.server import ServerConnection

from tickterm.engine.viewers.places import Places
from tickterm.engine.viewers.refusal import refuse

__all__ = ["ViewerConnection"]

SEND_BUFFER = 128 * 2**10
"""Of the kernel, bytes for each viewer; left alone it hides megabytes of a stuck one."""
UNSENT_LOW = 16 * 2**10
"""Bytes of those that may wait to be sent where a TCP viewer's window is closed: more can be had
in small steps then, and a viewer that reads slowly is told from one that does not read at all."""
MAX_INBOUND = 32 * 2**10
INBOUND_PER_SECOND = 8 * 2**10
"""Bytes that a viewer may send at once, and for how long it goes on: it has little to say."""


class ViewerConnection(ServerConnection):
    """Takes one of the places before it reads a byte; is cut off when it talks too much.

    Control frames, fragments and slow handshakes have no other limit.
    """

    def __init__(
        self,
        *arguments: Any,
        connections: set[ViewerConnection],
        places: Places,
        turned_away: Callable[[str], None],
        **options: Any,
    ) -> None:
        """Take, besides what its base takes, where to be listed, and the places to take one of."""
        super().__init__(*arguments, **options)
        self._connections = connections
        self._places = places
        self._turned_away = turned_away
        self._address = ""
        self._allowance = float(MAX_INBOUND)
        self.heard_at = time.monotonic()
        """When it last sent anything, be it the answer to a ping."""
        self.too_loud = False
        """Whether it was cut off for what it sent."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a place, or hand the connection to somebody who refuses it."""
        peer = transport.get_extra_info("peername")
        address = str(peer[0]) if isinstance(peer, tuple) else ""
        if refusal := self._places.take(address):
            self._turned_away(refusal)
            refuse(transport, self._places)
            return
        self._address = address
        self._connections.add(self)
        _limit_kernel(transport.get_extra_info("socket"))
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Take what the viewer sent, within its allowance of bytes a second."""
        now = time.monotonic()
        self._allowance += (now - self.heard_at) * INBOUND_PER_SECOND
        self._allowance = min(self._allowance, MAX_INBOUND) - len(data)
        self.heard_at = now
        if self._allowance < 0:
            self.too_loud = True
            self.transport.abort()
        else:
            super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Give the place back."""
        self._places.give_back(self._address)
        self._connections.discard(self)
        super().connection_lost(exc)


def _limit_kernel(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):  # its peer may have gone already
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        if sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_LOW)
