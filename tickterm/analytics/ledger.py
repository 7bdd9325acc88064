"""Ledger: what of a partition has been published, so that nothing is published twice.

It is one hash in Redis. The events of some bars and the note that they were published are one
transaction: both happened or neither. The hash also names the process that writes it: another that
has not yet noticed that it lost the partition, because it slept or was cut off, cannot publish.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.exceptions import RedisError

from tickterm.analytics.messages import Message
from tickterm.analytics.redis_words import in_words
from tickterm.market.bars import Bar
from tickterm.market.symbols import is_symbol
from tickterm.market.timeframe import Timeframe

__all__ = ["Ledger", "Marker", "NotOurs", "Position", "position_of"]

log = logging.getLogger("tickterm.analytics")

Fill = Callable[[Pipeline], object]
"""Puts commands into a transaction."""

OWNER = "owner"
SETTLED = "settled"
FIRST_RETRY = 0.1
LONGEST_RETRY = 2.0


class NotOurs(Exception):
    """Another process has taken the partition."""


class _ForgottenError(Exception):
    """Redis does not know any owner: it has lost its data."""


class Position(NamedTuple):
    """How far a timeframe has come: bars are published in the order of their ends and symbols."""

    end: int
    symbol: str


def position_of(bar: Bar) -> Position:
    """Return the position of a bar among those of its timeframe."""
    return Position(bar.end, bar.symbol)


@dataclass(slots=True)
class Marker:
    """What the ledger says."""

    settled: int = -1
    """All bars of minutes before this instant, ms UTC, are published and in the database."""
    published: dict[Timeframe, Position] = field(default_factory=dict)
    """The last bar of each timeframe whose events were published."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever done."""
        return self.settled < 0 and not self.published

    def has(self, bar: Bar) -> bool:
        """Say whether the events of a bar are published."""
        position = self.published.get(bar.timeframe)
        return position is not None and position_of(bar) <= position


class Ledger:
    """The ledger of one partition, as one process sees it."""

    def __init__(self, redis: Redis, key: str, owner: str) -> None:
        self._redis = redis
        self._key = key
        self._symbols_key = f"{key}:symbols"
        self._owner = owner.encode()
        self._marker = Marker()
        self.reason = ""
        """Why events wait; empty while they do not."""

    @property
    def marker(self) -> Marker:
        """What it says, as far as we know."""
        return self._marker

    async def claim(self) -> Marker:
        """Make the partition ours and return what was done of it.

        What we know ourselves counts where Redis has lost everything.

        Raises:
            RedisError: Redis is not to be had.
        """
        await self._redis.hset(self._key, OWNER, self._owner)
        found = await self._read()
        self._marker = self._marker if found.is_empty else found
        return self._marker

    async def check(self) -> None:
        """Make sure that the partition is still ours; waits for Redis as long as it takes.

        Raises:
            NotOurs: it is not.
        """

        async def ask() -> None:
            self._compare(await self._redis.hget(self._key, OWNER))

        await self._wait_out(ask)

    async def publish(self, messages: Sequence[Message], bars: Iterable[Bar]) -> None:
        """Publish what was found on `bars` and note it; waits for Redis as long as it takes.

        Raises:
            NotOurs: the partition is another's; nothing was published.
        """
        published = {bar.timeframe: position_of(bar) for bar in bars}
        fields = _fields(published)

        def fill(pipe: Pipeline) -> None:
            for channel, payload in messages:
                pipe.execute_command("PUBLISH", channel, payload)
            pipe.hset(self._key, mapping=fields)

        async def try_to() -> None:
            if not (self.reason and await self._says(published)):  # a reply may have been lost
                await self._fenced(fill)

        await self._wait_out(try_to)
        self._marker.published |= published

    async def settle(self, until: int) -> None:
        """Note that all before `until`, ms UTC, is published and in the database; waits as well.

        Raises:
            NotOurs: the partition is another's.
        """
        if until > self._marker.settled:
            note = partial(self._fenced, lambda pipe: pipe.hset(self._key, SETTLED, str(until)))
            await self._wait_out(note)
            self._marker.settled = until

    async def remember(self, symbols: Sequence[str]) -> None:
        """Note symbols that were traded; waits as well."""
        await self._wait_out(partial(self._redis.sadd, self._symbols_key, *symbols))

    async def symbols(self) -> list[str]:
        """Return the symbols that were traded. Raises RedisError."""
        found: Any = await self._redis.smembers(self._symbols_key)
        names = [name.decode(errors="replace") for name in found]
        return sorted(name for name in names if is_symbol(name))

    async def reset(self) -> None:
        """Forget what was done: it was of another session, such as a recording played before.

        Raises:
            NotOurs: the partition is another's.
        """
        fields = [SETTLED, *(str(frame) for frame in Timeframe)]

        def fill(pipe: Pipeline) -> None:
            pipe.hdel(self._key, *fields)
            pipe.delete(self._symbols_key)

        await self._wait_out(partial(self._fenced, fill))
        self._marker = Marker()

    async def _wait_out(self, attempt: Callable[[], Awaitable[object]]) -> None:
        """Do something until Redis lets it be done. A WatchError is one of many: the next attempt
        sees whose the partition is."""
        delay = FIRST_RETRY
        try:
            while True:
                try:
                    await attempt()
                    return
                except _ForgottenError:
                    await self._wait_out(self._restore)
                except RedisError as error:
                    self._complain(in_words(error))
                    await asyncio.sleep(delay)
                    delay = min(2 * delay, LONGEST_RETRY)
        finally:
            self.reason = ""

    def _complain(self, reason: str) -> None:
        if reason != self.reason:
            log.warning("events wait: %s", reason)
        self.reason = reason

    def _compare(self, owner: bytes | str | None) -> None:
        if owner is None:
            raise _ForgottenError
        if owner != self._owner:
            raise NotOurs

    async def _restore(self) -> None:
        """Note everything again in a Redis that came back empty, unless another was quicker."""
        if await self._redis.hsetnx(self._key, OWNER, self._owner):
            log.warning("redis has lost what was published: noting it again")
            known = _fields(self._marker.published) | {SETTLED: str(self._marker.settled)}
            await self._redis.hset(self._key, mapping=known)

    async def _fenced(self, fill: Fill) -> None:
        """Carry out commands as one, and only while the partition is ours."""
        async with self._redis.pipeline(transaction=True) as pipe:
            await pipe.watch(self._key)
            self._compare(await pipe.hget(self._key, OWNER))
            pipe.multi()  # type: ignore[no-untyped-call] # redis-py's
            fill(pipe)
            await pipe.execute()

    async def _says(self, published: Mapping[Timeframe, Position]) -> bool:
        found = (await self._read()).published
        return bool(published) and all(found.get(frame) == at for frame, at in published.items())

    async def _read(self) -> Marker:
        found: Any = await self._redis.hgetall(self._key)
        marker = Marker()
        for name, value in found.items():
            field_name, text = name.decode(errors="replace"), value.decode(errors="replace")
            if field_name == SETTLED and _is_number(text):
                marker.settled = int(text)
            elif field_name in set(Timeframe):
                end, _, symbol = text.partition(" ")
                if _is_number(end):
                    marker.published[Timeframe(field_name)] = Position(int(end), symbol)
        return marker


def _fields(published: Mapping[Timeframe, Position]) -> dict[Any, Any]:
    return {str(frame): f"{end} {symbol}" for frame, (end, symbol) in published.items()}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20
