"""OtherStreams: ticks that the engine writes where nobody here reads, for want of partitions."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import NoPermissionError, RedisError, ResponseError

from tickterm.analytics.redis_words import in_words
from tickterm.analytics.stream_source import id_parts
from tickterm.market.tick_stream import stream_names

__all__ = ["LOOK_EVERY", "MOST_PARTITIONS", "OtherStreams"]

log = logging.getLogger("tickterm.analytics")

MOST_PARTITIONS = 256
"""As many as an engine may have."""
LOOK_EVERY = 10.0
"""Seconds."""
MEMORY = 300.0
"""Seconds for which a stream that has grown counts as written to: a market may be quiet."""


_NOTHING = (0, 0)
"""The id of the newest entry of a stream that never had one."""


class OtherStreams:
    """Looks whether streams grow that there are only with another number of partitions.

    That one is there says nothing: it may be left from an earlier setting.
    """

    def __init__(self, redis: Redis, stream: str, partitions: int) -> None:
        """Take the name and the number of those that are read."""
        self._redis = redis
        self._stream = stream
        self._partitions = partitions
        ours = stream_names(stream, partitions)
        every = (stream, *stream_names(stream, MOST_PARTITIONS))
        self._others = [name for name in every if name not in ours]
        self._newest: dict[str, tuple[int, int]] | None = None
        """The id of the newest entry of each that has any."""
        self._grew_at: dict[str, float] = {}
        self._look_at = 0.0
        self._complaint = ""
        self.reason = ""
        """What is wrong, and what to do; empty: nothing is known to be."""

    @property
    def are_there(self) -> bool:
        """Whether there are any with ticks, be they written to or not."""
        return bool(self._newest)

    async def look(self, now: float) -> None:
        """Look again if it is time, by the monotonic clock; two looks are needed to find anything.

        Raises:
            RedisError: Redis is not to be had; that it refuses hinders nothing else.
        """
        if now < self._look_at:
            return
        self._look_at = now + LOOK_EVERY
        before, self._newest = self._newest, await self._ask()
        if self._complaint:
            self._look_at = now + MEMORY  # each refusal is an error in the log of Redis
        if before is not None:
            grown = [name for name, at in self._newest.items() if at > before.get(name, _NOTHING)]
            self._grew_at |= dict.fromkeys(grown, now)
        reason = self._judge(now)
        if reason and not self.reason:
            log.warning("%s", reason)
        self.reason = reason

    async def _ask(self) -> dict[str, tuple[int, int]]:
        """Return the newest entry's id of each of the others that has any."""
        async with self._redis.pipeline(transaction=False) as pipe:
            for name in self._others:
                pipe.xrevrange(name, count=1)  # unlike XINFO, no error where there is no stream
            replies: list[Any] = await pipe.execute(raise_on_error=False)
        self._complain(next((r for r in replies if isinstance(r, NoPermissionError)), None))
        return {
            name: id_parts(reply[0][0])
            for name, reply in zip(self._others, replies, strict=True)
            if reply and not isinstance(reply, ResponseError)
        }

    def _judge(self, now: float) -> str:
        grown = [name for name, at in self._grew_at.items() if now - at < MEMORY]
        if not grown:
            return ""
        return (
            f"ticks in {_listed(grown)} are read by nobody here: TICKTERM_STREAM_PARTITIONS must "
            f"be {self._wanted(grown)} as for the engine, and is {self._partitions}"
        )

    def _wanted(self, grown: Sequence[str]) -> str:
        if self._stream in grown:
            return "1"
        most = max(int(name.rpartition(":")[2]) for name in grown) + 1
        return f"the same (at least {most})"

    def _complain(self, refusal: RedisError | None) -> None:
        complaint = in_words(refusal) if refusal else ""
        if complaint and complaint != self._complaint:
            log.info("streams beside ours cannot be seen: %s", complaint)
        self._complaint = complaint


def _listed(names: Sequence[str]) -> str:
    return names[0] + (f" and {len(names) - 1} more" if len(names) > 1 else "")
