"""RedisWriter: what every sink has in common that writes to Redis."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from abc import ABC, abstractmethod

from tickterm.backends.redis_link import PING, RedisLink, RedisLost, open_redis, where
from tickterm.engine.batch import Batch
from tickterm.engine.redis.mailbox import MAX_BATCH, Mailbox

__all__ = ["RedisWriter"]

log = logging.getLogger("tickterm.redis")

FIRST_RETRY = 0.1
LONGEST_RETRY = 0.5
BEHIND = 2 * MAX_BATCH
"""Waiting ticks above which the reader gives way to the writer between frames."""
IDLE_PING = 0.5
"""Seconds without ticks until the server is asked whether it lives."""
IDLE_LOOK = 0.1
"""Seconds until an idle connection is looked at for having been closed."""
EXPIRE_EVERY = 1.0
DRAIN_AT_STOP = 1.0


class RedisWriter(ABC):
    """One mailbox, one task, one connection: kept up, looked after, given to `_send`."""

    def __init__(self, name: str, url: str, mailbox: Mailbox) -> None:
        """Take the name that the log knows it by."""
        self._name = name
        self._url = url
        self._mailbox = mailbox
        self._in_flight = 0
        """Ticks taken from the mailbox whose fate is not known yet."""
        self._earned = False
        """Whether this connection has taken a tick; a greeting alone earns nothing."""
        self._settled = asyncio.Event()
        self._settled.set()
        self._up = False
        self._since = time.monotonic()
        self._reason = "connecting"

    def offer(self, batch: Batch) -> None:
        """Take a batch; never waits and never raises for want of Redis."""
        self._settled.clear()
        self._mailbox.put(batch)

    async def breathe(self) -> None:
        """Let the writer have its turn when it is behind: for feeds that cannot wait.

        A reader that always finds the next frame there would never give way to it.
        """
        if self._is_behind():
            await asyncio.sleep(0)

    async def room(self) -> None:
        """Wait until the ticks that wait for Redis leave room: for feeds that can wait."""
        await self._mailbox.room()

    async def run(self) -> None:
        """Write until cancelled; what still waits then is dropped and counted."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._expire_for_ever(), name=f"{self._name} expiry")
                tasks.create_task(self._forward_for_ever(), name=f"{self._name} writer")
        except asyncio.CancelledError:
            self._give_up()
            raise

    async def drain(self) -> None:
        """Wait, a second at most, until nothing waits for Redis; not at all while it is down."""
        if not self._up:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_AT_STOP):
                await self.settled()

    async def settled(self) -> None:
        """Wait, as long as it takes, until Redis has answered for every tick."""
        await self._settled.wait()

    @abstractmethod
    async def _send(self, link: RedisLink, taken: list[Batch]) -> None:
        """Write `taken` and read the answers.

        Raises:
            RedisLost: the connection died.
        """

    async def _serve(self, link: RedisLink) -> None:
        """Send whatever comes until the connection dies, which raises `RedisLost`."""
        while True:
            await self._send(link, await self._next(link))

    async def _next(self, link: RedisLink) -> list[Batch]:
        """Wait for ticks and take them; ask the idle server now and then whether it lives."""
        spoke = time.monotonic()
        while not link.dead:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(IDLE_LOOK):
                    await self._mailbox.filled()
            if taken := self._mailbox.take():
                return taken
            if time.monotonic() - spoke >= IDLE_PING:
                await link.exchange([PING], 1)
                spoke = time.monotonic()
        raise RedisLost("the connection was closed by the server")

    def _give_up(self) -> None:
        """Drop and count what still waits at the end."""
        self._mailbox.drop_all("shutdown")

    def _is_behind(self) -> bool:
        return self._mailbox.buffered > BEHIND

    def _note_if_settled(self) -> None:
        if not self._mailbox.buffered and not self._in_flight:
            self._settled.set()

    async def _forward_for_ever(self) -> None:
        delay = FIRST_RETRY
        while True:
            self._earned = False
            try:
                async with open_redis(self._url) as link:
                    self._enter(True, "")
                    await self._serve(link)
            except RedisLost as loss:
                self._enter(False, str(loss))
            if self._earned:
                delay = FIRST_RETRY
            await asyncio.sleep(delay)
            delay = min(2 * delay, LONGEST_RETRY)

    async def _expire_for_ever(self) -> None:
        while True:
            await asyncio.sleep(EXPIRE_EVERY)
            self._mailbox.expire()
            self._note_if_settled()

    def _enter(self, up: bool, reason: str) -> None:
        place = where(self._url)
        if up != self._up:
            self._since = time.monotonic()
            if up:
                log.info("%s up: %s, %d ticks waiting", self._name, place, self._mailbox.buffered)
        if not up and (self._up or reason != self._reason):
            log.warning("%s down: %s: %s; ticks wait", self._name, place, reason)
        self._up = up
        self._reason = reason
