"""Candles and pattern events made by hand, the same every time."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count, islice
from typing import Any

from tests.ui.fake_engine import SYMBOLS, WALL_MS
from tickterm.market.redis_events import Direction
from tickterm.market.snapshot import Candle, PatternEvent
from tickterm.market.timeframe import Timeframe

__all__ = ["MINUTE", "make_candles", "make_days", "make_event", "make_events"]

MINUTE = 60_000
_PATTERNS = (
    ("Hammer", Direction.BULLISH),
    ("Shooting_Star", Direction.BEARISH),
    ("Doji", Direction.NEUTRAL),
    ("Engulfing", Direction.BULLISH),
    ("Three_Black_Crows", Direction.BEARISH),
    ("High_Volume_Surge", Direction.NEUTRAL),
)


def make_event(number: int = 1, **changes: Any) -> PatternEvent:
    """Return an event of the minute before the newest, heard 20 s ago."""
    fields: dict[str, Any] = {
        "wall_ms": WALL_MS - 20_000,
        "symbol": "AAPL",
        "pattern": "Shooting_Star",
        "confidence": 0.82,
        "direction": Direction.BEARISH,
        "timestamp": WALL_MS - WALL_MS % MINUTE - MINUTE,
        "timeframe": "1min",
        "source": "analytics",
        "price": 227.5,
    }
    return PatternEvent(number, **{**fields, **changes})


def make_events(count: int, first: int = 1, **changes: Any) -> tuple[PatternEvent, ...]:
    """Return events numbered from `first`: many symbols, patterns, confidences and directions."""
    return tuple(_mixed(number, changes) for number in range(first, first + count))


def _mixed(number: int, changes: dict[str, Any]) -> PatternEvent:
    dice = random.Random(number)
    pattern, direction = _PATTERNS[number % len(_PATTERNS)]
    fields: dict[str, Any] = {
        "symbol": dice.choice(SYMBOLS[:40]),
        "pattern": pattern,
        "direction": direction,
        "confidence": round(dice.uniform(0.3, 1), 2),
        "source": dice.choice(("analytics", "fallback")),
        "price": round(dice.uniform(20, 900), 2),
    }
    return make_event(number, **{**fields, **changes})


def make_candles(
    count: int, step: int = MINUTE, price: float = 227.0, end: int = WALL_MS
) -> list[Candle]:
    """Return candles of `step` ms each, the newest around `end`."""
    dice = random.Random(count)
    newest = end - end % step
    candles, last = [], price
    for index in range(count):
        drift = 0.25 * math.sin(index / 9)
        close = round(last + drift + dice.uniform(-0.5, 0.5), 2)
        high = round(max(last, close) + dice.uniform(0, 0.4), 2)
        low = round(min(last, close) - dice.uniform(0, 0.4), 2)
        volume = int(10 ** dice.uniform(3, 5))
        candles.append(Candle(newest - (count - 1 - index) * step, last, high, low, close, volume))
        last = close
    return candles


def make_days(days: int) -> list[Candle]:
    """Return the candles of so many weekdays, each from 04:00 in New York, the newest today's."""
    instants = (WALL_MS - n * 24 * 60 * MINUTE for n in count())
    weekdays = (ms for ms in instants if datetime.fromtimestamp(ms / 1000, UTC).weekday() < 5)
    sessions = [Timeframe.D1.period(ms) for ms in islice(weekdays, days)]
    starts = [session[0] for session in reversed(sessions) if session is not None]
    candles = zip(make_candles(days), starts, strict=True)
    return [replace(candle, start=start) for candle, start in candles]
