"""A bare client of the feed, for looking at what is on the wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tickterm.simulator.connection import RECORDING_ENDED
from tickterm.simulator.server import SimulatedFeed

__all__ = [
    "Ending",
    "dial",
    "ended",
    "login",
    "rest",
    "say",
    "status_of",
    "subscribed",
    "take",
    "until",
]

Ending = tuple[list[Any], int]
"""The objects of the frames up to the end, and the close code (1006: none)."""

PATIENCE = 10.0


@asynccontextmanager
async def dial(
    feed: SimulatedFeed, path: str = "/stocks", **options: Any
) -> AsyncIterator[ClientConnection]:
    """Connect without keepalive, compression or proxy unless told otherwise."""
    url = feed.url.removesuffix("/stocks") + path
    settings: dict[str, Any] = {"compression": None, "proxy": None, "ping_interval": None}
    async with connect(url, close_timeout=1, **{**settings, **options}) as ws:
        yield ws


async def say(ws: ClientConnection, action: str, params: str) -> None:
    """Send one control message."""
    await ws.send(orjson.dumps({"action": action, "params": params}).decode())


async def take(ws: ClientConnection) -> list[Any]:
    """Return the objects of the next frame."""
    async with asyncio.timeout(PATIENCE):
        frame = orjson.loads(await ws.recv())
    assert isinstance(frame, list)
    return frame


def status_of(frame: list[Any]) -> str:
    """Return `status/message` of a frame that holds one status alone."""
    (only,) = frame
    assert only["ev"] == "status"
    return f"{only['status']}/{only['message']}"


async def login(ws: ClientConnection, key: str = "key") -> None:
    """Take the greeting and authenticate."""
    assert status_of(await take(ws)) == "connected/Connected Successfully"
    await say(ws, "auth", key)
    assert status_of(await take(ws)) == "auth_success/authenticated"


@asynccontextmanager
async def subscribed(
    feed: SimulatedFeed, tokens: str = "A.AAPL,A.SPY", key: str = "key", **options: Any
) -> AsyncIterator[ClientConnection]:
    """Connect, authenticate, subscribe and take the acknowledgement."""
    async with dial(feed, **options) as ws:
        await login(ws, key)
        await say(ws, "subscribe", tokens)
        acks = await take(ws)
        assert [a["message"] for a in acks] == [f"subscribed to: {t}" for t in tokens.split(",")]
        yield ws


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what no event tells."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - the other side has no event for it
            await asyncio.sleep(0.005)


async def rest(ws: ClientConnection) -> tuple[list[bytes], int]:
    """Read on to the end; return the raw frames and the close code (1006: no close frame)."""
    frames: list[bytes] = []
    async with asyncio.timeout(PATIENCE):
        try:
            while True:
                frames.append(await ws.recv(decode=False))
        except ConnectionClosed as closed:
            return frames, closed.rcvd.code if closed.rcvd else 1006


async def ended(ws: ClientConnection) -> Ending:
    """Read to the end; return the objects of the frames, without farewell, and the close code."""
    frames, code = await rest(ws)
    if frames and frames[-1] == RECORDING_ENDED:
        frames.pop()
    return [element for frame in frames for element in orjson.loads(frame)], code
