"""Which Redis analytics works on: where the ticks of the engine are that runs here."""

from __future__ import annotations

import logging
import time

from tickterm.access import is_loopback
from tickterm.attach.address import Address
from tickterm.cli.engine_process import address_of, find_running, lock_path
from tickterm.engine.lock import Holder, holder_of
from tickterm.errors import SettingsError, TickTermError
from tickterm.market.snapshot import RedisView
from tickterm.market.text import clean
from tickterm.settings import Settings

__all__ = ["redis_url_beside_engine"]

log = logging.getLogger("tickterm.analytics")

START_WITHIN = 5.0
"""Seconds that an engine that is starting has until it can be asked."""
LOOK_AGAIN = 0.02


def redis_url_beside_engine(settings: Settings) -> str:
    """Return the URL of the Redis to work on, after a look at the engine of the set port, if any.

    The embedded Redis of an engine is followed; a demo has one on any port. Where REDIS_URL is set,
    it wins; a log line says what was followed, or that the engine's ticks are elsewhere. Blocks
    while an engine starts, ten seconds at most.
    """
    holder = _engine_here(settings)
    if holder is None:
        return settings.redis_url
    is_demo = "--demo" in holder.flags
    if not (settings.redis_is_default or is_demo):
        return settings.redis_url
    try:
        view = _redis_of(settings, holder)
    except TickTermError as error:
        told = "the engine on port %d does not say where its Redis is: %s"
        log.warning(told, settings.port, error)
        return settings.redis_url
    is_own = (view.embedded or is_demo) and is_loopback(_place(view.where)[0])
    if is_own and settings.redis_is_default:
        told = "ticks of the engine on port %d are on its own Redis, %s"
        log.info(told, settings.port, clean(view.where))
        return f"redis://{view.where}/0"
    _warn_if_elsewhere(settings, view.where, "leave REDIS_URL empty" if is_own else "set REDIS_URL")
    return settings.redis_url


def _engine_here(settings: Settings) -> Holder | None:
    """Return the engine of the set port; one that is starting gets time until it can be asked."""
    until = time.monotonic() + START_WITHIN
    try:
        lock = lock_path(settings)
    except (SettingsError, OSError):  # then no engine can have its lock there either
        return None
    while (holder := find_running(settings)) is None:
        if holder_of(lock) is None or time.monotonic() > until:
            return None
        time.sleep(LOOK_AGAIN)
    return holder


def _redis_of(settings: Settings, holder: Holder) -> RedisView:
    """Ask an engine over its Unix socket.

    Raises:
        TickTermError: it does not answer in time.
    """
    from tickterm.attach.remote_engine import RemoteEngine
    from tickterm.cli.status import look

    address = address_of(settings, holder)

    async def find() -> Address:
        return address

    return look(RemoteEngine(find, token=str(settings.token), name="analytics")).redis


def _warn_if_elsewhere(settings: Settings, engines: str, remedy: str) -> None:
    from tickterm.backends.redis_link import where

    ours = where(settings.redis_url)
    if _place(ours) != _place(engines):
        log.warning(
            "ticks of the engine on port %d are on another Redis, %s, and analytics works on %s: "
            "to follow the engine, %s",
            settings.port,
            clean(engines),
            ours,
            remedy,
        )


def _place(where: str) -> tuple[str, str]:
    """Return host and port, with one name for all of this machine."""
    host, _, port = where.rpartition(":")
    return "localhost" if is_loopback(host) else host, port
