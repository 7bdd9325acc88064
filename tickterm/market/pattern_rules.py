"""The engine's own rules for patterns: one pure function each, on closed minutes.

Each takes the bars of one symbol, oldest first and at least one, and judges the last. Bars of no
range or no volume are ordinary: a rule that cannot judge them says None.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

from tickterm.market.bars import Bar
from tickterm.market.redis_events import Direction

__all__ = [
    "BARS_NEEDED",
    "RULES",
    "RULES_OF_TWO",
    "Match",
    "Rule",
    "doji",
    "engulfing",
    "hammer",
    "high_volume_surge",
    "price_gap",
    "shooting_star",
]

SURGE = 3.0
"""Times the mean volume of the bars before: twice is common after a quiet minute."""
SURGE_MOST_BEFORE = 9
SURGE_LEAST_BEFORE = 5
"""Bars before: the mean of fewer is chance."""
SURGE_LEAST_MEAN = 100.0
"""Shares: where hardly anything is traded, any order is three times the mean."""
DOJI_BODY = 0.1
"""Part of the range: open and close count as equal."""
GAP = 0.02
"""Part of the close before: more than the spread and the noise of a liquid symbol."""
LONG_SHADOW = 2.0
"""Times the body."""
SHORT_SHADOW = 0.5
"""Times the body."""
ROUNDING = 1e-6
"""Dollars by which differences of prices may be wrong; the smallest step of a price is 1e-4."""

BARS_NEEDED = SURGE_MOST_BEFORE + 1
"""No rule looks at more bars."""


class Match(NamedTuple):
    """A rule found its pattern on the last bar."""

    pattern: str
    confidence: float
    """The rule's own strength, from 0 to 1; no probability."""
    direction: Direction


Rule: TypeAlias = Callable[[Sequence[Bar]], Match | None]

_SURGE = Match("High_Volume_Surge", 0.75, Direction.NEUTRAL)
_DOJI = Match("Doji", 0.6, Direction.NEUTRAL)
_GAP_UP = Match("Price_Gap", 0.8, Direction.BULLISH)
_GAP_DOWN = Match("Price_Gap", 0.8, Direction.BEARISH)
_HAMMER = Match("Hammer", 0.6, Direction.BULLISH)
_SHOOTING_STAR = Match("Shooting_Star", 0.6, Direction.BEARISH)
_ENGULFING_UP = Match("Engulfing", 0.7, Direction.BULLISH)
_ENGULFING_DOWN = Match("Engulfing", 0.7, Direction.BEARISH)


def high_volume_surge(bars: Sequence[Bar]) -> Match | None:
    """More than three times the mean volume of the five to nine bars before."""
    if len(bars) <= SURGE_LEAST_BEFORE:
        return None
    before = [bar.volume for bar in bars][-BARS_NEEDED:-1]
    mean = sum(before) / len(before)
    surges = mean > SURGE_LEAST_MEAN and bars[-1].volume > SURGE * mean
    return _SURGE if surges else None


def doji(bars: Sequence[Bar]) -> Match | None:
    """A body of at most a tenth of the range."""
    bar = bars[-1]
    span = bar.high - bar.low
    found = span > ROUNDING and abs(bar.close - bar.open) <= DOJI_BODY * span + ROUNDING
    return _DOJI if found else None


def price_gap(bars: Sequence[Bar]) -> Match | None:
    """An open more than two per cent away from the close before."""
    if len(bars) < 2:
        return None
    before = bars[-2].close
    step = bars[-1].open - before
    if before <= 0 or abs(step) <= GAP * before + ROUNDING:
        return None
    return _GAP_UP if step > 0 else _GAP_DOWN


def hammer(bars: Sequence[Bar]) -> Match | None:
    """A lower shadow of at least two bodies, and an upper one of at most half a body."""
    body, upper, lower = _parts(bars[-1])
    return _HAMMER if _is_long(lower, body) and _is_short(upper, body) else None


def shooting_star(bars: Sequence[Bar]) -> Match | None:
    """An upper shadow of at least two bodies, and a lower one of at most half a body."""
    body, upper, lower = _parts(bars[-1])
    return _SHOOTING_STAR if _is_long(upper, body) and _is_short(lower, body) else None


def engulfing(bars: Sequence[Bar]) -> Match | None:
    """A body that covers the one before, is longer, and goes the other way."""
    if len(bars) < 2:
        return None
    before, bar = bars[-2], bars[-1]
    was, now = before.close - before.open, bar.close - bar.open
    if was < 0 < now and bar.open <= before.close and bar.close >= before.open:
        return _ENGULFING_UP if now > ROUNDING - was else None
    if now < 0 < was and bar.open >= before.close and bar.close <= before.open:
        return _ENGULFING_DOWN if -now > ROUNDING + was else None
    return None


RULES: tuple[Rule, ...] = (high_volume_surge, doji, price_gap, hammer, shooting_star, engulfing)
"""All rules; no two find the same pattern."""
RULES_OF_TWO: frozenset[Rule] = frozenset({price_gap, engulfing})
"""Those that compare with the bar before: not to be asked where ticks between are missing."""


def _parts(bar: Bar) -> tuple[float, float, float]:
    """Return the lengths of the body, the upper and the lower shadow, dollars."""
    top, bottom = (bar.close, bar.open) if bar.close > bar.open else (bar.open, bar.close)
    return top - bottom, bar.high - top, bottom - bar.low


def _is_long(shadow: float, body: float) -> bool:
    """Whether a shadow is long beside its body; a bar without a body has none that is."""
    return body > ROUNDING and shadow >= LONG_SHADOW * body - ROUNDING


def _is_short(shadow: float, body: float) -> bool:
    return shadow <= SHORT_SHADOW * body + ROUNDING
