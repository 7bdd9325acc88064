"""Where tiles stand: arithmetic of columns, rows and cells."""

from __future__ import annotations

from typing import NamedTuple

from tickterm.ui.tile import GAP, HEIGHT

__all__ = ["PITCH", "Grid"]

PITCH = HEIGHT + GAP
_NARROWEST = 19


class Grid(NamedTuple):
    """`columns` tiles across `width` cells, one cell apart; the spare cells go to the first."""

    width: int
    columns: int

    @classmethod
    def across(cls, width: int) -> Grid:
        """Choose the columns for a board `width` cells wide: 4 at 80 cells, 8 at 200."""
        narrowest = _NARROWEST + min(3, max(0, width - 80) // 30)
        return cls(width, max(1, (width + 1) // (narrowest + 1)))

    def height(self, tiles: int) -> int:
        """Return the lines that so many tiles take."""
        return max(0, -(-tiles // self.columns) * PITCH - GAP)

    def span(self, column: int) -> tuple[int, int]:
        """Return the first cell and the width of a column."""
        size, spare = divmod(max(0, self.width - self.columns + 1), self.columns)
        return column * (size + 1) + min(column, spare), size + (column < spare)

    def visible(self, top: int, lines: int, tiles: int) -> range:
        """Return the positions of the tiles that touch `lines` lines from line `top`."""
        first = top // PITCH * self.columns
        last = -(-(top + lines) // PITCH) * self.columns
        return range(min(first, tiles), min(last, tiles))

    def position(self, x: int, y: int, tiles: int) -> int | None:
        """Return the tile at a cell, or None between tiles and beyond the last."""
        row, line = divmod(y, PITCH)
        if line >= HEIGHT or x < 0 or y < 0:
            return None
        for column in range(self.columns):
            start, width = self.span(column)
            if start <= x < start + width:
                position = row * self.columns + column
                return position if position < tiles else None
        return None
