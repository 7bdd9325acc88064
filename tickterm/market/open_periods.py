"""OpenPeriods: the ticks of bars that are still open, by period, symbol and second."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from itertools import chain
from typing import TypeAlias

from tickterm.market.event_clock import LEAP_NOTES
from tickterm.market.ticks import TickData

__all__ = ["FAR", "MOST_FAR", "MOST_OPEN", "WAITS", "OpenPeriods", "Period"]

MOST_OPEN = 1_000
"""Periods of one timeframe that may be open at once. A backlog that is taken in one piece opens
many; more than this are wrong times, and the furthest of them makes room."""
FAR = 300_000
"""Ms ahead of the ticks' own time from which seconds are counted: a recording at full speed is
ahead of a time that waits for several ticks to agree."""
MOST_FAR = LEAP_NOTES * 20_000
"""Seconds of all symbols that are kept so far ahead: those of 20,000 symbols until enough notes
agree that time has leapt. More than these are wrong times."""
WAITS = 3_600_000
"""Ms of the ticks' own time after which what is still so far ahead was a wrong time, ..."""
WAITS_PERIODS = 10
"""... if so many periods of the present have begun meanwhile: time has not leapt towards it."""

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
        self._begun = 0
        """Periods that were near from their first tick on."""
        self._waits_from: dict[int, tuple[int, int]] = {}
        """How many those were, and `_far_from`, at the newest tick of each that is far."""
        self.stray = 0
        """Seconds not kept, or kept no longer."""

    def __contains__(self, start: int) -> bool:
        return start in self.near or start in self._far

    def begin(self, start: int, symbol: str, second: int) -> Period | None:
        """Return the period for a second of a symbol, if it is not near already; None: stray."""
        is_far = self._far_from is not None and start > self._far_from
        period = self._far.get(start)
        is_kept = period is not None or self._has_room(start)
        if not is_kept or (is_far and not self._count_far(period, symbol, second)):
            self.stray += 1
            return None
        if self._far_from is not None:
            self._note(start, self._far_from, is_far=is_far)
        if period is None:
            period = (self._far if is_far else self.near)[start] = defaultdict(dict)
        return period

    def approach(self, now: int) -> None:
        """Know the ticks' own time, ms UTC: what was far may be near, or wrong."""
        is_first, self._far_from = self._far_from is None, now + FAR
        if is_first:
            self._part(self._far_from)
        for start in [start for start in self._far if start <= self._far_from]:
            self.near[start] = self._pop_far(start)
        if self._waits_from:
            self._give_up(self._far_from)

    def pop(self, newest: int) -> list[tuple[int, Period]]:
        """Return and forget the near periods up to the one that starts at `newest`, in order."""
        due = sorted(start for start in self.near if start <= newest)
        return [(start, self.near.pop(start)) for start in due]

    def first(self) -> int | None:
        """Return the first start."""
        return min(chain(self.near, self._far), default=None)

    def at(self, start: int, symbol: str, second: int) -> TickData | None:
        """Return the newest version of a second, if it is kept."""
        period = self.near.get(start) or self._far.get(start)
        return period[symbol].get(second) if period and symbol in period else None

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
        is_far = furthest in self._far
        period = self._pop_far(furthest) if is_far else self.near.pop(furthest)
        self.stray += _seconds_in(period)
        return True

    def _note(self, start: int, far_from: int, *, is_far: bool) -> None:
        if is_far:
            self._waits_from[start] = (self._begun, far_from)
        else:
            self._begun += 1

    def _part(self, far_from: int) -> None:
        """Tell apart what is near and far of what came before any time was known."""
        for start in [start for start in self.near if start > far_from]:
            period = self._far[start] = self.near.pop(start)
            self._far_seconds += _seconds_in(period)
            self._note(start, far_from, is_far=True)

    def _give_up(self, far_from: int) -> None:
        """Keep no longer what the present has gone on without."""
        for start, (begun, then) in list(self._waits_from.items()):
            if far_from - then >= WAITS and self._begun - begun >= WAITS_PERIODS:
                self.stray += _seconds_in(self._pop_far(start))

    def _pop_far(self, start: int) -> Period:
        period = self._far.pop(start)
        self._far_seconds -= _seconds_in(period)
        del self._waits_from[start]
        return period

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
