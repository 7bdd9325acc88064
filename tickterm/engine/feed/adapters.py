"""RealTimeDataAdapter: picks the feed - the real one, or one simulated on this machine."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from tickterm.engine.feed.client import MassiveWebSocketClient
from tickterm.engine.feed.link_listener import LinkListener
from tickterm.errors import TickTermError
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
    def error(self) -> TickTermError | None:
        """Why it could not send all it was to send."""


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
        *,
        breathe: Callable[[], Awaitable[None]],
        room: Callable[[], Awaitable[None]],
        listener: LinkListener | None = None,
    ) -> None:
        self._config = config
        self._listener = listener
        self._handle = handle
        self._breathe = breathe
        self._room = room
        self._client: MassiveWebSocketClient | None = None
        self._symbols: tuple[str, ...] = ()
        self._waiting = LinkView(
            phase=LinkPhase.WAITING_FOR_UNIVERSE, feed=config.feed, since=time.monotonic()
        )

    def view(self) -> LinkView:
        """Return the link as everybody may see it."""
        if self._client is None:
            return self._waiting
        return self._client.view()

    def reconnect(self) -> None:
        """Try the link now; not that to a local feed, which would begin again and repeat itself."""
        if self._client is not None and self._config.local is None:
            self._client.reconnect()

    def want(self, symbols: Iterable[str]) -> None:
        """Make `symbols` the subscription: at once, or of the next connection.

        Raises:
            ValueError: one of them is no symbol; then nothing changes.
        """
        wanted = tuple(symbols)
        if self._client is not None:
            self._client.want(wanted)
        self._symbols = wanted

    async def run(self, symbols: Iterable[str]) -> None:
        """Deliver the ticks of `symbols` until the feed has ended or the task is cancelled.

        The real feed never waits for a sink, it only lets the writers have their turn; a local one
        waits between frames until there is `room`, so that it loses nothing at any speed.

        Raises:
            TickTermError: a local feed could not send all it was to send.
        """
        config = self._config
        self._symbols = tuple(symbols)
        if config.local is None:
            # After a defect it goes on with the same client: what it knows of the link stays.
            self._client = self._client or self._new_client(config.url, config.key, self._breathe)
            await self._run_client(self._client)
            return
        async with config.local() as server:
            self._client = self._new_client(server.url, "local", self._room, patient=True)
            await self._run_client(self._client)
            if server.error is not None:
                raise server.error

    def _new_client(
        self, url: str, key: str, pace: Callable[[], Awaitable[None]], *, patient: bool = False
    ) -> MassiveWebSocketClient:
        config = self._config
        return MassiveWebSocketClient(
            url,
            key,
            config.feed,
            config.source,
            self._handle,
            times=config.times,
            pace=pace,
            patient=patient,
            listener=self._listener,
        )

    async def _run_client(self, client: MassiveWebSocketClient) -> None:
        client.want(self._symbols)
        await client.run()
