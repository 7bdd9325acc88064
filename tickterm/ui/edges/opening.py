"""When the market opens, in words."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

from tickterm.market.calendar import holiday
from tickterm.market.hours import NEW_YORK, Opening

__all__ = ["opening_words", "until"]


def opening_words(opening: Opening, wall_ms: int, local: tzinfo | None = None) -> str:
    """Return when a market opens that is closed at `wall_ms` (ms UTC), and why, if for a holiday.

    In New York time, and in that of the time zone `local` (None: this machine's) where it differs:
    `opens Mon 09:30 ET (15:30 here), in 2 d 3 h; pre-market 04:00 ET`.
    """
    regular, pre = _new_york(opening.regular), _new_york(opening.pre)
    here = _here(opening.regular, local)
    there = f"{regular:%a %H:%M}"
    if here == there:
        aside = ""
    elif here[:3] == there[:3]:
        aside = f" ({here[4:]} here)"
    else:
        aside = f" ({here} here)"
    wait = until((opening.regular - wall_ms) / 1000)
    day = "" if pre.date() == regular.date() else f"{pre:%a} "
    reason = holiday(_new_york(wall_ms).date())
    words = f"opens {there} ET{aside}, in {wait}; pre-market {day}{pre:%H:%M} ET"
    return f"{reason} · {words}" if reason else words


def until(seconds: float) -> str:
    """Return a wait in its two largest units: `2 d 3 h`, `3 h 5 min`, `12 min`."""
    minutes = max(1, -(-int(seconds) // 60))
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def _new_york(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, NEW_YORK)


def _here(ms: int, local: tzinfo | None) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC).astimezone(local):%a %H:%M}"
