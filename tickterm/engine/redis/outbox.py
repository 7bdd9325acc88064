"""Outbox: what waits for Redis, told in order and at most once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence

from tickterm.backends.redis_link import RedisLink, RedisLost
from tickterm.market.text import clean

__all__ = ["Outbox"]

MOST_WAITING = 1_000
"""Pieces of news that wait for Redis; beyond that the oldest are dropped."""
MOST_AT_ONCE = 100
MAX_AGE = 60.0
"""Seconds after which news is not worth telling any more."""


class Outbox:
    """News in order, each told once, or counted as unpublished.

    A piece of news is one or more packed commands that Redis answers with numbers. Times named
    `now` are monotonic seconds.
    """

    def __init__(self, commands: int = 1) -> None:
        """Take of how many commands each is."""
        self._commands = commands
        self._waiting: deque[tuple[float, bytes]] = deque()
        """When each was put, and its packed commands."""
        self.filled = asyncio.Event()
        """Set while something waits, or is sent and not answered yet."""
        self.refusal = ""
        """Why Redis did not take what was sent last; empty if it did."""
        self.unpublished = 0
        """News that was dropped, refused, or sent without an answer."""

    def put(self, news: Iterable[bytes], now: float) -> None:
        """Take news; never waits."""
        self._waiting += [(now, each) for each in news]
        while len(self._waiting) > MOST_WAITING:
            self._drop()
        self._note()

    def expire(self, now: float) -> None:
        """Drop what is too old to be told."""
        while self._waiting and self._waiting[0][0] < now - MAX_AGE:
            self._drop()
        self._note()

    async def send(self, link: RedisLink) -> None:
        """Tell what waits.

        Raises:
            RedisLost: the connection died; what was surely not sent waits for the next.
        """
        while self._waiting:
            count = min(MOST_AT_ONCE, len(self._waiting))
            taken = [self._waiting.popleft() for _ in range(count)]
            try:
                await link.exchange([news for _, news in taken], count * self._commands)
            except RedisLost as loss:
                if not loss.sent:
                    self._waiting.extendleft(reversed(taken))
                    taken = []
                raise
            finally:
                self._settle(len(taken), link.answered)

    def _settle(self, count: int, answers: Sequence[object]) -> None:
        """Count those of `count` that did not get all their answers."""
        taken = [type(answer) is int for answer in answers]
        whole = [taken[at : at + self._commands] for at in range(0, len(taken), self._commands)]
        self.unpublished += count - sum(len(of) == self._commands and all(of) for of in whole)
        if answers:
            refused = (clean(each, 120) for each in answers if type(each) is not int)
            self.refusal = next(refused, "")
        self._note()

    def _drop(self) -> None:
        self._waiting.popleft()
        self.unpublished += 1

    def _note(self) -> None:
        if self._waiting:
            self.filled.set()
        else:
            self.filled.clear()
