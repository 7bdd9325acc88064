"""Timeframes of bars, and the period that an instant lies in."""

from __future__ import annotations

import enum
from datetime import datetime, timedelta
from functools import lru_cache

from tickterm.market.hours import NEW_YORK, POST_CLOSES, PRE_OPENS

__all__ = ["Timeframe"]

_DAY = "1d"


class Timeframe(enum.StrEnum):
    """How much time a bar covers; the value is its name in events, settings and tables.

    All but the day are aligned to the epoch. The day is the session's, 04:00 to 20:00 New York.
    """

    S1 = "1s"
    S5 = "5s"
    S15 = "15s"
    M1 = "1min"
    M5 = "5min"
    M15 = "15min"
    H1 = "1h"
    D1 = _DAY

    @classmethod
    def parse(cls, text: str) -> Timeframe:
        """Return the timeframe called `text`, minutes also as `1m`; raises ValueError."""
        name = text.strip().lower()
        return cls(f"{name}in" if name.endswith("m") else name)

    @property
    def ms(self) -> int:
        """The length in ms; of a day that of its session."""
        return _LENGTHS[self]

    @property
    def from_ticks(self) -> bool:
        """Whether bars are made of ticks; longer ones are made of those of a minute."""
        return self.ms <= _LENGTHS[Timeframe.M1]

    def period(self, ms: int) -> tuple[int, int] | None:
        """Return start and end, `[start, end)` in ms UTC, of the period around `ms`.

        None: a day's session was not open then.
        """
        if self is Timeframe.D1:
            opens, closes = _session(ms // _LENGTHS[Timeframe.M15])
            return (opens, closes) if opens <= ms < closes else None
        start = ms - ms % _LENGTHS[self]
        return start, start + _LENGTHS[self]

    def end(self, start: int) -> int:
        """Return the end of the period that begins at `start`, in ms UTC."""
        return start + _LENGTHS[self]


_LENGTHS = {
    Timeframe.S1: 1_000,
    Timeframe.S5: 5_000,
    Timeframe.S15: 15_000,
    Timeframe.M1: 60_000,
    Timeframe.M5: 300_000,
    Timeframe.M15: 900_000,
    Timeframe.H1: 3_600_000,
    Timeframe.D1: 57_600_000,
}


@lru_cache(maxsize=256)
def _session(quarter: int) -> tuple[int, int]:
    """Return start and end of the session on the New York day of a quarter of an hour UTC.

    Days are no multiples of a session and begin at another UTC time in summer, but never within a
    quarter of an hour.
    """
    then = datetime.fromtimestamp(quarter * 900, NEW_YORK)
    opens = then.replace(
        hour=PRE_OPENS.hour, minute=PRE_OPENS.minute, second=0, microsecond=0, fold=0
    )
    closes = opens + timedelta(hours=POST_CLOSES.hour - PRE_OPENS.hour)
    return int(opens.timestamp()) * 1000, int(closes.timestamp()) * 1000
