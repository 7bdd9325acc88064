"""Neighbours: other groups that work on the same Redis, by which every event is published twice."""

from __future__ import annotations

import logging

from redis.asyncio import Redis
from redis.exceptions import RedisError

from tickterm.analytics.leases import count_living
from tickterm.analytics.redis_words import in_words
from tickterm.market.text import clean

__all__ = ["Neighbours"]

log = logging.getLogger("tickterm.analytics")

AT_ONCE = 1_000
"""Keys of one look: Redis does nothing else meanwhile."""


class Neighbours:
    """Looks through the keys a piece at a time, again and again, for groups whose members live."""

    def __init__(self, redis: Redis, keys: str, group: str) -> None:
        """Take what the keys of all groups begin with, and our own group."""
        self._redis = redis
        self._begin, self._end = f"{keys}:", ":members"
        self._group = group
        self._cursor = 0
        self._found: set[str] = set()
        self._told: set[str] = set()
        self._reason = ""

    async def look(self) -> None:
        """Look at the next piece; tell what has changed when all were seen."""
        try:
            await self._look()
            self._reason = ""
        except RedisError as error:  # it may not look: that hinders nothing else
            reason = in_words(error)
            if reason != self._reason:
                log.info("other groups cannot be seen: %s", reason)
            self._reason = reason

    async def _look(self) -> None:
        pattern = f"{self._begin}*{self._end}"
        self._cursor, keys = await self._redis.scan(self._cursor, match=pattern, count=AT_ONCE)
        names = [key.decode(errors="replace") for key in keys if isinstance(key, bytes)]
        for name in names:
            group = name.removeprefix(self._begin).removesuffix(self._end)
            if ":" not in group and group != self._group and await count_living(self._redis, name):
                self._found.add(clean(group, 64))
        if self._cursor == 0:
            self._tell(self._found)
            self._found = set()

    def _tell(self, found: set[str]) -> None:
        if found and found != self._told:
            log.warning(
                "group %s works on this Redis too: consumers get every event twice",
                ", ".join(sorted(found)[:5]),
            )
        elif self._told and not found:
            log.info("no other group works on this Redis any more")
        self._told = found
