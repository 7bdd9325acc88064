"""Putting an engine together from settings and flags."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from tickterm.access import Access, is_loopback
from tickterm.backends.redis_link import new_connection
from tickterm.cli.options import RunOptions
from tickterm.cli.universe_loader import make_own_database, universe_loader
from tickterm.cli.universe_table import OWN_LISTS, Table
from tickterm.engine.alerts.desk import AlertDesk
from tickterm.engine.alerts.file import ALERTS_FILES
from tickterm.engine.feed.adapters import FeedConfig
from tickterm.engine.notices import NoticeBoard
from tickterm.engine.patterns.watch import PatternWatch
from tickterm.engine.ports import free_port, somebody_is_at
from tickterm.engine.redis.embedded import EmbeddedRedis
from tickterm.engine.redis.forwarder import RedisForwarder
from tickterm.engine.redis.mailbox import Mailbox
from tickterm.engine.redis.stream_mirror import StreamMirror
from tickterm.engine.service import MarketDataService
from tickterm.engine.viewers.broadcaster import Broadcaster
from tickterm.errors import RecordingError
from tickterm.market.snapshot import Feed
from tickterm.market.text import clean
from tickterm.settings import KEYS, Settings, environment
from tickterm.simulator.generated import GeneratedSource
from tickterm.simulator.server import SimulatedFeed
from tickterm.simulator.source import RecordedSource

__all__ = ["plan"]

log = logging.getLogger("tickterm.redis")

REDIS_PORT = 6379


def plan(
    settings: Settings, options: RunOptions, notices: NoticeBoard, socket: Path | None = None
) -> Callable[[], MarketDataService]:
    """Check everything that can be checked before the start and return what builds the service.

    Screens connect through the Unix socket at `socket`.

    Raises:
        SettingsError: flags or settings that cannot work.
    """
    feed = _feed(settings, options)
    universe = universe_loader(
        settings, options.universe, options.symbols, options.replay, demo=options.demo
    )
    redis_url, embedded = _redis(settings, demo=options.demo)
    helpers = _helpers(settings, options, embedded)
    access = Access(settings.host, settings.port, settings.token, settings.public_urls)

    def build() -> MarketDataService:
        mailbox = Mailbox() if feed.local is None else Mailbox(max_age=None)
        return MarketDataService(
            feed,
            universe,
            RedisForwarder(redis_url, mailbox, embedded),
            Broadcaster(access, socket),
            PatternWatch(redis_url),
            notices,
            mirror=_mirror(settings, redis_url),
            lists=settings.data_dir / OWN_LISTS,
            table=Table(settings, demo=options.demo),
            alerts=_alerts(settings, feed, redis_url),
            helpers=helpers,
            attended=not options.headless,
            for_screens=options.for_screens,
        )

    return build


def _feed(settings: Settings, options: RunOptions) -> FeedConfig:
    if options.replay is not None:
        if options.replay.exists() and not options.replay.is_file():
            raise RecordingError(f"{clean(options.replay)} is no regular file")
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


def _redis(settings: Settings, *, demo: bool) -> tuple[str, EmbeddedRedis | None]:
    """Return the URL, and what sees to a server there unless the settings name one.

    The demo brings its own server in any case: simulated ticks have no business in another's.
    """
    if demo:
        port = free_port() if somebody_is_at(REDIS_PORT) else REDIS_PORT
        if port != REDIS_PORT or not settings.redis_is_default:
            log.info("the demo has its own redis, on port %d: tickterm analytics finds it", port)
        return f"redis://127.0.0.1:{port}/0", EmbeddedRedis(port)
    if settings.redis_is_default:
        return settings.redis_url, EmbeddedRedis(REDIS_PORT)
    new_connection(settings.redis_url)  # a wrong URL should fail now, in one line
    return settings.redis_url, None


def _helpers(
    settings: Settings, options: RunOptions, embedded: EmbeddedRedis | None
) -> list[Callable[[], Coroutine[None, None, None]]]:
    """Return what else runs beside the service."""
    helpers: list[Callable[[], Coroutine[None, None, None]]] = []
    if embedded is not None:
        helpers.append(embedded.keep)
    from_table = options.symbols is None and (options.replay is None or options.universe)
    if from_table and (options.demo or settings.database_is_default):
        helpers.append(partial(make_own_database, settings.data_dir))
    return helpers


def _alerts(settings: Settings, feed: FeedConfig, redis_url: str) -> AlertDesk:
    path = settings.data_dir / ALERTS_FILES[feed.feed]
    kept = {name: value for name, value in environment().items() if name not in KEYS}
    return AlertDesk(feed.feed, feed.source, redis_url, path, kept)


def _mirror(settings: Settings, redis_url: str) -> StreamMirror | None:
    if not settings.stream:
        return None
    return StreamMirror(
        redis_url,
        settings.stream,
        length=settings.stream_length,
        partitions=settings.stream_partitions,
        epoch=time.time_ns() // 1_000_000,
        mailbox=Mailbox(max_age=None),
    )
