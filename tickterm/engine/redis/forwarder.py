"""RedisForwarder: every tick to both Redis channels, in order, each one accounted for."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache

from tickterm.backends.redis_link import CHANNELS, RedisLink, RedisLost, where
from tickterm.engine.batch import Batch
from tickterm.engine.redis.embedded import EmbeddedRedis
from tickterm.engine.redis.mailbox import Mailbox
from tickterm.engine.redis.writer import RedisWriter
from tickterm.market.latency import LatencyMeter
from tickterm.market.snapshot import ChannelCounts, RedisView, Timing
from tickterm.market.text import clean

__all__ = ["RedisForwarder"]

log = logging.getLogger("tickterm.redis")


class RedisForwarder(RedisWriter):
    """A batch is packed once, written once, its replies counted.

    For each channel, at every moment:
    offered = accepted + buffered + in_flight + dropped + ambiguous.
    """

    def __init__(
        self,
        url: str,
        mailbox: Mailbox,
        embedded: EmbeddedRedis | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the server, if it is ours, and the clock that batches are received by."""
        super().__init__("redis", url, mailbox)
        self._clock = clock
        self._latency = LatencyMeter()
        self._accepted: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._ambiguous: Counter[str] = Counter()
        self._refusal = ""
        self._embedded = embedded

    def view(self) -> RedisView:
        """Return the state and all counts, consistent with each other."""
        now = self._clock()
        return RedisView(
            up=self._up,
            since=self._since,
            where=where(self._url),
            embedded=self._embedded is not None and self._embedded.running,
            reason=self._reason if not self._up else self._refusal,
            channels={channel: self._counts(channel) for channel in CHANNELS},
            buffered_bytes=self._mailbox.buffered_bytes,
            p99=self._latency.timing(now).minute.p99,
        )

    def timing(self, now: float) -> Timing:
        """Return how long ticks took from the feed to the reply, as of monotonic time `now`."""
        return self._latency.timing(now)

    def _counts(self, channel: str) -> ChannelCounts:
        dropped = dict(self._mailbox.dropped)
        if self._refused[channel]:
            dropped["refused"] = self._refused[channel]
        return ChannelCounts(
            offered=self._mailbox.offered,
            accepted=self._accepted[channel],
            buffered=self._mailbox.buffered,
            in_flight=self._in_flight,
            dropped=dropped,
            ambiguous=self._ambiguous[channel],
        )

    async def _send(self, link: RedisLink, taken: list[Batch]) -> None:
        payloads = [payload for batch in taken for payload in batch.payloads]
        self._in_flight = len(payloads)
        try:
            await link.exchange(_pack(payloads), len(CHANNELS) * len(payloads))
        except RedisLost as loss:
            if not loss.sent:
                self._in_flight = 0
                self._mailbox.give_back(taken)
            raise
        finally:
            self._settle(link.answered)
        now = self._clock()
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
            self._ambiguous[channel] += self._in_flight - len(replies)
            self._earned |= len(errors) < len(replies)
            if errors:
                refusal = f"{channel}: {clean(errors[-1], 120)}"
        self._in_flight = 0
        self._note_if_settled()
        if refusal != self._refusal:
            self._refusal = refusal
            if refusal:
                log.error("redis refuses ticks: %s", refusal)


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
