"""The day's range as a bar: where between low and high the price is, and where it came from."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from tickterm.ui.draw.directions import sign_role

if TYPE_CHECKING:
    from tickterm.market.snapshot import Row
    from tickterm.ui.draw.spans import Line

__all__ = ["day_range"]

_TRACK, _MOVE, _OPEN, _LAST = "─", "━", "○", "●"


def day_range(row: Row, width: int) -> Line:
    """Return `├──○━━●──┤` in exactly `width` cells: low, open (`○`), last price (`●`) and high.

    The way from open to last is in the colour of its direction. Blank while the range is unknown.
    """
    low, high, price = row.low, row.high, row.price
    inner = width - 2
    if low is None or high is None or price is None or inner < 1:
        return ((" " * width, "blank"),)

    def place(value: float) -> int:
        share = (value - low) / (high - low) if high > low else 0.5
        return round(max(0.0, min(1.0, share)) * (inner - 1))

    cells = [(_TRACK, "range")] * inner
    last, role = place(price), "price"
    if row.open is not None:
        start, role = place(row.open), sign_role(row.change)
        for cell in range(min(start, last), max(start, last)):
            cells[cell] = (_MOVE, role)
        cells[start] = (_OPEN, "muted")
    cells[last] = (_LAST, role)
    groups = groupby([("├", "range"), *cells, ("┤", "range")], key=lambda cell: cell[1])
    return tuple(("".join(char for char, _ in group), role) for role, group in groups)
