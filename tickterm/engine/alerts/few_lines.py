"""FewLines: lines of the log about what may happen hundreds of times at once."""

from __future__ import annotations

import logging

__all__ = ["LINES", "FewLines"]

log = logging.getLogger("tickterm.alerts")

LINES = 10
"""A second, at most."""


class FewLines:
    """Everything is told or counted. Times named `now` are monotonic seconds."""

    def __init__(self, level: int, more: str) -> None:
        """Take the level, and the line that tells how many there was no line for, with `%d`."""
        self._level = level
        self._more = more
        self._second = -1
        self._lines = 0
        """Of this second."""
        self._untold = 0

    def tell(self, text: str, now: float, count: int = 1) -> None:
        """Tell in a line what has happened so many times, or count it."""
        self.catch_up(now)
        self._lines += 1
        if self._lines <= LINES:
            log.log(self._level, "%s", text)
        else:
            self._untold += count

    def catch_up(self, now: float) -> None:
        """Say how many there was no line for, once the second is over."""
        if int(now) == self._second:
            return
        self._second, self._lines = int(now), 0
        self.close()

    def close(self) -> None:
        """Say it now."""
        if self._untold:
            log.log(self._level, self._more, self._untold)
        self._untold = 0
