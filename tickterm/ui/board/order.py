"""In which order the symbols stand."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from typing import Any

from tickterm.market.row_fields import day_position, tick_rate
from tickterm.market.snapshot import Row

__all__ = ["Sort", "arrange"]


class Sort(enum.StrEnum):
    """What the board is sorted by; the value is what a person reads."""

    UNIVERSE = "universe"
    SYMBOL = "symbol"
    PERCENT = "% change"
    VOLUME = "volume"
    NEWEST = "age"
    NAME = "name"
    LAST = "last price"
    CHANGE = "change"
    RANGE = "day range"
    OPEN = "open"
    HIGH = "high"
    LOW = "low"
    VWAP = "VWAP"
    MINUTE = "last minute"
    TICKS = "ticks/min"

    @property
    def following(self) -> Sort:
        """The next of the usual orders, round and round."""
        position = _USUAL.index(self) + 1 if self in _USUAL else 0
        return _USUAL[position % len(_USUAL)]

    @property
    def moves(self) -> bool:
        """Whether ticks change this order."""
        return self in _LARGEST_FIRST or self is Sort.TICKS

    @property
    def usual(self) -> str:
        """Which symbols come first, in words, unless the order is turned round."""
        return _RISING.get(self, "greatest first")

    def arrow(self, *, reverse: bool) -> str:
        """Return `▲` where the values rise from the first symbol to the last, else `▼`."""
        return "▲" if (self in _RISING) != reverse else "▼"


_USUAL = (Sort.UNIVERSE, Sort.SYMBOL, Sort.PERCENT, Sort.VOLUME, Sort.NEWEST)
_RISING = {
    Sort.UNIVERSE: "as listed",
    Sort.SYMBOL: "A to Z",
    Sort.NAME: "A to Z",
    Sort.NEWEST: "newest first",
}
_NAMES: dict[Sort, Callable[[Row], str]] = {
    Sort.SYMBOL: lambda row: row.symbol,
    Sort.NAME: lambda row: row.name.casefold(),
}


def _minute(row: Row) -> float | None:
    """Return the per cent that the sparkline rose."""
    points = row.sparkline
    return points[-1] / points[0] - 1.0 if points and points[0] else None


_LARGEST_FIRST: dict[Sort, Callable[[Row], float | None]] = {
    Sort.PERCENT: lambda row: row.percent,
    Sort.VOLUME: lambda row: row.volume,
    Sort.NEWEST: lambda row: row.updated,
    Sort.LAST: lambda row: row.price,
    Sort.CHANGE: lambda row: row.change,
    Sort.RANGE: day_position,
    Sort.OPEN: lambda row: row.open,
    Sort.HIGH: lambda row: row.high,
    Sort.LOW: lambda row: row.low,
    Sort.VWAP: lambda row: row.vwap,
    Sort.MINUTE: _minute,
}


def arrange(
    rows: Sequence[Row], sort: Sort, *, reverse: bool = False, now: float = 0.0
) -> list[int]:
    """Return the indices of `rows` in the order they are shown at engine time `now`.

    Amounts go from large to small, names from A to Z, ages from young to old, all turned round by
    `reverse`. Symbols of which the amount or the name is unknown come last either way; equals keep
    the universe's order.
    """
    indices = range(len(rows))
    if sort is Sort.UNIVERSE:
        return list(reversed(indices) if reverse else indices)
    if sort in _NAMES:
        name = _NAMES[sort]
        names = [name(row) for row in rows]
        return _sorted(names, [bool(name) for name in names], reverse=reverse)
    amounts = _amounts(rows, sort, now)
    return _sorted(amounts, [amount is not None for amount in amounts], reverse=not reverse)


def _amounts(rows: Sequence[Row], sort: Sort, now: float) -> list[float | None]:
    if sort is Sort.TICKS:
        return [tick_rate(row, now) if row.ticks else None for row in rows]
    amount = _LARGEST_FIRST[sort]
    return [None if row.price is None else amount(row) for row in rows]


def _sorted(keys: list[Any], known: Sequence[bool], *, reverse: bool) -> list[int]:
    first = [index for index, is_known in enumerate(known) if is_known]
    last = [index for index, is_known in enumerate(known) if not is_known]
    # A look-up in a list costs a third of a function that makes the key anew.
    first.sort(key=keys.__getitem__, reverse=reverse)
    return first + last
