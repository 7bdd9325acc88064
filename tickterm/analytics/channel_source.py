"""Ticks from the Pub/Sub channel: what nobody heard is gone, and only that is known."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from tickterm.analytics.batch import Batch
from tickterm.backends.redis_link import CHANNELS
from tickterm.backends.redis_subscriber import Message, RedisSubscriber

__all__ = ["CHANNEL", "ChannelSource"]

log = logging.getLogger("tickterm.analytics")

CHANNEL = CHANNELS[1]
MOST_BYTES = 64 * 2**20
"""Of payloads that wait; beyond, the newest are dropped, counted, and their bars not complete."""
AT_ONCE = 2_000
WAIT = 0.1
"""Seconds after which a read returns without anything."""


class _Heard(NamedTuple):
    """What came at once; no payloads: ticks are missing from here on."""

    at: float
    whole_since: float
    payloads: list[bytes]


class ChannelSource:
    """A listener of the channel that keeps what comes until it is read."""

    def __init__(self, url: str) -> None:
        self._subscriber = RedisSubscriber(url, (CHANNEL,), self)
        self._waiting: deque[_Heard] = deque()
        self._bytes = 0
        self._filled = asyncio.Event()
        self._listening = False
        self._whole_since = time.monotonic()
        """Since when nothing was missed."""
        self._full = False
        self._is_open = False
        self.reason = "connecting"
        """Why nothing is heard; empty while it is."""
        self.missed = 0
        """Times that it was cut off, or dropped ticks."""
        self.dropped = 0
        """Ticks that came faster than they were taken for too long."""

    async def run(self) -> None:
        """Listen until cancelled. Raises SettingsError."""
        await self._subscriber.run()

    async def open(self, again: bool) -> bool:  # noqa: ARG002 - as every source
        """Begin to keep what comes; True: nothing from before that can be had any more."""
        self.close()
        self._whole_since = time.monotonic()
        self._is_open = True
        return True

    def close(self) -> None:
        """Keep nothing any more."""
        self._is_open = self._full = False
        self._waiting.clear()
        self._bytes = 0

    async def read(self) -> Batch:
        """Return what was heard, after a tenth of a second at the latest."""
        began = time.monotonic()
        if not self._waiting:
            self._filled.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(WAIT):
                    await self._filled.wait()
        now = time.monotonic()
        if not self._waiting:  # were we kept from looking, then it was no waiting
            return Batch(waited=min(now - began, 2 * WAIT))
        first = self._waiting[0]
        if not first.payloads:
            self._waiting.popleft()
            return Batch(cut=True)
        return Batch(self._pop(), listened=first.at - first.whole_since, lag=now - first.at)

    async def acknowledge(self, entries: Sequence[bytes]) -> None:
        """Do nothing: there is nothing to acknowledge."""

    async def verify(self) -> None:
        """Do nothing: nobody else can have been given what was meant for us."""

    async def unread(self) -> int | None:
        """Return how many ticks were heard and not yet taken."""
        return sum(len(heard.payloads) for heard in self._waiting)

    def _pop(self) -> list[bytes]:
        taken: list[bytes] = []
        while self._waiting and self._waiting[0].payloads and len(taken) < AT_ONCE:
            taken += self._waiting.popleft().payloads
        self._bytes -= sum(map(len, taken))
        return taken

    # -- the subscriber says ------------------------------------------------------------------

    def subscribed(self, gap: float | None) -> None:
        """Listen from now on."""
        self._listening = True
        self.reason = ""
        self._whole_since = time.monotonic()
        if gap is None:
            log.info("listening to %s", CHANNEL)
        else:
            log.warning(
                "listening again after %.1f s: ticks of that time may be missing, and bars of it "
                "are not complete",
                gap,
            )

    def lost(self, reason: str) -> None:
        """Hear nothing any more."""
        if self._listening and self._is_open:
            self._interrupt()
        self._listening = False
        self.reason = f"not listening: {reason}"
        log.warning("not listening to %s: %s", CHANNEL, reason)

    def hear(self, messages: Sequence[Message]) -> None:
        """Keep what came, if there is room."""
        if not self._is_open:
            return
        payloads = [payload for _, payload in messages]
        size = sum(map(len, payloads))
        if self._bytes + size > MOST_BYTES:
            self._drop(payloads)
            return
        self._full = False
        self._bytes += size
        self._waiting.append(_Heard(time.monotonic(), self._whole_since, payloads))
        self._filled.set()

    def _drop(self, payloads: list[bytes]) -> None:
        if not self._full:
            self._full = True
            log.error("too slow: more than %d MiB of ticks wait, newer are lost", MOST_BYTES >> 20)
            self._interrupt()
        self.dropped += len(payloads)
        self._whole_since = time.monotonic()

    def _interrupt(self) -> None:
        """Note in the order of things that ticks are missing."""
        self.missed += 1
        self._waiting.append(_Heard(time.monotonic(), self._whole_since, []))
        self._filled.set()
