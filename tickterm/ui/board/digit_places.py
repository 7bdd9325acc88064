"""How wide the numbers of a column are: decimal points stand below each other, and stay there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tickterm.ui.draw import numbers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tickterm.market.snapshot import Row

__all__ = ["DigitPlaces"]

_DECIMALS = 2
_WIDEST = 9
"""Characters before the point; beyond that a number is shortened."""


class DigitPlaces(NamedTuple):
    """Characters of prices and changes. They only ever grow, so that nothing jumps."""

    price: int = 4
    """Before the point, commas included."""
    change: int = 3
    """Before the point, the sign included."""
    decimals: int = _DECIMALS

    @property
    def price_width(self) -> int:
        """Cells of a price."""
        return self.price + 1 + self.decimals

    @property
    def change_width(self) -> int:
        """Cells of a change."""
        return self.change + 1 + self.decimals

    def widened(self, rows: Iterable[Row]) -> DigitPlaces:
        """Return places that these rows have room in too."""
        price, change, decimals = self
        for row in rows:
            if row.price is None:
                continue
            for value in (row.price, row.high):
                whole, fraction = _parts(numbers.price(value))
                price, decimals = max(price, whole), max(decimals, fraction)
            whole, _ = _parts(numbers.change(row.change, row.price))
            change = max(change, whole)
        return DigitPlaces(min(price, _WIDEST), min(change, _WIDEST), decimals)

    def align(self, text: str, width: int) -> str:
        """Return a number of exactly `width` cells, its point where all have theirs."""
        _, fraction = _parts(text)
        spare = self.decimals - fraction if fraction else 0
        return (text + " " * spare).rjust(width)


def _parts(text: str) -> tuple[int, int]:
    """Return the characters before and after the point of a plain number; of others, none."""
    whole, _, fraction = text.partition(".")
    return (len(whole), len(fraction)) if (fraction or "0").isdigit() else (0, 0)
