"""Whether the engine and analytics have the same number of streams, for `tickterm check`."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from tickterm.analytics.leases import KEYS, count_living, members_key
from tickterm.analytics.other_streams import LOOK_EVERY, OtherStreams
from tickterm.analytics.redis_client import connect
from tickterm.market.text import clean
from tickterm.market.tick_stream import stream_names

__all__ = ["try_partitions"]

A_MOMENT = 1.0
"""Seconds in which a stream that is written to grows while the market is open."""


async def try_partitions(redis_url: str, stream: str, partitions: int) -> str:
    """Return which ticks nobody reads for want of partitions, and what to do; nothing: all fine.

    What Redis does not say, or not to this user, is fine: others tell of that.

    Raises:
        SettingsError: the URL is no Redis URL.
    """
    redis = connect(redis_url)
    try:
        written_to = await _written_beside(redis, stream, partitions)
        return written_to or await _read_in_part(redis, stream_names(stream, partitions))
    except RedisError:
        return ""
    finally:
        await redis.aclose()


async def _written_beside(redis: Redis, stream: str, partitions: int) -> str:
    """Say whether an engine writes to more streams than are set here."""
    others = OtherStreams(redis, stream, partitions)
    await others.look(0.0)
    if others.are_there:
        await asyncio.sleep(A_MOMENT)
        await others.look(LOOK_EVERY)
    return others.reason


async def _read_in_part(redis: Redis, names: Sequence[str]) -> str:
    """Say whether an analytics that is at work reads fewer streams than are set here."""
    for group, read in (await _groups(redis, names)).items():
        members = members_key(f"{KEYS}:{group}")
        if len(read) < len(names) and await count_living(redis, members):
            return (
                f"analytics, group {clean(group, 64)}, reads {len(read)} of {len(names)} "
                "partitions: TICKTERM_STREAM_PARTITIONS must be the same there"
            )
    return ""


async def _groups(redis: Redis, names: Sequence[str]) -> dict[str, list[str]]:
    """Return which of the streams each group reads."""
    async with redis.pipeline(transaction=False) as pipe:
        for name in names:
            pipe.xinfo_groups(name)
        replies: list[Any] = await pipe.execute(raise_on_error=False)
    groups: dict[str, list[str]] = defaultdict(list)
    for name, reply in zip(names, replies, strict=True):
        for about in reply if isinstance(reply, list) else ():
            groups[about["name"].decode(errors="replace")].append(name)
    return groups
