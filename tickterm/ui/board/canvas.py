"""What the board and its two ways of drawing share: drawing in lines, and only what changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.filter import ANSIToTruecolor, LineFilter
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tickterm.market.freshness import NEVER, Freshness, state_of
from tickterm.market.groups import EVERYTHING
from tickterm.ui.board.columns import Moment
from tickterm.ui.board.flashes import CALM, Flashes
from tickterm.ui.board.marks import NO_MARKS, Mark
from tickterm.ui.board.model import ANOTHER_CLOCK, BoardModel
from tickterm.ui.board.outages import Outages
from tickterm.ui.board.tile import Tile
from tickterm.ui.board.views import BoardView, TableView, TileView
from tickterm.ui.draw import numbers
from tickterm.ui.draw.fading import STALE, quietness
from tickterm.ui.draw.looks import ROLES, Looks
from tickterm.ui.draw.spans import fit
from tickterm.ui.widgets.opaque import Opaque

if TYPE_CHECKING:
    from rich.segment import Segment

    from tickterm.market.snapshot import Row

__all__ = ["BoardCanvas"]

_Key = tuple[object, ...]


class BoardCanvas(ScrollView, Opaque, inherit_bindings=False):
    """Draws a `BoardModel`, as tiles or as a table. Times are seconds of the engine's clock."""

    COMPONENT_CLASSES: ClassVar[set[str]] = ROLES

    def __init__(self) -> None:
        super().__init__()
        self.found = ""
        """The part of a symbol that is highlighted."""
        self._model = BoardModel()
        self._tiles, self._table = TileView(), TableView()
        self._view: BoardView = self._tiles
        self._looks = Looks(self)
        self._known_since = NEVER
        self._nothing = "no symbols yet"
        self._marks = NO_MARKS
        self._keeps_mark = True
        """Whether the view goes where the mark goes: not after sorting, until the mark moves."""
        self._flashes = Flashes()
        self._outages = Outages()
        self._drawn: dict[int, tuple[_Key, Tile]] = {}

    def show(
        self,
        rows: Sequence[Row],
        now: float,
        marks: Mapping[str, Mark] = NO_MARKS,
        *,
        since: float,
        group: int = EVERYTHING,
    ) -> None:
        """Show `rows` of a group as they are at `now`, and the marks by symbol; redraw what has
        changed.

        `since` is what `known_since` returned.
        """
        model, self._known_since, self._marks = self._model, since, marks
        if now < model.now - ANOTHER_CLOCK:
            self._flashes, self._outages = Flashes(), Outages()
        self._outages.take(model.rows, since)
        before, line, seen = model.rows, self._line_of_mark(), self._visible()
        if model.take(rows, now, group):
            self._lay_out()
            self._put_mark(line)
            if self._visible() != seen:
                self._redraw()
        self._start_flashes(before)
        self._make_room()
        self._refresh_changed()

    def grey(self, *, since: float) -> None:
        """Set only since when nothing was missed of the frozen rows."""
        model = self._model
        self.show(model.rows, model.now, self._marks, since=since, group=model.group)

    def say_if_empty(self, words: str) -> None:
        """Take what to say in the place of the rows, where there are none."""
        if words != self._nothing:
            self._nothing = words
            self._redraw()

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
        """Forget what is out of sight."""
        super().watch_scroll_y(old_value, new_value)
        seen = self._visible()
        self._drawn = {p: drawn for p, drawn in self._drawn.items() if p in seen}
        self._make_room()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Return Textual's filters without that for ANSI colours, where there are none."""
        filters = super().get_line_filters()
        if not self._looks.is_true_colour:
            return filters
        return [each for each in filters if not isinstance(each, ANSIToTruecolor)]

    def render_line(self, y: int) -> Strip:
        """Draw one line of the screen."""
        view, model = self._view, self._model
        if not view.grid.width:  # the scrollbar has all there is
            return Strip([])
        if y < view.head:
            return self._looks.strip(
                view.draw_head(self._model.sort, reverse=self._model.reverse), 0, "card"
            )
        width = view.grid.width
        row, line = divmod(y - view.head + self.scroll_offset.y, view.grid.pitch)
        if not len(model) and y == self.size.height // 2:
            return self._looks.strip(((self._emptiness.center(width), "muted"),))
        if line >= view.grid.lines or row * view.grid.columns >= len(model):
            return self._looks.strip(((" " * width, "blank"),))
        gap = self._looks.segments(((" ", "blank"),))
        segments: list[Segment] = []
        for column in range(view.grid.columns):
            segments += gap[: bool(column)]
            segments += self._segments(row, column, line)
        return Strip(segments, width)

    @property
    def _emptiness(self) -> str:
        words = "nothing passes the filter" if self._model.rows else self._nothing
        return fit(words, self._view.grid.width)

    @property
    def _height(self) -> int:
        """Lines that scroll."""
        return max(0, self.size.height - self._view.head)

    def _segments(self, row: int, column: int, line: int) -> list[Segment]:
        grid = self._view.grid
        position = row * grid.columns + column
        if position >= len(self._model):
            return self._looks.segments(((" " * grid.span(column)[1], "blank"),))
        drawn = self._drawn.get(position)
        tile = self._tile(position) if drawn is None else drawn[1]
        if not tile.selected:
            return self._looks.segments(tile.lines[line], tile.quiet, self._view.ground)
        first, *rest = tile.lines[line]
        bar = ("▌", "edge") if first[1] == "edge" else first  # a pattern's mark stays
        return self._looks.segments((bar, *rest), tile.quiet, "card-selected")

    def _tile(self, position: int) -> Tile:
        """Return what is at a position as it is now, from the cache when nothing changed."""
        row, now = self._model[position], self._model.now
        age = now - row.updated
        state = state_of(row, now, self._known_since)
        stale = state is Freshness.STALE
        quiet = STALE if stale else quietness(age) if row.ticks else 0
        flash = CALM if stale else self._flashes.of(row.symbol, now)
        selected, mark = position == self._model.cursor, self._marks.get(row.symbol)
        key = (row, numbers.age(age) if row.ticks else "", state, quiet, flash, selected, mark)
        known = self._drawn.get(position)
        if known is not None and known[0][0] is row and known[0][1:] == key[1:]:
            return known[1]
        moment = Moment(row, now, state, flash, self.found, self._outages.known)
        lines = self._view.draw(moment, position % self._view.grid.columns, mark)
        tile = Tile(lines, quiet, selected)
        self._drawn[position] = (key, tile)
        return tile

    def _visible(self) -> range:
        return self._view.grid.visible(self.scroll_offset.y, self._height, len(self._model))

    def _refresh_changed(self) -> None:
        """Ask for the changed lines, each from its first to its last changed tile.

        One region a line: for every region Textual sends the line again from its first cell.
        """
        if not self.display:
            self._drawn.clear()
            return
        regions: dict[int, Region] = {}
        for position in self._visible():
            known = self._drawn.get(position)
            tile = self._tile(position)
            if known is not None and tile is known[1]:
                continue
            every = range(self._view.grid.lines)
            for line in every if known is None else tile.differing_from(known[1]):
                region = self._region(position, line)
                regions[region.y] = regions.get(region.y, region).union(region)
        if regions:
            self.refresh(*regions.values())

    def _region(self, position: int, line: int) -> Region:
        grid = self._view.grid
        x, width = grid.span(position % grid.columns)
        top = self._view.head + grid.top(position) - self.scroll_offset.y
        return Region(x, top + line, width, 1)

    def _start_flashes(self, before: Sequence[Row]) -> None:
        model = self._model
        self._flashes.forget(model.now)
        if before is model.rows or self.app.has_class("-still"):
            return
        for position in self._visible():
            index = model.index(position)
            if index < len(before):
                self._flashes.compare(before[index], model.rows[index], model.now)

    def _line_of_mark(self) -> int | None:
        """Return at which line of those that scroll the mark is seen, if it is to stay there."""
        line = self._view.grid.top(self._model.cursor) - self.scroll_offset.y
        return line if self._keeps_mark and 0 <= line < self._height else None

    def _put_mark(self, line: int | None) -> None:
        """Scroll so that the mark is at a line, as far as that can be."""
        if line is not None:
            self._scroll(self._view.grid.top(self._model.cursor) - line)

    def _scroll_to_cursor(self) -> None:
        grid = self._view.grid
        top = grid.top(self._model.cursor)
        above = min(self.scroll_offset.y, top)
        self._scroll(max(above, top + grid.lines - self._height))

    def _scroll(self, y: int) -> None:
        if y != self.scroll_offset.y:
            self.scroll_to(y=y, animate=False, force=True)

    def _make_room(self) -> None:
        """Let the numbers in sight have room."""
        if self._view.make_room(self._model[position] for position in self._visible()):
            self._redraw()

    def _lay_out(self) -> None:
        width, height = self.scrollable_size.width, self.size.height
        if self._view.lay_out(width, height, self._model.rows):
            self._redraw()
        lines = self._view.head + self._view.grid.height(len(self._model))
        size = Size(width, lines)
        if size != self.virtual_size:
            # To set it usually lays out the whole screen, although only the scrollbar may change.
            self.set_reactive(BoardCanvas.virtual_size, size)
            self._scroll_update(size)

    def _redraw(self) -> None:
        self._drawn.clear()
        self.refresh()
