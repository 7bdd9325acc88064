"""Trading hours of US equities."""

from __future__ import annotations

from datetime import datetime, time
from enum import Enum
from zoneinfo import ZoneInfo

__all__ = ["NEW_YORK", "POST_CLOSES", "PRE_OPENS", "Session", "session_at"]

NEW_YORK = ZoneInfo("America/New_York")
"""The exchanges' own clock."""

PRE_OPENS = time(4, 0)
_REGULAR_OPENS = time(9, 30)
_REGULAR_CLOSES = time(16, 0)
POST_CLOSES = time(20, 0)
_SATURDAY = 5


class Session(Enum):
    """A part of the trading day; each begins at its first instant and ends before its last."""

    PRE = "pre"
    """04:00 to 09:30 New York."""
    REGULAR = "regular"
    """09:30 to 16:00 New York."""
    POST = "post"
    """16:00 to 20:00 New York."""
    CLOSED = "closed"
    """Nights and weekends; exchange holidays are not known here and count as open days."""


def session_at(ms: int) -> Session:
    """Return the session at `ms` (ms UTC); raises ValueError or OverflowError beyond year 9999."""
    now = datetime.fromtimestamp(ms / 1000, NEW_YORK)
    clock = now.time()
    if now.weekday() >= _SATURDAY or not PRE_OPENS <= clock < POST_CLOSES:
        return Session.CLOSED
    if clock < _REGULAR_OPENS:
        return Session.PRE
    return Session.REGULAR if clock < _REGULAR_CLOSES else Session.POST
