"""The two ways in which the board is drawn: tiles, and a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from tickterm.ui.board.columns import COLUMNS, Moment, PlacedColumn, choose_columns
from tickterm.ui.board.digit_places import DigitPlaces
from tickterm.ui.board.grid import Grid
from tickterm.ui.board.order import Sort
from tickterm.ui.board.table import column_at, draw_head, draw_row
from tickterm.ui.board.tile import draw_tile

if TYPE_CHECKING:
    from tickterm.market.snapshot import Row
    from tickterm.ui.board.marks import Mark
    from tickterm.ui.draw.spans import Line

__all__ = ["BoardView", "TableView", "TileView"]


class BoardView(Protocol):
    """Where the symbols stand, and the lines of each."""

    grid: Grid
    head: int
    """Lines above the symbols that do not scroll."""
    ground: str
    """The role that symbols are drawn upon."""

    @property
    def sorts(self) -> Sequence[Sort]:
        """What the columns are sorted by, from left to right."""
        ...

    def lay_out(self, width: int, height: int, rows: Sequence[Row]) -> bool:
        """Share out `width` x `height` cells among `rows`; say whether that is done otherwise."""
        ...

    def make_room(self, rows: Iterable[Row]) -> bool:
        """Make room for the numbers of the rows in sight; say whether all must be drawn anew."""
        ...

    def draw_head(self, sort: Sort, *, reverse: bool) -> Line:
        """Return the line above the symbols."""
        ...

    def draw(self, moment: Moment, column: int, mark: Mark | None) -> tuple[Line, ...]:
        """Return the lines of one symbol."""
        ...

    def sort_at(self, x: int) -> Sort | None:
        """Return what a click on a cell of the head sorts by."""
        ...


class TileView:
    """A tile a symbol; with its name, where all tiles still fit on the screen."""

    head = 0
    ground = "card"
    sorts = COLUMNS

    def __init__(self) -> None:
        self.grid = Grid.across(0)

    def lay_out(self, width: int, height: int, rows: Sequence[Row]) -> bool:
        """Choose columns and height of the tiles."""
        before, self.grid = self.grid, Grid.across(width)
        if any(row.name for row in rows):
            self.grid = self.grid.with_names(len(rows), height)
        return self.grid != before

    def make_room(self, _: Iterable[Row]) -> bool:
        """Tiles shorten what has no room."""
        return False

    def draw_head(self, sort: Sort, *, reverse: bool) -> Line:  # noqa: ARG002  as the table's
        """Tiles have none."""
        return ()

    def draw(self, moment: Moment, column: int, mark: Mark | None) -> tuple[Line, ...]:
        """Return the lines of a tile."""
        row, now, state, flash, found, outages = moment
        return draw_tile(
            row,
            self.grid.span(column)[1],
            now - row.updated,
            state,
            lines=self.grid.lines,
            flash=flash,
            found=found,
            mark=mark,
            outages=outages,
        )

    def sort_at(self, x: int) -> None:
        """Tiles have no head."""


class TableView:
    """A line a symbol, below the columns' titles."""

    head = 1
    ground = "blank"

    def __init__(self) -> None:
        self.grid = Grid.of_lines(0)
        self._places = DigitPlaces()
        self._columns: tuple[PlacedColumn, ...] = ()
        self._is_named = False
        self._chosen: tuple[int, DigitPlaces, bool] | None = None

    @property
    def sorts(self) -> Sequence[Sort]:
        """What the columns that are shown are sorted by."""
        return [placed.column.sort for placed in self._columns]

    def lay_out(self, width: int, height: int, rows: Sequence[Row]) -> bool:  # noqa: ARG002  as the tiles'
        """Choose the columns."""
        self.grid = Grid.of_lines(width)
        self._is_named = any(row.name for row in rows)
        return self._choose()

    def make_room(self, rows: Iterable[Row]) -> bool:
        """Widen the columns of numbers where a row needs it."""
        self._places = self._places.widened(rows)
        return self._choose()

    def draw_head(self, sort: Sort, *, reverse: bool) -> Line:
        """Return the titles."""
        return draw_head(self._columns, self.grid.width, sort, reverse=reverse)

    def draw(self, moment: Moment, column: int, mark: Mark | None) -> tuple[Line, ...]:  # noqa: ARG002  as the tiles'
        """Return the line of a symbol."""
        return (draw_row(moment, self._columns, self._places, self.grid.width, mark),)

    def sort_at(self, x: int) -> Sort | None:
        """Return what the column at a cell is sorted by."""
        return column_at(self._columns, x)

    def _choose(self) -> bool:
        chosen = (self.grid.width, self._places, self._is_named)
        if chosen == self._chosen:
            return False
        self._chosen = chosen
        self._columns = choose_columns(*chosen[:2], named=self._is_named)
        return True
