"""A running link, and the ways in which a feed ends one."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any
from unittest.mock import patch

from websockets.asyncio.client import ClientConnection

from tests.engine.feed.fake_massive import KEY, Peer, Script, bar, sign_in, until
from tickterm.engine.feed import client as client_module
from tickterm.engine.feed.client import MassiveWebSocketClient
from tickterm.engine.feed.dial import dial
from tickterm.market.link_rules import LinkTimes
from tickterm.market.protocol import Received
from tickterm.market.snapshot import Feed, LinkPhase, LinkView
from tickterm.market.ticks import TickData

__all__ = [
    "FAST",
    "LATE",
    "STAGES",
    "Link",
    "after_subscribe",
    "at_once",
    "during_auth",
    "evicts",
    "linked",
    "refuses",
    "then_end",
    "with_data",
]

FAST = LinkTimes(
    handshake=10.0,
    first_retry=0.01,
    longest_retry=0.04,
    earned_after=0.2,
    capped_retry=0.25,
    ping_every=0.1,
    dead_after=0.3,
    mute_after=0.4,
)
LATE = replace(FAST, first_retry=30.0, longest_retry=30.0)
"""Once lost, not back within a test."""


@dataclass
class Link:
    """A running client and what it handed over."""

    client: MassiveWebSocketClient
    received: list[Received] = field(default_factory=list)
    ticks: list[TickData] = field(default_factory=list)
    task: asyncio.Task[None] | None = None
    dials: list[float] = field(default_factory=list)
    """When it dialled, by its own account: the other side hears of it later."""

    def handle(self, received: Received, now: float) -> None:
        assert abs(time.monotonic() - now) < 60  # it is of this clock
        self.received.append(received)
        self.ticks += received.ticks

    @property
    def view(self) -> LinkView:
        return self.client.view()

    @property
    def volumes(self) -> list[int | float]:
        return [tick.volume for tick in self.ticks]

    async def up(self, connections: int = 1) -> None:
        await until(
            lambda: self.view.phase is LinkPhase.UP and self.view.connections >= connections
        )

    async def refused(self) -> None:
        await until(lambda: self.view.phase is LinkPhase.REFUSED)


@asynccontextmanager
async def linked(
    url: str, symbols: tuple[str, ...] = ("AAPL", "BRK.B"), times: LinkTimes = FAST, **more: Any
) -> AsyncIterator[Link]:
    """Run a client for the length of the block, then cancel it."""
    link: Link

    def handle(received: Received, now: float) -> None:
        link.handle(received, now)

    client = MassiveWebSocketClient(url, KEY, Feed.LIVE, "massive", handle, times=times, **more)
    link = Link(client)
    client.want(symbols)

    async def noted(url: str, max_frame: int) -> ClientConnection:
        link.dials.append(client._last_dial)
        return await dial(url, max_frame)

    with patch.object(client_module, "dial", noted):
        link.task = asyncio.create_task(client.run())
        try:
            yield link
        finally:
            link.task.cancel()
            with suppress(asyncio.CancelledError):
                await link.task


async def at_once(peer: Peer) -> None:
    """Before the greeting."""


async def during_auth(peer: Peer) -> None:
    await peer.say("connected", "Connected Successfully")
    await peer.command()


async def after_subscribe(peer: Peer) -> None:
    await sign_in(peer)
    await peer.acknowledge(await peer.command())


async def with_data(peer: Peer) -> None:
    await after_subscribe(peer)
    await peer.send(bar("AAPL", 77))


STAGES = (at_once, during_auth, sign_in, after_subscribe, with_data)


def then_end(stage: Script, code: Any) -> Script:
    async def script(peer: Peer) -> None:
        await stage(peer)
        if code == "abort":
            peer.drop()
        else:
            await peer.close(code, "so it goes")

    return script


def refuses(*, first: tuple[object, ...] = (), end: str = "abort") -> Script:
    async def script(peer: Peer) -> None:
        await peer.say("connected", "Connected Successfully")
        await peer.command()
        words = "authentication failed"
        await peer.send(*first, {"ev": "status", "status": "auth_failed", "message": words})
        if end == "abort":
            peer.drop()
        elif end == "close":
            await peer.close(1008)
        else:
            await peer.gone()

    return script


async def evicts(peer: Peer) -> None:
    await after_subscribe(peer)
    await peer.say("max_connections", "Maximum number of websocket connections exceeded. ")
    await peer.close(1008)
