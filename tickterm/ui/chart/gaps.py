"""Where candles that stand side by side are no neighbours in time; pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from tickterm.market.calendar import DayKind, day_kind
from tickterm.market.hours import NEW_YORK
from tickterm.market.snapshot import Candle
from tickterm.market.timeframe import Timeframe

__all__ = ["GAP", "is_gap"]

GAP = "┊"
"""Stands where time is missing."""

_LONGEST_CLOSING = timedelta(days=10)
"""No market is closed for longer; the calendar need not be asked."""


def is_gap(before: Candle, candle: Candle, timeframe: Timeframe) -> bool:
    """Say whether time passed between two candles; of days, one on which the NYSE traded."""
    if timeframe is not Timeframe.D1:
        return candle.start > timeframe.end(before.start)
    try:
        return _is_day_missing(_day(before.start), _day(candle.start))
    except (OverflowError, OSError, ValueError):  # beyond the calendar
        return False


def _is_day_missing(before: date, day: date) -> bool:
    if day - before > _LONGEST_CLOSING:
        return True
    between = (before + timedelta(days=n) for n in range(1, (day - before).days))
    return any(day_kind(one) is not DayKind.SHUT for one in between)


def _day(ms: int) -> date:
    return datetime.fromtimestamp(ms / 1000, NEW_YORK).date()
