"""Putting an engine together from settings and flags."""

from __future__ import annotations

import socket
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from tickterm.cli.universe_loader import make_own_database, universe_loader
from tickterm.engine.adapters import FeedConfig
from tickterm.engine.broadcaster import Broadcaster
from tickterm.engine.embedded import keep_embedded
from tickterm.engine.mailbox import Mailbox
from tickterm.engine.notices import NoticeBoard
from tickterm.engine.redis_forwarder import RedisForwarder
from tickterm.engine.service import MarketDataService
from tickterm.market.snapshot import Feed
from tickterm.settings import Settings, is_loopback
from tickterm.simulator.generated import GeneratedSource
from tickterm.simulator.server import SimulatedFeed
from tickterm.simulator.source import RecordedSource

__all__ = ["RunOptions", "plan"]

REDIS_PORT = 6379


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The flags of `tickterm` itself."""

    demo: bool = False
    replay: Path | None = None
    speed: float = 1.0
    universe: str | None = None
    symbols: str | None = None
    headless: bool = False


def plan(
    settings: Settings, options: RunOptions, notices: NoticeBoard
) -> Callable[[], MarketDataService]:
    """Check everything that can be checked before the start and return what builds the service.

    Raises:
        SettingsError: flags or settings that cannot work.
    """
    feed = _feed(settings, options)
    universe = universe_loader(
        settings, options.universe, options.symbols, options.replay, demo=options.demo
    )
    redis_url, embedded = _redis(settings, demo=options.demo)
    helpers = [*embedded]
    if options.demo or settings.database_is_default:
        helpers.append(partial(make_own_database, settings.data_dir))
    is_local = feed.local is not None

    def build() -> MarketDataService:
        mailbox = Mailbox(max_age=None) if is_local else Mailbox()
        return MarketDataService(
            feed,
            universe,
            RedisForwarder(redis_url, mailbox, embedded=bool(embedded)),
            Broadcaster(settings.host, settings.port, settings.token),
            notices,
            helpers=helpers,
            attended=not options.headless,
        )

    return build


def _feed(settings: Settings, options: RunOptions) -> FeedConfig:
    if options.replay is not None:
        source = RecordedSource(options.replay, options.speed)
        local = partial(SimulatedFeed, source, patience=None)
        return FeedConfig(Feed.REPLAY, "replay", local=local)
    if options.demo or not settings.use_massive_api:
        # Spread over the second: a burst once a second would leave the screen still in between.
        local = partial(SimulatedFeed, GeneratedSource(spread=0.9), patience=None)
        return FeedConfig(Feed.SIMULATED, "simulated", local=local)
    url, key = settings.massive_websocket_url, settings.massive_api_key
    if is_loopback(urlsplit(url).hostname or ""):
        return FeedConfig(Feed.SIMULATED, "simulated", url, key)
    return FeedConfig(Feed.LIVE, "massive", url, key)


def _redis(
    settings: Settings, *, demo: bool
) -> tuple[str, tuple[Callable[[], Coroutine[None, None, None]], ...]]:
    """Return the URL, and what keeps an embedded server running there, if one is needed.

    The demo brings its own server in any case: simulated ticks have no business in another's.
    """
    if not demo and (not settings.redis_is_default or _somebody_listens(REDIS_PORT)):
        return settings.redis_url, ()
    port = _free_port() if _somebody_listens(REDIS_PORT) else REDIS_PORT
    return f"redis://127.0.0.1:{port}/0", (partial(keep_embedded, port),)


def _somebody_listens(port: int) -> bool:
    try:
        socket.create_connection(("localhost", port), timeout=0.5).close()
    except OSError:
        return False
    return True


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
