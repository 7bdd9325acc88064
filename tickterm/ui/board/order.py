"""In which order the symbols stand."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from typing import Any

from tickterm.market.row_fields import NUMBERS, Number
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
        return self in _LARGEST_FIRST

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


def _newest(row: Row, _: float) -> float | None:
    return row.updated if row.ticks else None


def _minute(row: Row, _: float) -> float | None:
    """Return the per cent that the sparkline rose."""
    points = row.sparkline
    return points[-1] / points[0] - 1.0 if points and points[0] else None


_LARGEST_FIRST: dict[Sort, Number] = {
    Sort.PERCENT: NUMBERS["percent"],
    Sort.VOLUME: NUMBERS["volume"],
    Sort.NEWEST: _newest,
    Sort.LAST: NUMBERS["last"],
    Sort.CHANGE: NUMBERS["change"],
    Sort.RANGE: NUMBERS["range"],
    Sort.OPEN: NUMBERS["open"],
    Sort.HIGH: NUMBERS["high"],
    Sort.LOW: NUMBERS["low"],
    Sort.VWAP: NUMBERS["vwap"],
    Sort.MINUTE: _minute,
    Sort.TICKS: NUMBERS["tpm"],
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
    amount = _LARGEST_FIRST[sort]
    amounts = [amount(row, now) for row in rows]
    return _sorted(amounts, [amount is not None for amount in amounts], reverse=not reverse)


def _sorted(keys: list[Any], known: Sequence[bool], *, reverse: bool) -> list[int]:
    first = [index for index, is_known in enumerate(known) if is_known]
    last = [index for index, is_known in enumerate(known) if not is_known]
    # A look-up in a list costs a third of a function that makes the key anew.
    first.sort(key=keys.__getitem__, reverse=reverse)
    return first + last
