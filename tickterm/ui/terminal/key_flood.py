"""A flood of keys, as of a file that is pasted into a terminal without bracketed paste.

A key takes about a millisecond, and whatever comes waits: a megabyte of keys would keep the screen
still for minutes while it looks alive. What is too much is left out before anything waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.events import Key

if TYPE_CHECKING:
    from textual.driver import Driver
    from textual.message import Message

__all__ = ["KeyAllowance", "with_allowance"]

AT_ONCE = 2_000
"""Keys: a list of symbols that is pasted has fewer."""
A_SECOND = 200
"""Several times as many as a key that is held down repeats."""


class KeyAllowance:
    """Lets so many keys through at once, and so many a second; the driver's thread asks it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Take seconds."""
        self._clock = clock
        self._left = float(AT_ONCE)
        self._at = clock()
        self._lost = self._seen = self._told = 0
        """Keys that were left out: all of them, at the last look, in the last news."""

    def takes(self) -> bool:
        """Say whether one more key may come; if not, it is counted."""
        now = self._clock()
        self._left = min(AT_ONCE, self._left + (now - self._at) * A_SECOND)
        self._at = now
        if self._left < 1:
            self._lost += 1
            return False
        self._left -= 1
        return True

    def news(self) -> int:
        """Return how many keys a flood has lost, at the first look after its end; else none."""
        lost, is_over = self._lost, self._lost == self._seen
        self._seen = lost
        if not is_over:
            return 0
        news, self._told = lost - self._told, lost
        return news


def with_allowance(driver: type[Driver], allowance: KeyAllowance) -> type[Driver]:
    """Return the driver with keys let through as far as they are allowed."""

    def send_message(self: Driver, message: Message) -> None:
        if not isinstance(message, Key) or allowance.takes():
            driver.send_message(self, message)

    return type(driver.__name__, (driver,), {"send_message": send_message})
