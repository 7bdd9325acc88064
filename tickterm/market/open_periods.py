"""OpenPeriods: the ticks of bars that are still open, by period, symbol and second."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from itertools import chain
from typing import TypeAlias

from tickterm.market.ticks import TickData

__all__ = ["FAR", "MOST_FAR", "MOST_OPEN", "OpenPeriods", "Period"]

MOST_OPEN = 1_000
"""Periods of one timeframe that may be open at once. A backlog that is taken in one piece opens
many; more than this are wrong times, and the furthest of them makes room."""
FAR = 300_000
"""Ms ahead of the ticks' own time from which seconds are counted: a recording at full speed is
ahead of a time that waits for several ticks to agree."""
MOST_FAR = 100_000
"""Seconds of all symbols that are kept so far ahead; more than these are wrong times."""

Period: TypeAlias = defaultdict[str, dict[int, TickData]]
"""The newest version of each second, by symbol."""


class OpenPeriods:
    """Periods by their start, ms UTC: those near, in a plain dictionary for speed, and those far.

    What is told as stray is of a time so far from all others' that it is not kept.
    """

    def __init__(self) -> None:
        self.near: dict[int, Period] = {}
        """To look into; only `begin` and `pop` change it."""
        self._far: dict[int, Period] = {}
        self._far_from: int | None = None
        """The last start that is near; None: all are, as long as no time is known."""
        self._far_seconds = 0
        self.stray = 0
        """Seconds not kept, or kept no longer."""

    def begin(self, start: int, symbol: str, second: int) -> Period | None:
        """Return the period for a second of a symbol, if it is not near already; None: stray."""
        is_far = self._far_from is not None and start > self._far_from
        period = self._far.get(start)
        is_kept = period is not None or self._has_room(start)
        if not is_kept or (is_far and not self._count_far(period, symbol, second)):
            self.stray += 1
            return None
        if period is None:
            period = (self._far if is_far else self.near)[start] = defaultdict(dict)
        return period

    def approach(self, now: int) -> None:
        """Know the ticks' own time, ms UTC: what was far may be near."""
        self._far_from = now + FAR
        for start in [start for start in self._far if start <= self._far_from]:
            period = self.near[start] = self._far.pop(start)
            self._far_seconds -= _seconds_in(period)

    def pop(self, newest: int) -> list[tuple[int, Period]]:
        """Return and forget the near periods up to the one that starts at `newest`, in order."""
        due = sorted(start for start in self.near if start <= newest)
        return [(start, self.near.pop(start)) for start in due]

    def first(self) -> int | None:
        """Return the first start."""
        return min(chain(self.near, self._far), default=None)

    def of(self, symbol: str) -> list[tuple[int, dict[int, TickData]]]:
        """Return the seconds of a symbol in each period that has any, in order."""
        periods = sorted(chain(self.near.items(), self._far.items()))
        return [(start, period[symbol]) for start, period in periods if symbol in period]

    def _has_room(self, start: int) -> bool:
        """Say whether one more period may be open; the furthest of too many makes room."""
        if len(self.near) + len(self._far) < MOST_OPEN:
            return True
        furthest = max(chain(self.near, self._far))
        if start > furthest:
            return False
        if furthest in self._far:
            strays = _seconds_in(self._far.pop(furthest))
            self._far_seconds -= strays
        else:
            strays = _seconds_in(self.near.pop(furthest))
        self.stray += strays
        return True

    def _count_far(self, period: Period | None, symbol: str, second: int) -> bool:
        """Count a second unless it is known; say whether there is room for it."""
        if period is not None and second in period.get(symbol, ()):
            return True
        if self._far_seconds >= MOST_FAR:
            return False
        self._far_seconds += 1
        return True


def _seconds_in(period: Mapping[str, dict[int, TickData]]) -> int:
    return sum(map(len, period.values()))
