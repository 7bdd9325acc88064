"""RedisForwarder: every tick to both Redis channels, in order, each one accounted for."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from tickterm.backends.redis_link import CHANNELS, PING, RedisLink, RedisLost, open_redis, where
from tickterm.engine.batch import Batch
from tickterm.engine.embedded import EmbeddedRedis
from tickterm.engine.mailbox import MAX_BATCH, Mailbox
from tickterm.market.latency import LatencyWindow
from tickterm.market.snapshot import ChannelCounts, RedisView
from tickterm.market.text import clean

__all__ = ["RedisForwarder"]

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


class RedisForwarder:
    """One writer task, one connection: a batch is packed once, written once, its replies counted.

    For each channel, at every moment:
    offered = accepted + buffered + in_flight + dropped + ambiguous.
    """

    def __init__(self, url: str, mailbox: Mailbox, embedded: EmbeddedRedis | None = None) -> None:
        self._url = url
        self._mailbox = mailbox
        self._latency = LatencyWindow()
        self._accepted: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._ambiguous: Counter[str] = Counter()
        self._in_flight: Counter[str] = Counter()
        self._settled = asyncio.Event()
        self._settled.set()
        self._refusal = ""
        self._up = False
        self._since = time.monotonic()
        self._reason = "connecting"
        self._embedded = embedded

    def offer(self, batch: Batch) -> None:
        """Take a batch; never waits and never raises for want of Redis."""
        self._settled.clear()
        self._mailbox.put(batch)

    async def breathe(self) -> None:
        """Let the writer have its turn when it is behind: for feeds that cannot wait.

        A reader that always finds the next frame there would never give way to it.
        """
        if self._mailbox.buffered > BEHIND:
            await asyncio.sleep(0)

    async def room(self) -> None:
        """Wait until the ticks that wait for Redis leave room: for feeds that can wait."""
        await self._mailbox.room()

    async def run(self) -> None:
        """Forward until cancelled; what still waits then is dropped and counted."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._expire_for_ever(), name="redis expiry")
                tasks.create_task(self._forward_for_ever(), name="redis writer")
        except asyncio.CancelledError:
            self._mailbox.drop_all("shutdown")
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

    def view(self) -> RedisView:
        """Return the state and all counts, consistent with each other."""
        now = time.monotonic()
        return RedisView(
            up=self._up,
            since=self._since,
            where=where(self._url),
            embedded=self._embedded is not None and self._embedded.running,
            reason=self._reason if not self._up else self._refusal,
            channels={channel: self._counts(channel) for channel in CHANNELS},
            buffered_bytes=self._mailbox.buffered_bytes,
            p99=self._latency.quantile(0.99, now),
        )

    def _counts(self, channel: str) -> ChannelCounts:
        dropped = dict(self._mailbox.dropped)
        if self._refused[channel]:
            dropped["refused"] = self._refused[channel]
        return ChannelCounts(
            offered=self._mailbox.offered,
            accepted=self._accepted[channel],
            buffered=self._mailbox.buffered,
            in_flight=self._in_flight[channel],
            dropped=dropped,
            ambiguous=self._ambiguous[channel],
        )

    # -- the writer ---------------------------------------------------------------------------

    async def _forward_for_ever(self) -> None:
        delay = FIRST_RETRY
        while True:
            try:
                accepted = self._accepted.total()
                async with open_redis(self._url) as link:
                    self._enter(True, "")
                    await self._forward(link)
            except RedisLost as loss:
                self._enter(False, str(loss))
            if self._accepted.total() > accepted:  # a greeting alone earns nothing
                delay = FIRST_RETRY
            await asyncio.sleep(delay)
            delay = min(2 * delay, LONGEST_RETRY)

    async def _forward(self, link: RedisLink) -> None:
        spoke = time.monotonic()
        while not link.dead:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(IDLE_LOOK):
                    await self._mailbox.filled()
            if taken := self._mailbox.take():
                await self._send(link, taken)
                spoke = time.monotonic()
            elif time.monotonic() - spoke >= IDLE_PING:
                await link.exchange([PING], 1)
                spoke = time.monotonic()
        raise RedisLost("the connection was closed by the server")

    async def _send(self, link: RedisLink, taken: list[Batch]) -> None:
        payloads = [payload for batch in taken for payload in batch.payloads]
        self._in_flight.update(dict.fromkeys(CHANNELS, len(payloads)))
        try:
            await link.exchange(_pack(payloads), len(CHANNELS) * len(payloads))
        except RedisLost as loss:
            if not loss.sent:
                self._in_flight.clear()
                self._mailbox.give_back(taken)
            raise
        finally:
            self._settle(link.answered)
        now = time.monotonic()
        for batch in taken:
            if batch.received >= self._since:  # what waited for Redis says nothing of our own speed
                self._latency.record(now - batch.received, now, len(batch.payloads))

    def _settle(self, answers: Sequence[object]) -> None:
        """Move what is in flight to accepted, refused or ambiguous, channel by channel."""
        if not self._in_flight:
            return
        refusal = ""
        for index, channel in enumerate(CHANNELS):
            replies = answers[index :: len(CHANNELS)]
            errors = [reply for reply in replies if type(reply) is not int or reply < 0]
            self._accepted[channel] += len(replies) - len(errors)
            self._refused[channel] += len(errors)
            self._ambiguous[channel] += self._in_flight[channel] - len(replies)
            if errors:
                refusal = f"{channel}: {clean(errors[-1], 120)}"
        self._in_flight.clear()
        self._note_if_settled()
        if refusal != self._refusal:
            self._refusal = refusal
            if refusal:
                log.error("redis refuses ticks: %s", refusal)

    def _note_if_settled(self) -> None:
        if not self._mailbox.buffered and not self._in_flight:
            self._settled.set()

    async def _expire_for_ever(self) -> None:
        while True:
            await asyncio.sleep(EXPIRE_EVERY)
            self._mailbox.expire()
            self._note_if_settled()

    def _enter(self, up: bool, reason: str) -> None:
        if up != self._up:
            self._since = time.monotonic()
            if up:
                log.info("redis up: %s, %d ticks waiting", where(self._url), self._mailbox.buffered)
        if not up and (self._up or reason != self._reason):
            log.warning("redis down: %s: %s; ticks wait", where(self._url), reason)
        self._up = up
        self._reason = reason


@lru_cache(maxsize=4096)
def _heads(length: int) -> tuple[bytes, bytes]:
    """Return the bytes in front of a payload of `length` on each channel."""
    first, second = (
        b"*3\r\n$7\r\nPUBLISH\r\n$%d\r\n%b\r\n$%d\r\n" % (len(c), c.encode(), length)
        for c in CHANNELS
    )
    return first, b"\r\n" + second


def _pack(payloads: Sequence[bytes]) -> list[bytes]:
    """Return the RESP bytes that publish each payload on both channels."""
    parts: list[bytes] = []
    for payload in payloads:
        first, second = _heads(len(payload))
        parts += (first, payload, second, payload, b"\r\n")
    return [b"".join(parts)]
