"""Which rows pass a filter, judged anew only where something has changed; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import compress
from operator import is_not
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tickterm.market.row_filter import RowFilter
    from tickterm.market.snapshot import Row

__all__ = ["Passing", "changed"]

SECONDS = 0.5
"""Rows come and go at most so often, in seconds."""


def changed(before: Sequence[Row], after: Sequence[Row]) -> list[int] | None:
    """Return the indices of the rows that are new objects; None if the symbols are others."""
    if before is after:
        return []
    if len(before) != len(after):
        return None
    indices = list(compress(range(len(after)), map(is_not, before, after)))
    symbols = [after[index].symbol for index in indices]
    return indices if symbols == [before[index].symbol for index in indices] else None


class Passing:
    """The verdict on every row, by index. Times are seconds of the engine's clock."""

    def __init__(self) -> None:
        self.filter: RowFilter | None = None
        self._verdicts: list[bool] = []
        self._given_at = 0.0

    def judge(self, rows: Sequence[Row], now: float) -> None:
        """Judge every row."""
        self._given_at = now
        if self.filter is not None:
            matches = self.filter.matches
            self._verdicts = [matches(row, now) for row in rows]

    def judge_some(self, indices: Iterable[int], rows: Sequence[Row], now: float) -> None:
        """Judge rows that have changed."""
        if self.filter is None or self.filter.is_timed:
            return
        matches, verdicts = self.filter.matches, self._verdicts
        for index in indices:
            verdicts[index] = matches(rows[index], now)

    def is_due(self, rows: Sequence[Row], now: float) -> bool:
        """Say whether it is time that rows come and go; judge those that time itself changes."""
        if self.filter is None or 0 <= now - self._given_at < SECONDS:
            return False
        if self.filter.is_timed:
            self.judge(rows, now)
        self._given_at = now
        return True

    def of(self, order: list[int]) -> list[int]:
        """Return those of `order` that pass."""
        if self.filter is None:
            return order
        return list(compress(order, map(self._verdicts.__getitem__, order)))
