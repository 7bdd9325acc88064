"""Ticks from one Redis Stream, through a consumer group: none that was not dealt with is lost.

Whoever holds the partition is its only reader, so all of them read under one consumer's name: what
one of them had been given and not acknowledged is what the next one begins with.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from tickterm.analytics.batch import Batch
from tickterm.market.text import clean

__all__ = ["OutOfStep", "StreamSource", "id_parts"]

log = logging.getLogger("tickterm.analytics")

CONSUMER = "tickterm"
AT_ONCE = 2_000
WAIT = 0.2
"""Seconds after which a read returns without anything."""
ACKNOWLEDGED_AT_ONCE = 1_000
"""Redis does nothing else meanwhile."""


class OutOfStep(Exception):
    """Entries went to a process that did not know yet that it had lost the partition."""


class StreamSource:
    """The reader of one stream for one group."""

    def __init__(
        self,
        redis: Redis,
        stream: str,
        group: str,
        *,
        from_start: bool = False,
        alone: bool = True,
        may_read: Callable[[], bool] = lambda: True,
    ) -> None:
        """`from_start`: where a new group begins; else with what comes from now on.

        `alone`: no other stream shares the numbers of the entries, so that holes can be seen.
        `may_read` is asked before every read, since what we are given others are not.
        """
        self._redis = redis
        self._stream = stream
        self._group = group
        self._from_start = from_start
        self._alone = alone
        self._may_read = may_read
        self._cursor = b"0"
        """The last pending entry seen; `>` when there are no more: then new ones."""
        self._last = (0, 0)
        self._unacknowledged = 0
        self._caught_up = time.monotonic()
        self.reason = ""
        self.missed = 0
        """Ticks that are known to have been in the stream, or should have been."""
        self.dropped = 0

    async def open(self, again: bool) -> bool:
        """Make the group unless it is there; True: ticks before the first may be missing.

        `again`: there were ticks before; then a new group means that Redis has lost the old one.
        Else the group's first entries are yet to be dealt with, also if another process made it.

        Raises:
            RedisError: Redis is not to be had, or refuses.
        """
        self._cursor = b"0"
        self._unacknowledged = 0
        self._caught_up = time.monotonic()
        is_new = await self._make_group()
        delivered = await self._delivered()
        self._last = id_parts(delivered)
        cut = is_new if again else await self._begins_in_the_middle(delivered)
        return cut or await self._is_trimmed_beyond(delivered)

    def close(self) -> None:
        """Do nothing: nothing is kept open between two reads."""

    async def read(self) -> Batch:
        """Return the next entries: first those that were given out before, then new ones.

        Raises:
            RedisError: Redis is not to be had, or refuses; what it gave us stays ours to read.
        """
        began = time.monotonic()
        if not self._may_read():
            await asyncio.sleep(WAIT)
            return Batch()
        found = await self._given()
        now = time.monotonic()
        if not found:
            if self._cursor != b">":
                self._cursor = b">"
                return Batch()
            self._caught_up = now
            return Batch(waited=min(now - began, 2 * WAIT))
        lag = now - self._caught_up
        if len(found) < AT_ONCE and self._cursor == b">":
            self._caught_up = now
            lag = 0.0
        holes = self._holes(found)
        self._unacknowledged += len(found)
        if holes:
            await self.verify()
        return self._batch(found, holes, lag)

    async def acknowledge(self, entries: Sequence[bytes]) -> None:
        """Let go of entries. Raises RedisError."""
        for first in range(0, len(entries), ACKNOWLEDGED_AT_ONCE):
            part = entries[first : first + ACKNOWLEDGED_AT_ONCE]
            await self._redis.xack(self._stream, self._group, *part)
            self._unacknowledged -= len(part)

    async def verify(self) -> None:
        """Make sure that all that was given out came to us.

        Raises:
            OutOfStep: it did not.
            RedisError: Redis is not to be had, or refuses.
        """
        if self._cursor == b">":
            pending = await self._redis.xpending(self._stream, self._group)
            if pending["pending"] > self._unacknowledged:
                raise OutOfStep

    async def unread(self) -> int | None:
        """Return how many ticks lie ready. Raises RedisError."""
        about = await self._about()
        lag = about.get("lag")
        return lag if isinstance(lag, int) else None

    async def _given(self) -> list[Any]:
        """Return `[id, [field, value]]` of the next entries; no value: it was trimmed since."""
        words = ("GROUP", self._group, CONSUMER, "COUNT", AT_ONCE, "BLOCK", int(WAIT * 1000))
        execute: Any = self._redis.execute_command
        reply = await execute("XREADGROUP", *words, "STREAMS", self._stream, self._cursor)
        return list(reply[0][1]) if reply else []

    def _batch(self, found: list[Any], holes: int, lag: float) -> Batch:
        entries: list[bytes] = []
        payloads: list[bytes] = []
        gone = 0
        for entry, fields in found:
            gone += fields is None
            entries.append(entry)
            payloads.append(fields[1] if fields else b"")
        if self._cursor != b">":
            self._cursor = entries[-1]
        if gone or holes:
            self.missed += gone + holes
            log.warning("%d ticks of %s are missing", gone + holes, self._stream)
        return Batch(payloads, entries, cut=bool(gone or holes), lag=lag)

    def _holes(self, found: list[Any]) -> int:
        """Return how many numbers of one run of the engine were skipped among new entries."""
        holes = 0
        if self._cursor != b">" or not self._alone:
            return holes
        for entry, _ in found:
            epoch, number = self._last
            self._last = at = id_parts(entry)
            if at > (epoch, number + 1) and at[0] == epoch:
                holes += at[1] - number - 1
        return holes

    # -- the group ----------------------------------------------------------------------------

    async def _make_group(self) -> bool:
        """Make the group; False: it is there."""
        start = "0" if self._from_start else "$"
        try:
            await self._redis.xgroup_create(self._stream, self._group, start, mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise
            return False
        began = "the oldest that is there" if self._from_start else "what comes from now on"
        log.info("new group %s of %s: begins with %s", self._group, clean(self._stream), began)
        return True

    async def _begins_in_the_middle(self, delivered: bytes) -> bool:
        """Return whether the stream had entries before the first that the group has not let go."""
        about = await self._redis.xinfo_stream(self._stream)
        if about["entries-added"] > about["length"]:
            return True
        pending = await self._redis.xpending(self._stream, self._group)
        first = about["first-entry"]
        if first is None:
            return False
        if pending["pending"]:
            return id_parts(first[0]) < id_parts(pending["min"])
        return id_parts(first[0]) <= id_parts(delivered)

    async def _delivered(self) -> bytes:
        return bytes((await self._about()).get("last-delivered-id", b"0-0"))

    async def _about(self) -> dict[str, Any]:
        groups: list[dict[str, Any]] = await self._redis.xinfo_groups(self._stream)
        name = self._group.encode()
        return next((about for about in groups if about["name"] == name), {})

    async def _is_trimmed_beyond(self, delivered: bytes) -> bool:
        """Return whether entries may have been trimmed that were never given out."""
        about = await self._redis.xinfo_stream(self._stream)
        last = id_parts(delivered)
        if last == (0, 0) or id_parts(about["last-generated-id"]) <= last:
            return False
        first = about["first-entry"]
        return first is None or id_parts(first[0]) > last


def id_parts(entry: bytes) -> tuple[int, int]:
    """Return both numbers of an entry's id, which tell what is newer."""
    epoch, _, number = entry.partition(b"-")
    return int(epoch), int(number or 0)
