"""In which order the tiles stand."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence

from tickterm.market.snapshot import Row

__all__ = ["Sort", "arrange"]


class Sort(enum.StrEnum):
    """What the board is sorted by; the value is what a person reads."""

    UNIVERSE = "universe"
    SYMBOL = "symbol"
    PERCENT = "% change"
    VOLUME = "volume"
    NEWEST = "newest"

    @property
    def following(self) -> Sort:
        """The next one, round and round."""
        members = list(Sort)
        return members[(members.index(self) + 1) % len(members)]

    @property
    def moves(self) -> bool:
        """Whether ticks change this order."""
        return self in _LARGEST_FIRST


_LARGEST_FIRST: dict[Sort, Callable[[Row], float]] = {
    Sort.PERCENT: lambda row: row.percent or 0.0,
    Sort.VOLUME: lambda row: row.volume,
    Sort.NEWEST: lambda row: row.updated,
}


def arrange(rows: Sequence[Row], sort: Sort, *, reverse: bool = False) -> list[int]:
    """Return the indices of `rows` in the order they are shown.

    Amounts go from large to small, names from A to Z, both turned round by `reverse`. Symbols
    without a tick come last either way; equals keep the universe's order.
    """
    indices = range(len(rows))
    if sort is Sort.UNIVERSE:
        return list(reversed(indices) if reverse else indices)
    if sort is Sort.SYMBOL:
        return sorted(indices, key=lambda i: rows[i].symbol, reverse=reverse)
    amount, sign = _LARGEST_FIRST[sort], 1 if reverse else -1
    return sorted(indices, key=lambda i: (rows[i].price is None, sign * amount(rows[i])))
