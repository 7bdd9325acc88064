"""The tile board: one line-drawn widget that redraws only the lines that changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tickterm.ui import numbers
from tickterm.ui.flashes import Flashes
from tickterm.ui.grid import PITCH, Grid
from tickterm.ui.looks import ROLES, Looks
from tickterm.ui.marks import NO_MARKS, Mark
from tickterm.ui.order import Sort, arrange
from tickterm.ui.tile import HEIGHT, STALE, Tile, draw_tile, quietness

if TYPE_CHECKING:
    from rich.segment import Segment
    from textual import events

    from tickterm.market.snapshot import Row

__all__ = ["Board"]

RESORT_SECONDS = 5.0
"""A board that moves with every tick cannot be read: moving orders are renewed this often."""
ANOTHER_CLOCK = 1.0
"""Seconds by which an engine's clock never goes back: so another engine has come in its place."""

_Key = tuple[object, ...]


class Board(ScrollView, inherit_bindings=False):
    """Rows as tiles. All times are seconds of the engine's clock, as in `Row.updated`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = ROLES
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, action, name, show=False, id=f"board.{name}", tooltip=tooltip)
        for key, action, name, tooltip in (
            ("left,h", "move(-1)", "left", "Mark the tile to the left"),
            ("right", "move(1)", "right", "Mark the tile to the right"),
            ("up,k", "move_rows(-1)", "up", "Mark the tile above"),
            ("down,j", "move_rows(1)", "down", "Mark the tile below"),
            ("pageup", "move_pages(-1)", "page-up", "Go up one screenful"),
            ("pagedown", "move_pages(1)", "page-down", "Go down one screenful"),
            ("home", "first", "first", "Mark the first tile"),
            ("end", "last", "last", "Mark the last tile"),
        )
    ]

    def __init__(self) -> None:
        super().__init__()
        self.sort = Sort.UNIVERSE
        self.reverse = False
        self.found = ""
        """The part of a symbol that is highlighted."""
        self._looks = Looks(self)
        self._grid = Grid.across(0)
        self._rows: Sequence[Row] = ()
        self._order: list[int] = []
        self._sorted_at = 0.0
        self._now = 0.0
        self._stale = False
        self._marks = NO_MARKS
        self._cursor = 0
        self._cursor_symbol = ""
        self._keeps_mark = True
        """Whether the view goes where the mark goes: not after sorting, until the mark moves."""
        self._flashes = Flashes()
        self._drawn: dict[int, tuple[_Key, Tile]] = {}

    @property
    def cursor_symbol(self) -> str:
        """The symbol of the marked tile, empty on an empty board."""
        return self._cursor_symbol

    @property
    def symbols(self) -> list[str]:
        """All symbols in the order shown."""
        return [self._rows[index].symbol for index in self._order]

    def show(
        self, rows: Sequence[Row], now: float, marks: Mapping[str, Mark] = NO_MARKS, *, stale: bool
    ) -> None:
        """Show `rows` as they are at `now`, and the marks by symbol; redraw what has changed."""
        if now < self._now - ANOTHER_CLOCK:
            self._flashes = Flashes()
        before, self._rows, self._now, self._stale = self._rows, rows, now, stale
        self._marks = marks
        if self._needs_order(before):
            self._arrange()
        self._start_flashes(before)
        self._refresh_changed()

    def grey(self, *, stale: bool) -> None:
        """Set only whether the link behind the frozen rows is down."""
        self.show(self._rows, self._now, self._marks, stale=stale)

    def sort_by(self, sort: Sort, *, reverse: bool = False) -> None:
        """Rearrange and go to the top; the mark stays on its symbol, in sight or not."""
        self.sort, self.reverse = sort, reverse
        self._arrange()
        self._keeps_mark = False
        self.scroll_to(y=0, animate=False, force=True)

    def find(self, text: str) -> int:
        """Highlight `text` and mark the first symbol it begins, else contains; return how many."""
        self.found = text.upper()
        names = [symbol.upper() for symbol in self.symbols]
        matches = [i for i, name in enumerate(names) if self.found and self.found in name]
        if matches:
            starts = (i for i in matches if names[i].startswith(self.found))
            exact = (i for i in matches if names[i] == self.found)
            self._place_cursor(next(exact, next(starts, matches[0])))
        self._redraw()
        return len(matches)

    def mark(self, symbol: str) -> None:
        """Mark the tile of `symbol`, if it is there."""
        if symbol in (symbols := self.symbols):
            self._place_cursor(symbols.index(symbol))

    def action_move(self, tiles: int) -> None:
        """Move the mark along the order shown."""
        self._place_cursor(self._cursor + tiles)

    def action_move_rows(self, rows: int) -> None:
        """Move the mark by whole rows, never beyond the first or last tile of its column."""
        target = self._cursor + rows * self._grid.columns
        if 0 <= target < len(self._order):
            self._place_cursor(target)

    def action_move_pages(self, pages: int) -> None:
        """Move the mark by as many rows as the screen shows."""
        rows = max(1, (self.size.height + 1) // PITCH)
        self._place_cursor(self._cursor + pages * rows * self._grid.columns)

    def action_first(self) -> None:
        """Mark the first tile."""
        self._place_cursor(0)

    def action_last(self) -> None:
        """Mark the last tile."""
        self._place_cursor(len(self._order) - 1)

    def on_click(self, event: events.Click) -> None:
        """Mark the tile that was clicked."""
        y = event.y + self.scroll_offset.y
        position = self._grid.position(event.x, y, len(self._order))
        if position is not None:
            self._place_cursor(position)

    def on_resize(self) -> None:
        """Choose the columns anew and keep the mark in sight, unless the top is to be seen."""
        self._lay_out()
        if self._keeps_mark:
            self._scroll_to_cursor()

    def notify_style_update(self) -> None:
        """Take the colours of a new theme."""
        super().notify_style_update()
        self._looks.clear()
        self._redraw()

    def watch_show_vertical_scrollbar(self) -> None:
        """Give the scrollbar its cell, or take it back."""
        self._lay_out()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Forget what was drawn where."""
        super().watch_scroll_y(old_value, new_value)
        self._drawn.clear()

    def render_line(self, y: int) -> Strip:
        """Draw one line of the screen."""
        width = self._grid.width
        row, line = divmod(y + self.scroll_offset.y, PITCH)
        if not self._order and y == self.size.height // 2:
            return self._looks.strip((("no symbols yet".center(width), "muted"),))
        if line >= HEIGHT or row * self._grid.columns >= len(self._order):
            return self._looks.strip(((" " * width, "blank"),))
        gap = self._looks.segments(((" ", "blank"),))
        segments: list[Segment] = []
        for column in range(self._grid.columns):
            segments += gap[: bool(column)]
            segments += self._tile_segments(row, column, line)
        return Strip(segments, width)

    def _tile_segments(self, row: int, column: int, line: int) -> list[Segment]:
        position = row * self._grid.columns + column
        if position >= len(self._order):
            return self._looks.segments(((" " * self._grid.span(column)[1], "blank"),))
        tile = self._tile(position)
        if not tile.selected:
            return self._looks.segments(tile.lines[line], tile.quiet, "card")
        first, *rest = tile.lines[line]
        bar = ("▌", "edge") if first[1] == "edge" else first  # a pattern's mark stays
        return self._looks.segments((bar, *rest), tile.quiet, "card-selected")

    def _tile(self, position: int) -> Tile:
        """Return the tile at a position as it is now, from the cache when nothing changed."""
        row = self._rows[self._order[position]]
        seconds = self._now - row.updated
        quiet = STALE if self._stale else quietness(seconds) if row.ticks else 0
        flash = 0 if self._stale else self._flashes.of(row.symbol, self._now)
        selected, mark = position == self._cursor, self._marks.get(row.symbol)
        key = (row, numbers.age(seconds) if row.ticks else "", quiet, flash, selected, mark)
        known = self._drawn.get(position)
        if known is not None and known[0][0] is row and known[0][1:] == key[1:]:
            return known[1]
        width = self._grid.span(position % self._grid.columns)[1]
        lines = draw_tile(row, width, seconds, flash=flash, found=self.found, mark=mark)
        tile = Tile(lines, quiet, selected)
        self._drawn[position] = (key, tile)
        return tile

    def _visible(self) -> range:
        return self._grid.visible(self.scroll_offset.y, self.size.height, len(self._order))

    def _refresh_changed(self) -> None:
        """Ask for the changed lines, each from its first to its last changed tile.

        One region a line: for every region Textual sends the line again from its first cell.
        """
        if not self.display:
            return
        regions: dict[int, Region] = {}
        for position in self._visible():
            known = self._drawn.get(position)
            tile = self._tile(position)
            if known is not None and tile is known[1]:
                continue
            for line in range(HEIGHT) if known is None else tile.differing_from(known[1]):
                region = self._region(position, line)
                regions[region.y] = regions.get(region.y, region).union(region)
        if regions:
            self.refresh(*regions.values())

    def _region(self, position: int, line: int) -> Region:
        row, column = divmod(position, self._grid.columns)
        x, width = self._grid.span(column)
        return Region(x, row * PITCH + line - self.scroll_offset.y, width, 1)

    def _start_flashes(self, before: Sequence[Row]) -> None:
        self._flashes.forget(self._now)
        if before is self._rows:
            return
        for position in self._visible():
            index = self._order[position]
            if index < len(before):
                self._flashes.compare(before[index], self._rows[index], self._now)

    def _needs_order(self, before: Sequence[Row]) -> bool:
        if len(before) != len(self._rows) or self._symbol_at_cursor() != self._cursor_symbol:
            return True
        return self.sort.moves and not 0 <= self._now - self._sorted_at < RESORT_SECONDS

    def _arrange(self) -> None:
        count, symbol = len(self._order), self._cursor_symbol
        self._order = arrange(self._rows, self.sort, reverse=self.reverse)
        self._sorted_at = self._now
        symbols = self.symbols
        self._cursor = symbols.index(symbol) if symbol in symbols else 0
        self._cursor_symbol = self._symbol_at_cursor()
        if count != len(self._order):
            self._lay_out()
        self._redraw()

    def _symbol_at_cursor(self) -> str:
        if self._cursor >= len(self._order) or self._order[self._cursor] >= len(self._rows):
            return ""
        return self._rows[self._order[self._cursor]].symbol

    def _place_cursor(self, position: int) -> None:
        self._cursor = max(0, min(position, len(self._order) - 1))
        self._cursor_symbol = self._symbol_at_cursor()
        self._keeps_mark = True
        self._scroll_to_cursor()
        self._refresh_changed()

    def _scroll_to_cursor(self) -> None:
        top = self._cursor // self._grid.columns * PITCH
        above = min(self.scroll_offset.y, top)
        y = max(above, top + HEIGHT - self.size.height)
        if y != self.scroll_offset.y:
            self.scroll_to(y=y, animate=False, force=True)

    def _lay_out(self) -> None:
        self._grid = Grid.across(self.scrollable_size.width)
        self.virtual_size = Size(self._grid.width, self._grid.height(len(self._order)))
        self._redraw()

    def _redraw(self) -> None:
        self._drawn.clear()
        self.refresh()
