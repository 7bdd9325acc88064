"""AlertRoad: alerts that fired, on their way to Redis, at most once."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence

from tickterm.backends.commands import packed
from tickterm.backends.redis_link import RedisLink, RedisLost, open_redis
from tickterm.market.redis_events import ALERTS, AlertFired, encode
from tickterm.market.text import clean

__all__ = ["AlertRoad"]

log = logging.getLogger("tickterm.alerts")

MOST_WAITING = 1_000
"""Alerts that wait for Redis; beyond that the oldest are dropped."""
MOST_AT_ONCE = 100
MAX_AGE = 60.0
"""Seconds after which an alert is not worth telling any more."""
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
        self._waiting: deque[tuple[float, bytes]] = deque()
        """When they fired, monotonic, and the packed commands."""
        self._filled = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._trouble = ""
        self.unpublished = 0
        """Alerts that were dropped, refused, or sent without an answer."""

    def put(self, alert: AlertFired) -> None:
        """Take an alert; never waits."""
        self._waiting.append((self._clock(), packed("PUBLISH", ALERTS, encode(alert))))
        while len(self._waiting) > MOST_WAITING:
            self._drop()
        self._filled.set()
        self._idle.clear()

    async def run(self) -> None:
        """Publish what comes until cancelled.

        Raises:
            SettingsError: the URL is no Redis URL.
        """
        while True:
            await self._filled.wait()
            try:
                async with open_redis(self._url) as link:
                    while True:
                        await self._send(link)
                        await self._filled.wait()
            except RedisLost as loss:
                self._say(str(loss))
            self._expire()
            await asyncio.sleep(TRY_AGAIN)

    async def settled(self, within: float) -> None:
        """Return when nothing waits, or after so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._idle.wait()

    async def _send(self, link: RedisLink) -> None:
        self._expire()
        while self._waiting:
            count = min(MOST_AT_ONCE, len(self._waiting))
            taken = [self._waiting.popleft() for _ in range(count)]
            try:
                await link.exchange([command for _, command in taken], count)
            except RedisLost as loss:
                if not loss.sent:
                    self._waiting.extendleft(reversed(taken))
                    taken = []
                raise
            finally:
                self._settle(len(taken), link.answered)
        self._rest()

    def _settle(self, count: int, answers: Sequence[object]) -> None:
        """Count those of `count` alerts that were refused or not answered."""
        self.unpublished += count - sum(type(answer) is int for answer in answers)
        refusal = next((clean(each, 120) for each in answers if type(each) is not int), "")
        if refusal:
            self._say(refusal)
        elif answers:
            self._trouble = ""

    def _expire(self) -> None:
        oldest = self._clock() - MAX_AGE
        while self._waiting and self._waiting[0][0] < oldest:
            self._drop()
        if not self._waiting:
            self._rest()

    def _rest(self) -> None:
        self._filled.clear()
        self._idle.set()

    def _drop(self) -> None:
        self._waiting.popleft()
        self.unpublished += 1

    def _say(self, trouble: str) -> None:
        """Say once why alerts do not arrive."""
        if trouble != self._trouble:
            log.warning("alerts do not reach redis: %s", trouble)
        self._trouble = trouble
