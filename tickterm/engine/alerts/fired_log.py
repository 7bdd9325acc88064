"""FiredLog: tells the log what has fired, in few lines however many alerts do at once."""

from __future__ import annotations

import logging
from collections.abc import Sequence

__all__ = ["FiredLog"]

log = logging.getLogger("tickterm.alerts")

EACH = 3
"""So many at one moment have a line each; of more the first has one, and the others are counted."""
LINES = 10
"""A second, at most."""


class FiredLog:
    """Every alert is told or counted. Times named `now` are monotonic seconds."""

    def __init__(self) -> None:
        self._second = -1
        self._lines = 0
        """Of this second."""
        self._untold = 0

    def tell(self, texts: Sequence[str], now: float) -> None:
        """Tell what has fired at one moment."""
        self.catch_up(now)
        if len(texts) > EACH:
            others = f"and {len(texts) - 1:,} others: see the list of alerts"
            self._write(f"{texts[0]}; {others}", len(texts))
            return
        for text in texts:
            self._write(text, 1)

    def catch_up(self, now: float) -> None:
        """Say how many there was no line for, once the second is over."""
        if int(now) == self._second:
            return
        self._second, self._lines = int(now), 0
        self.close()

    def close(self) -> None:
        """Say it now."""
        if self._untold:
            log.warning("alerts: %d more fired: see the list of alerts", self._untold)
        self._untold = 0

    def _write(self, text: str, alerts: int) -> None:
        self._lines += 1
        if self._lines <= LINES:
            log.warning("alert: %s", text)
        else:
            self._untold += alerts
