"""Refusal: what a connection gets for which there is no place."""

from __future__ import annotations

import asyncio
from typing import cast

from tickterm.engine.viewers.places import Places

__all__ = ["refuse"]

ASKS_WITHIN = 1.0
"""Seconds that it has to ask for something."""

_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nConnection: close\r\n"
    b"Retry-After: 5\r\nContent-Length: 17\r\n\r\ntoo many viewers\n"
)


def refuse(transport: asyncio.BaseTransport, places: Places) -> None:
    """Answer a new connection with one line of HTTP; where that is asked too often, with nothing.

    The answer waits for the question: libraries stumble over one that comes before it.
    """
    connected = cast(asyncio.Transport, transport)  # uvloop's is none by its class
    if places.is_crowded:
        transport.set_protocol(asyncio.Protocol())  # the end is nobody's business either
        connected.abort()
    else:
        transport.set_protocol(_Refusal(connected, places))


class _Refusal(asyncio.Protocol):
    def __init__(self, transport: asyncio.Transport, places: Places) -> None:
        self._transport = transport
        self._places = places
        places.refused += 1
        self._deadline = asyncio.get_running_loop().call_later(ASKS_WITHIN, transport.abort)

    def data_received(self, data: bytes) -> None:  # noqa: ARG002 - whatever it asks
        self._transport.write(_FULL)
        self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - however it ended
        self._places.refused -= 1
        self._deadline.cancel()
