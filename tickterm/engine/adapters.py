"""RealTimeDataAdapter: picks the feed - the real one, or one simulated on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from tickterm.engine.client import MassiveWebSocketClient
from tickterm.market.link_rules import LinkTimes
from tickterm.market.protocol import Received
from tickterm.market.snapshot import Feed, LinkPhase, LinkView

__all__ = ["FeedConfig", "LocalFeed", "RealTimeDataAdapter"]


class LocalFeed(Protocol):
    """A feed server inside this process."""

    @property
    def url(self) -> str:
        """Where it listens."""

    @property
    def finished(self) -> asyncio.Event:
        """Set before the server closes because a recording has ended."""


@dataclass(frozen=True, slots=True)
class FeedConfig:
    """Which feed, and how its ticks are labelled."""

    feed: Feed
    source: str
    """`massive`, `simulated` or `replay`."""
    url: str = ""
    key: str = field(default="", repr=False)
    local: Callable[[], AbstractAsyncContextManager[LocalFeed]] | None = None
    """Starts a feed server in this process; then `url` and `key` are not used."""
    times: LinkTimes = field(default_factory=LinkTimes)


class RealTimeDataAdapter:
    """Runs the one client, against whichever feed is configured: one code path for all of them."""

    def __init__(
        self,
        config: FeedConfig,
        handle: Callable[[Received, float], None],
        room: Callable[[], Awaitable[None]],
    ) -> None:
        self._config = config
        self._handle = handle
        self._room = room
        self._client: MassiveWebSocketClient | None = None

    @property
    def feed(self) -> Feed:
        """Where the ticks come from."""
        return self._config.feed

    def view(self) -> LinkView:
        """Return the link as everybody may see it."""
        if self._client is None:
            return LinkView(phase=LinkPhase.WAITING_FOR_UNIVERSE, feed=self._config.feed)
        return self._client.view()

    def reconnect(self) -> None:
        """Try the link now."""
        if self._client is not None:
            self._client.reconnect()

    async def run(self, symbols: Iterable[str]) -> None:
        """Deliver the ticks of `symbols` until the feed has ended or the task is cancelled.

        The real feed never waits for a sink; a local one waits between frames until there is
        `room`, so that it loses nothing at any speed.
        """
        config = self._config
        if config.local is None:
            await self._run_client(symbols, config.url, config.key)
            return
        async with config.local() as server:
            await self._run_client(symbols, server.url, "local", server)

    async def _run_client(
        self, symbols: Iterable[str], url: str, key: str, local: LocalFeed | None = None
    ) -> None:
        config = self._config
        self._client = MassiveWebSocketClient(
            url,
            key,
            config.feed,
            config.source,
            self._handle,
            times=config.times,
            pace=None if local is None else self._room,
            ended=(lambda: False) if local is None else local.finished.is_set,
        )
        self._client.want(symbols)
        await self._client.run()
