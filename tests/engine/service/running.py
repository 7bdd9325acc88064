"""A running engine on a scripted feed, and what its tests feed it with."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from websockets.asyncio.client import ClientConnection

from tests.engine.feed.fake_massive import KEY, Peer, Script, acknowledge_forever, bar, sign_in
from tickterm.access import Access
from tickterm.engine.feed.adapters import FeedConfig
from tickterm.engine.notices import NoticeBoard
from tickterm.engine.patterns.watch import PatternWatch
from tickterm.engine.redis.forwarder import RedisForwarder
from tickterm.engine.redis.mailbox import Mailbox
from tickterm.engine.service import MarketDataService
from tickterm.engine.viewers.broadcaster import Broadcaster
from tickterm.market.contract import from_engine
from tickterm.market.event_clock import LEAP_NOTES
from tickterm.market.link_rules import LinkTimes
from tickterm.market.snapshot import Feed, Snapshot
from tickterm.market.universe import Universe

__all__ = [
    "AFTER",
    "A_MINUTE",
    "BEFORE",
    "FAST",
    "SYMBOLS",
    "Engine",
    "build",
    "engine",
    "frames",
    "hear_a",
    "nowhere",
    "second",
    "sends",
    "watched",
    "where_viewers_go",
]

FAST = LinkTimes(first_retry=0.01, longest_retry=0.02)
SYMBOLS = ("AAPL", "BRK.B")
Message = TypeVar("Message")


async def watched() -> Universe:
    return Universe("test:two", SYMBOLS)


def nowhere() -> str:
    """Return the address of a Redis that is not there."""
    return "redis://127.0.0.1:1/0"


@dataclass
class Engine:
    service: MarketDataService
    redis: RedisForwarder
    broadcaster: Broadcaster
    task: asyncio.Task[None]

    def look(self) -> Snapshot:
        return self.service.snapshot()

    async def stop(self) -> float:
        """Stop in order; return how many seconds that took."""
        asked = time.monotonic()
        self.service.stop()
        await asyncio.wait_for(self.task, 10)
        return time.monotonic() - asked


def build(
    url: str,
    redis: str,
    universe: Callable[[], Awaitable[Universe]] = watched,
    *,
    notices: NoticeBoard | None = None,
    feed: FeedConfig | None = None,
    socket_path: Path | None = None,
    **more: Any,
) -> tuple[MarketDataService, RedisForwarder, Broadcaster]:
    forwarder = RedisForwarder(redis, Mailbox())
    broadcaster = Broadcaster(Access("127.0.0.1", 0), socket_path)
    config = feed or FeedConfig(Feed.LIVE, "massive", url, KEY, times=FAST)
    board = notices or NoticeBoard()
    return (
        MarketDataService(
            config, universe, forwarder, broadcaster, PatternWatch(redis), board, **more
        ),
        forwarder,
        broadcaster,
    )


@asynccontextmanager
async def engine(url: str, redis: str, *args: Any, **more: Any) -> AsyncIterator[Engine]:
    service, forwarder, broadcaster = build(url, redis, *args, **more)
    task = asyncio.create_task(service.run())
    try:
        yield Engine(service, forwarder, broadcaster, task)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def sends(count: int, *, each: int = 10) -> Script:
    async def script(peer: Peer) -> None:
        await sign_in(peer)
        await peer.acknowledge(await peer.command())
        for first in range(1, count + 1, each):
            await peer.send(*(bar("AAPL", i) for i in range(first, first + each)))
        await acknowledge_forever(peer)

    return script


def second(number: float, symbol: str = "AAPL", **changes: Any) -> dict[str, Any]:
    """Return the bar of a second, counted from the beginning of a minute."""
    start = 1_788_877_080_000 + int(1_000 * number)
    return {**bar(symbol), "s": start, "e": start + 1_000, "v": 5, **changes}


def frames(*batches: list[dict[str, Any]], after: asyncio.Event | None = None) -> Script:
    """Send each batch as a frame of its own, once `after` is set, and stay."""

    async def script(peer: Peer) -> None:
        await sign_in(peer)
        await peer.acknowledge(await peer.command())
        if after is not None:
            await after.wait()
        for batch in batches:
            await peer.send(*batch)
        await acknowledge_forever(peer)

    return script


DOJI: dict[str, Any] = {"o": 78.1, "c": 78.1, "h": 78.6, "l": 77.6}
A_MINUTE = [[second(n, **DOJI), second(n, "X")] for n in (0, 1, 59, 64, 65)]
"""The last two close the first minute, on which there is a pattern."""
BEFORE = [[second(-1), second(-1, "X")]] * LEAP_NOTES
"""The minute in which listening begins is not known whole, and nothing is found on it."""
AFTER = [[second(66, "X")]] * LEAP_NOTES
"""By so many it is known that the minute is over."""


async def hear_a(viewer: ClientConnection, kind: type[Message]) -> Message:
    """Return the next message of a kind."""
    async with asyncio.timeout(5):
        while not isinstance(message := from_engine(await viewer.recv(decode=False)), kind):
            pass
    return message


def where_viewers_go(running: Engine) -> str:
    return f"127.0.0.1:{running.broadcaster._port}"
