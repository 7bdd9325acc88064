"""Leases: which process of a group works on which partitions.

A lease is a key in Redis that dies ten seconds after its holder has last renewed it. Members of
the group show that they live in a sorted set, by the clock of Redis, and each takes its fair share
of partitions; what does not divide stays with those at work, so that nobody who comes, or wakes up,
takes a partition away without need. A lease says who shall work; that nobody else can publish is
the ledger's business.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence

from redis.asyncio import Redis

__all__ = ["KEYS", "LIFETIME", "RENEW_EVERY", "Leases", "count_living", "fair_share", "members_key"]

log = logging.getLogger("tickterm.analytics")

KEYS = "tickterm:analytics"
"""What all keys in Redis begin with; the group's name follows."""
LIFETIME = 10.0
"""Seconds that a lease outlives its last renewal."""
RENEW_EVERY = 3.0


def fair_share(held: Mapping[str, int], member: str, partitions: int) -> int:
    """Return how many partitions one member shall hold: as equal as can be.

    `held` is what each living member holds now: who holds more keeps what does not divide.
    """
    each, more = divmod(partitions, len(held))
    ranked = sorted(held, key=lambda name: (-held[name], name))
    return each + (ranked.index(member) < more)


def members_key(prefix: str) -> str:
    """Return the key of the members of the group whose keys all begin with `prefix`."""
    return f"{prefix}:members"


async def count_living(redis: Redis, members: str) -> int:
    """Return how many of the members under this key live, or did ten seconds ago.

    Those that were killed stay under it as long as nobody else renews there. Raises RedisError.
    """
    living: int = await redis.zcount(members, f"({await _time(redis) - LIFETIME}", "+inf")
    return living


class Leases:
    """The leases of one group, as one of its members sees them."""

    def __init__(self, redis: Redis, prefix: str, partitions: Sequence[str], member: str) -> None:
        """Take what all keys of the group begin with, and the names of its partitions."""
        self._redis = redis
        self._members_key = members_key(prefix)
        self._keys = {name: f"{prefix}:{name}:lease" for name in partitions}
        self._member = member
        self._renewed = -LIFETIME
        self.held: set[str] = set()
        """Partitions that are ours."""
        self.members = 1
        """Processes of the group that live, or did ten seconds ago."""
        self.others_work = False
        """Whether all leases that are not ours are of processes that have been seen to live."""
        self._first_signs: dict[str, float] = {}

    @property
    def fresh(self) -> bool:
        """Whether our leases cannot have run out yet."""
        return time.monotonic() - self._renewed < LIFETIME - RENEW_EVERY

    async def renew(self) -> int:
        """Show that we live, renew what is ours; return how many partitions shall be.

        Raises:
            RedisError: Redis is not to be had.
        """
        began = time.monotonic()
        for name in sorted(self.held):
            if not await self._renewed_one(name):
                self.held.discard(name)
        self._renewed = began
        members, holders = await self._show()
        self.members = len(members)
        self._note_others(members, holders)
        held = {name: holders.count(name) for name in members}
        return fair_share(held, self._member, len(self._keys))

    async def take(self, wanted: int) -> None:
        """Take free partitions until `wanted` are ours. Raises RedisError."""
        for name, key in self._keys.items():
            if len(self.held) >= wanted:
                return
            if name not in self.held and await self._redis.set(
                key, self._member, nx=True, px=int(LIFETIME * 1000)
            ):
                self.held.add(name)

    async def holds(self, name: str) -> bool:
        """Say whether a partition is ours now. Raises RedisError."""
        return name in self.held and await self._holder(name) == self._member.encode()

    async def release(self, name: str) -> None:
        """Give a partition up. Raises RedisError."""
        self.held.discard(name)
        if await self._holder(name) == self._member.encode():
            await self._redis.delete(self._keys[name])

    async def leave(self) -> int:
        """Give up everything and be no member any more; return how many are. Raises RedisError."""
        for name in sorted(self.held):
            await self.release(name)
        await self._redis.zrem(self._members_key, self._member)
        return await count_living(self._redis, self._members_key)

    async def _renewed_one(self, name: str) -> bool:
        """Renew a lease, also one that Redis has lost; say whether it is ours."""
        key, lifetime = self._keys[name], int(LIFETIME * 1000)
        if await self._redis.set(key, self._member, nx=True, px=lifetime):
            return True
        if await self._holder(name) != self._member.encode():
            return False
        return bool(await self._redis.pexpire(key, lifetime))

    async def _holder(self, name: str) -> bytes | str | None:
        return await self._redis.get(self._keys[name])

    async def _show(self) -> tuple[dict[str, float], list[str]]:
        """Note our sign of life; return the last of each living member, and who holds leases."""
        now = await _time(self._redis)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.zadd(self._members_key, {self._member: now})
            pipe.zremrangebyscore(self._members_key, "-inf", now - LIFETIME)
            pipe.expire(self._members_key, int(LIFETIME * 10))
            pipe.zrange(self._members_key, 0, -1, withscores=True)
            for key in self._keys.values():
                pipe.get(key)
            _, _, _, members, *holders = await pipe.execute()
        signs = {_text(member): score for member, score in members}
        return signs, [_text(holder) for holder in holders if holder is not None]

    def _note_others(self, signs: Mapping[str, float], holders: Sequence[str]) -> None:
        """Tell who lives from who was killed a moment ago: only the living renew their sign."""
        first = self._first_signs
        self._first_signs = {name: first.get(name, sign) for name, sign in signs.items()}
        others = [holder for holder in holders if holder != self._member]
        self.others_work = bool(others) and all(
            signs.get(name, 0.0) > self._first_signs.get(name, 0.0) for name in others
        )


async def _time(redis: Redis) -> float:
    """Return the time of Redis, seconds, which all members have in common."""
    seconds, micros = await redis.time()
    return float(seconds + micros / 1e6)


def _text(value: bytes) -> str:
    return value.decode(errors="replace")
