"""Where tiles or lines stand: arithmetic of columns, rows and cells."""

from __future__ import annotations

from typing import NamedTuple

from tickterm.ui.board.tile import GAP, HEIGHT, TALL

__all__ = ["PITCH", "Grid"]

PITCH = HEIGHT + GAP
_NARROWEST = 19


class Grid(NamedTuple):
    """`columns` tiles across `width` cells, one cell apart; the spare cells go to the first."""

    width: int
    columns: int
    lines: int = HEIGHT
    """Of a tile."""
    gap: int = GAP
    """Lines between tiles."""

    @classmethod
    def across(cls, width: int) -> Grid:
        """Choose the columns for a board `width` cells wide: 4 at 80 cells, 8 at 200."""
        narrowest = _NARROWEST + min(3, max(0, width - 80) // 30)
        return cls(width, max(1, (width + 1) // (narrowest + 1)))

    @classmethod
    def of_lines(cls, width: int) -> Grid:
        """Return the grid of a table: a line each."""
        return cls(width, 1, 1, 0)

    def with_names(self, tiles: int, height: int) -> Grid:
        """Return this grid with tiles that have a line more, if so many still fit into `height`."""
        taller = self._replace(lines=TALL)
        return taller if taller.height(tiles) <= height else self

    @property
    def pitch(self) -> int:
        """Lines from one row of tiles to the next."""
        return self.lines + self.gap

    def height(self, tiles: int) -> int:
        """Return the lines that so many tiles take."""
        return max(0, -(-tiles // self.columns) * self.pitch - self.gap)

    def rows(self, height: int) -> int:
        """Return the rows of tiles that are wholly seen in `height` lines, at least one."""
        return max(1, (height + self.gap) // self.pitch)

    def top(self, position: int) -> int:
        """Return the first line of the tile at a position."""
        return position // self.columns * self.pitch

    def span(self, column: int) -> tuple[int, int]:
        """Return the first cell and the width of a column."""
        size, spare = divmod(max(0, self.width - self.columns + 1), self.columns)
        return column * (size + 1) + min(column, spare), size + (column < spare)

    def visible(self, top: int, lines: int, tiles: int) -> range:
        """Return the positions of the tiles that touch `lines` lines from line `top`."""
        first = top // self.pitch * self.columns
        last = -(-(top + lines) // self.pitch) * self.columns
        return range(min(first, tiles), min(last, tiles))

    def position(self, x: int, y: int, tiles: int) -> int | None:
        """Return the tile at a cell, or None between tiles and beyond the last."""
        row, line = divmod(y, self.pitch)
        if line >= self.lines or x < 0 or y < 0:
            return None
        for column in range(self.columns):
            start, width = self.span(column)
            if start <= x < start + width:
                position = row * self.columns + column
                return position if position < tiles else None
        return None
