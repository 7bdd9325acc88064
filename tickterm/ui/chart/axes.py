"""The axes of a chart: where a price stands, nice steps, and their labels; pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import NamedTuple

from tickterm.market.hours import NEW_YORK
from tickterm.market.timeframe import Timeframe
from tickterm.ui.draw import numbers

__all__ = ["LABEL_WIDTH", "Scale", "price_labels", "price_text", "time_labels", "time_text"]

LABEL_WIDTH = 10
"""Cells of the longest label of a price."""

_MINUTE, _DAY = 60, 86_400
_STEPS = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, _DAY)
"""Seconds between labels of the time axis."""
_LINES_A_LABEL = 2.5
_APART = 3
"""Cells between two labels of the time axis, at least."""


class Scale(NamedTuple):
    """Prices upon `rows` lines, each of two halves; half 0 is the lowest."""

    low: float
    high: float
    rows: int

    @classmethod
    def around(cls, low: float, high: float, rows: int) -> Scale:
        """Return a scale on which `low` and `high` have a line of room below and above them."""
        middle, spread = low / 2 + high / 2, high / 2 - low / 2
        spread = max(spread, abs(middle) * 1e-4, 1e-6)
        if rows > _LINES_A_LABEL + 2:
            spread *= rows / (rows - 2)
        return cls(middle - spread, middle + spread, rows)

    def holds(self, price: float) -> bool:
        """Say whether a price is on the scale."""
        return self.low <= price <= self.high

    def half(self, price: float) -> int:
        """Return the half line of a price, the nearest one where it lies outside."""
        share = (price - self.low) / (self.high - self.low)
        return round(min(1.0, max(0.0, share)) * (2 * self.rows - 1))

    @property
    def step(self) -> float:
        """Dollars between labels: 1, 2 or 5 times a power of ten."""
        least = (self.high - self.low) / max(1.0, self.rows / _LINES_A_LABEL)
        power = 10.0 ** math.floor(math.log10(least))
        return next(power * n for n in (1, 2, 5, 10) if power * n >= least * (1 - 1e-9))


def price_text(value: float, step: float) -> str:
    """Return a label with as many decimals as the step asks for, cents at least below 10,000."""
    decimals = min(6, max(0, -math.floor(math.log10(step) + 1e-9)))
    text = f"{value:,.{max(decimals, 2 if abs(value) < 10_000 else 0)}f}"
    return text if len(text) <= LABEL_WIDTH else numbers.compact(value)


def price_labels(scale: Scale) -> dict[int, str]:
    """Return the labels of the price axis by line, counted from the lowest."""
    step = scale.step
    first = math.ceil(scale.low / step)
    count = int((scale.high - first * step) / step) + 1
    prices = [(first + n) * step for n in range(min(count, scale.rows))]
    return {scale.half(price) // 2: price_text(price, step) for price in prices}


def time_labels(starts: Sequence[int], timeframe: Timeframe, pitch: int) -> dict[int, str]:
    """Return the labels of the time axis, New York time, by the index of the candle.

    `starts` are those of the candles, ms UTC, `pitch` cells apart; a new day shows its date.
    """
    seconds = timeframe.ms // 1000
    form = "%H:%M:%S" if seconds < _MINUTE else "%H:%M"
    apart = -(-(len("HH:MM:SS" if seconds < _MINUTE else "HH:MM") + _APART) // pitch)
    least = seconds * apart
    step = next((step for step in _STEPS if step >= least), -(-least // _DAY) * _DAY)
    times = [_local(start) for start in starts]
    labels: dict[int, str] = {}
    latest = -apart
    for index, (before, time) in enumerate(pairwise([times[0] - seconds, *times] if times else ())):
        if before // step != time // step and index - latest >= apart:
            new_day = index and before // _DAY != time // _DAY
            labels[index] = _text(time, "%m-%d" if new_day or step >= _DAY else form)
            latest = index
    if not labels and times:
        labels[len(times) - 1] = _text(times[-1], "%m-%d" if step >= _DAY else form)
    return labels


def time_text(start: int, timeframe: Timeframe) -> str:
    """Return when a candle begins, ms UTC, in New York, as the axis says it."""
    seconds = timeframe is not Timeframe.D1 and timeframe.ms < _MINUTE * 1000
    form = "%m-%d" if timeframe is Timeframe.D1 else "%H:%M:%S" if seconds else "%H:%M"
    return _text(_local(start), form)


def _local(ms: int) -> int:
    """Return seconds that a clock in New York shows, counted from its own 1 January 1970."""
    try:
        offset = datetime.fromtimestamp(ms / 1000, NEW_YORK).utcoffset()
    except (OverflowError, OSError, ValueError):
        return 0
    return ms // 1000 + int(offset.total_seconds() if offset else 0)


def _text(local: int, form: str) -> str:
    return datetime.fromtimestamp(local, UTC).strftime(form)
