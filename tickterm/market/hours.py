"""Trading hours of US equities: sessions by the NYSE's calendar, and when the next ones begin."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from enum import Enum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tickterm.market.calendar import DayKind, day_kind

__all__ = [
    "NEW_YORK",
    "POST_CLOSES",
    "PRE_OPENS",
    "Opening",
    "Session",
    "next_open",
    "session_at",
    "was_closed",
]

NEW_YORK = ZoneInfo("America/New_York")
"""The exchanges' own clock."""

PRE_OPENS = time(4, 0)
_REGULAR_OPENS = time(9, 30)
_REGULAR_CLOSES = time(16, 0)
POST_CLOSES = time(20, 0)
_EARLY_CLOSES = time(13, 0)
_EARLY_POST_CLOSES = time(17, 0)

SETTLED_AFTER = 1_200_000
"""Ms after a close for which ticks still come: of a plan that is 15 minutes late, and revisions."""


class Session(Enum):
    """A part of the trading day; each begins at its first instant and ends before its last."""

    PRE = "pre"
    """04:00 to 09:30 New York."""
    REGULAR = "regular"
    """09:30 to 16:00 New York; to 13:00 before some holidays."""
    POST = "post"
    """16:00 to 20:00 New York; 13:00 to 17:00 where the regular session ends early."""
    CLOSED = "closed"
    """Nights, weekends and holidays."""


class Opening(NamedTuple):
    """When sessions begin, ms UTC."""

    pre: int
    regular: int


def session_at(ms: int) -> Session:
    """Return the session at `ms` (ms UTC); raises ValueError or OverflowError beyond year 9999."""
    now = datetime.fromtimestamp(ms / 1000, NEW_YORK)
    clock = now.time()
    if not PRE_OPENS <= clock < POST_CLOSES:  # the calendar is not asked at night
        return Session.CLOSED
    kind = day_kind(now.date())
    early = kind is DayKind.EARLY
    if kind is DayKind.SHUT or clock >= (_EARLY_POST_CLOSES if early else POST_CLOSES):
        return Session.CLOSED
    if clock < _REGULAR_OPENS:
        return Session.PRE
    closes = _EARLY_CLOSES if early else _REGULAR_CLOSES
    return Session.REGULAR if clock < closes else Session.POST


def next_open(ms: int) -> Opening:
    """Return when the next pre-market and the next regular session begin, each after `ms` (ms UTC).

    Raises ValueError or OverflowError beyond year 9999.
    """
    return Opening(_next(ms, PRE_OPENS), _next(ms, _REGULAR_OPENS))


def was_closed(since: int, until: int) -> bool:
    """Say whether no tick of any session can have come from `since` to `until` (both ms UTC).

    Where the times make no sense nobody knows, and the answer is no.
    """
    settled = since - SETTLED_AFTER
    try:
        if since > until or session_at(settled) is not Session.CLOSED:
            return False
        return until < _next(settled, PRE_OPENS)
    except (ValueError, OverflowError, OSError):  # a clock that is beyond the calendar
        return False


def _next(ms: int, clock: time) -> int:
    day = datetime.fromtimestamp(ms / 1000, NEW_YORK).date()
    while day_kind(day) is DayKind.SHUT or _at(day, clock) <= ms:
        day += timedelta(days=1)
    return _at(day, clock)


def _at(day: date, clock: time) -> int:
    return int(datetime.combine(day, clock, NEW_YORK).timestamp()) * 1000
