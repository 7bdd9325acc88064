"""The NYSE's calendar: on which days it trades, and when it closes early.

Scheduled days only, by the rules that the `holidays` library knows. A closure that is announced at
short notice (a day of mourning, a storm) is known once the library is; years that it does not know
have weekends and nothing else.
"""

from __future__ import annotations

from datetime import date
from enum import Enum
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holidays import HolidayBase

__all__ = ["DayKind", "day_kind", "holiday", "is_loaded", "load"]

_SATURDAY = 5
_CATEGORIES = ("public", "half_day")


class DayKind(Enum):
    """How long a day's trading is."""

    WHOLE = "whole"
    EARLY = "early"
    """The regular session ends at 13:00 New York, three hours before its time."""
    SHUT = "shut"
    """A weekend or a holiday."""


@lru_cache(maxsize=64)
def day_kind(day: date) -> DayKind:
    """Return how long the trading of a New York day is."""
    if day.weekday() >= _SATURDAY or day in _closings("public"):
        return DayKind.SHUT
    return DayKind.EARLY if day in _closings("half_day") else DayKind.WHOLE


def holiday(day: date) -> str:
    """Return the name of the holiday, empty on any other day, a weekend included."""
    return _closings("public").get(day, "")


def load() -> None:
    """Load the calendar, on any thread: it takes a fifth of a second, for which no tick may wait.

    Else it is loaded when it is first asked for.
    """
    for category in _CATEGORIES:
        _closings(category)


def is_loaded() -> bool:
    """Say whether the calendar answers at once."""
    return _closings.cache_info().currsize == len(_CATEGORIES)


@cache
def _closings(category: str) -> HolidayBase:
    # Only who asks for a calendar shall pay for it.
    from holidays import financial_holidays

    return financial_holidays("NYSE", categories=(category,))
