"""WishQueue: what a screen wants of its engine's symbols and groups, no faster than it may ask."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from tickterm.market.contract import AlertWish, Wish, encode

__all__ = ["WishQueue"]

BURST = 6
MESSAGES_PER_SECOND = 2.0
"""Engines cut off who sends ten a second; a screen asks for charts besides."""
BYTES_AT_ONCE = 16 * 2**10
BYTES_PER_SECOND = 4 * 2**10
"""Half of what an engine takes."""
MOST_WAITING = 200


class WishQueue:
    """Says wishes in their order. Lives on the loop of its connection."""

    def __init__(self, say: Callable[[Wish | AlertWish], None]) -> None:
        """Take what sends one message."""
        self._say = say
        self._waiting: deque[Wish | AlertWish] = deque()
        self._messages, self._bytes = float(BURST), float(BYTES_AT_ONCE)
        self._counted_at = 0.0
        self._due: asyncio.TimerHandle | None = None

    def add(self, *wishes: Wish | AlertWish) -> bool:
        """Say these as soon as may be; False: too many wait already, and none of these is said."""
        if len(self._waiting) + len(wishes) > MOST_WAITING:
            return False
        self._waiting.extend(wishes)
        if self._due is None:
            self._go_on()
        return True

    def clear(self) -> int:
        """Forget what was not said, and return how many wishes that were."""
        forgotten = len(self._waiting)
        self._waiting.clear()
        if self._due is not None:
            self._due.cancel()
            self._due = None
        return forgotten

    def _go_on(self) -> None:
        self._due = None
        loop = asyncio.get_running_loop()
        self._count(loop.time())
        while self._waiting and self._messages >= 1 and self._bytes > 0:
            wish = self._waiting.popleft()
            self._messages -= 1
            self._bytes -= len(encode(wish))
            self._say(wish)
        if self._waiting:
            wait = max((1 - self._messages) / MESSAGES_PER_SECOND, -self._bytes / BYTES_PER_SECOND)
            self._due = loop.call_later(max(wait, 0.01), self._go_on)

    def _count(self, now: float) -> None:
        passed, self._counted_at = now - self._counted_at, now
        self._messages = min(BURST, self._messages + passed * MESSAGES_PER_SECOND)
        self._bytes = min(BYTES_AT_ONCE, self._bytes + passed * BYTES_PER_SECOND)
