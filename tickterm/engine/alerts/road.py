"""AlertRoad: alerts that fired, on their way to Redis, at most once."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import Callable

from tickterm.backends.commands import packed
from tickterm.backends.redis_link import RedisLost, open_redis
from tickterm.engine.redis.outbox import Outbox
from tickterm.market.redis_events import ALERTS, AlertFired, encode

__all__ = ["AlertRoad"]

log = logging.getLogger("tickterm.alerts")

TRY_AGAIN = 2.0
"""Seconds between attempts to connect."""


class AlertRoad:
    """Alerts in order, each published once, or counted as unpublished.

    It connects when there is something to tell: most engines have no alerts.
    """

    def __init__(self, url: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the Redis URL, and monotonic seconds."""
        self._url = url
        self._clock = clock
        self._outbox = Outbox()
        self._idle = asyncio.Event()
        self._idle.set()
        self._trouble = ""

    @property
    def unpublished(self) -> int:
        """Alerts that were dropped, refused, or sent without an answer."""
        return self._outbox.unpublished

    def put(self, alert: AlertFired) -> None:
        """Take an alert; never waits."""
        self._outbox.put([packed("PUBLISH", ALERTS, encode(alert))], self._clock())
        self._idle.clear()

    async def run(self) -> None:
        """Publish what comes until cancelled.

        Raises:
            SettingsError: the URL is no Redis URL.
        """
        while True:
            await self._outbox.filled.wait()
            try:
                await self._tell()
            except RedisLost as loss:
                self._say(str(loss))
            self._expire()
            await asyncio.sleep(TRY_AGAIN)

    async def drain(self, within: float) -> None:
        """Return when nothing waits, or after so many seconds: what then waits is told no more."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._idle.wait()
        self._outbox.expire(math.inf)

    async def _tell(self) -> None:
        """Tell what comes over one connection, until it is lost."""
        async with open_redis(self._url) as link:
            while True:
                self._expire()
                await self._outbox.send(link)
                self._say(self._outbox.refusal)
                self._rest()
                await self._outbox.filled.wait()

    def _expire(self) -> None:
        self._outbox.expire(self._clock())
        self._rest()

    def _rest(self) -> None:
        if not self._outbox.filled.is_set():
            self._idle.set()

    def _say(self, trouble: str) -> None:
        """Say once why alerts do not arrive."""
        if trouble and trouble != self._trouble:
            log.warning("alerts do not reach redis: %s", trouble)
        self._trouble = trouble
