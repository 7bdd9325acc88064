"""The board: the symbols, of tiles or as a table, and what a person does with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from tickterm.market.row_filter import parse
from tickterm.ui.board.canvas import BoardCanvas
from tickterm.ui.board.order import Sort
from tickterm.ui.board.table import neighbour
from tickterm.ui.draw import numbers

if TYPE_CHECKING:
    from textual import events

__all__ = ["Board"]


class Board(BoardCanvas, inherit_bindings=False):
    """Rows as tiles or lines, in an order, filtered, one of them marked."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, action, name, show=False, id=f"board.{name}", tooltip=tooltip)
        for key, action, name, tooltip in (
            ("left,h", "move(-1)", "left", "Mark the symbol before"),
            ("right", "move(1)", "right", "Mark the next symbol"),
            ("up,k", "move_rows(-1)", "up", "Mark the symbol above"),
            ("down,j", "move_rows(1)", "down", "Mark the symbol below"),
            ("pageup", "move_pages(-1)", "page-up", "Go up one screenful"),
            ("pagedown", "move_pages(1)", "page-down", "Go down one screenful"),
            ("ctrl+u", "move_pages(-0.5)", "half-up", "Go up half a screenful"),
            ("ctrl+d", "move_pages(0.5)", "half-down", "Go down half a screenful"),
            ("home,g", "first", "first", "Mark the first symbol"),
            ("end,G,shift+g", "last", "last", "Mark the last symbol"),
        )
    ]

    filter_title = "filter"
    filter_hint = "chg_pct > 2 and volume > 1e6, or part of a name"

    @property
    def sort(self) -> Sort:
        """What the board is sorted by."""
        return self._model.sort

    @property
    def reverse(self) -> bool:
        """Whether the order is turned round."""
        return self._model.reverse

    @property
    def is_frozen(self) -> bool:
        """Whether the order stays as it is."""
        return self._model.is_frozen

    @property
    def is_table(self) -> bool:
        """Whether the symbols stand in a table."""
        return self._view is self._table

    @property
    def cursor_symbol(self) -> str:
        """The symbol that is marked, empty on an empty board."""
        return self._model.cursor_symbol

    @property
    def symbols(self) -> list[str]:
        """All symbols in the order shown."""
        return self._model.symbols

    @property
    def filter_text(self) -> str:
        """The filter in force."""
        chosen = self._model.filter
        return chosen.text if chosen else ""

    @property
    def passing(self) -> str:
        """How many symbols pass the filter, in words; empty without one."""
        model = self._model
        shown, total = numbers.count(len(model)), numbers.count(len(model.rows))
        return f"{shown} of {total}" if model.filter else ""

    def copied(self) -> tuple[str, str]:
        """Return the marked symbol as a line of text, and its name."""
        model = self._model
        if not len(model):
            return "", ""
        row = model[model.cursor]
        price, percent = numbers.price(row.price), numbers.percent(row.percent)
        change = numbers.change(row.change, row.price)
        return f"{row.symbol} {price} {change} {percent}", row.symbol

    def sort_by(self, sort: Sort, *, reverse: bool = False) -> None:
        """Rearrange and go to the top; the mark stays on its symbol, in sight or not."""
        self._model.sort_by(sort, reverse=reverse)
        self._keeps_mark = False
        self._scroll(0)
        self._make_room()
        self._redraw()

    def sort_by_neighbour(self, columns: int) -> None:
        """Sort by the column so many to the right of the present one."""
        self.sort_by(neighbour(self._view.sorts, self.sort, columns, Sort.UNIVERSE))

    def toggle_freeze(self) -> None:
        """Keep the order as it is, or let it go on."""
        self._model.freeze(frozen=not self.is_frozen)

    def toggle_table(self) -> None:
        """Change between tiles and table; the mark, or else the first symbol, stays in sight."""
        line, top = self._line_of_mark(), next(iter(self._visible()), 0)
        self._view = self._tiles if self.is_table else self._table
        self._lay_out()
        if line is None:
            self._scroll(self._view.grid.top(top))
        else:
            self._put_mark(line)
            self._scroll_to_cursor()
        self._make_room()
        self._redraw()

    def filter(self, text: str) -> None:
        """Show only what passes; raises `FilterError` and changes nothing where it is no filter."""
        chosen = parse(text) if text.strip() else None
        line = self._line_of_mark()
        self._model.choose_filter(chosen)
        self._lay_out()
        self._put_mark(line)
        self._make_room()
        self._redraw()

    def clear(self) -> None:
        """Take the highlight off what was found; if there is none, show everything again."""
        if self.found:
            self.find("")
        elif self._model.filter:
            self.filter("")

    def find(self, text: str) -> int:
        """Highlight `text` and mark the first symbol it begins, else contains; return how many."""
        self.found = text.upper()
        matches, best = self._model.best_match(text)
        if best is not None:
            self._place_cursor(best)
        self._redraw()
        return matches

    def mark(self, symbol: str) -> None:
        """Mark a symbol, if it is there."""
        position = self._model.position(symbol)
        if position is not None:
            self._place_cursor(position)

    def beside(self, symbol: str, steps: int) -> str:
        """Return the symbol so many steps after one, shown or not; empty on an empty board."""
        position = self._model.beside(symbol, steps)
        return "" if position is None else self._model[position].symbol

    def action_move(self, symbols: int) -> None:
        """Move the mark along the order shown."""
        self._place_cursor(self._model.cursor + symbols)

    def action_move_rows(self, rows: int) -> None:
        """Move the mark by whole rows, never beyond the first or last symbol of its column."""
        target = self._model.cursor + rows * self._view.grid.columns
        if 0 <= target < len(self._model):
            self._place_cursor(target)

    def action_move_pages(self, pages: float) -> None:
        """Move the mark by as many rows as the screen shows."""
        grid = self._view.grid
        rows = max(1, int(abs(pages) * grid.rows(self._height))) * (1 if pages > 0 else -1)
        self._place_cursor(self._model.cursor + rows * grid.columns)

    def action_first(self) -> None:
        """Mark the first symbol."""
        self._place_cursor(0)

    def action_last(self) -> None:
        """Mark the last symbol."""
        self._place_cursor(len(self._model) - 1)

    async def on_click(self, event: events.Click) -> None:
        """Mark what was clicked, look closely at it the second time; sort by a column's title."""
        if event.y < self._view.head:
            sort = self._view.sort_at(event.x)
            if sort is not None:
                self.sort_by(sort, reverse=sort is self.sort and not self.reverse)
            return
        y = event.y - self._view.head + self.scroll_offset.y
        position = self._view.grid.position(event.x, y, len(self._model))
        if position is None:
            return
        self._place_cursor(position)
        if event.chain == 2:
            await self.run_action("app.open_chart")

    def on_mouse_scroll_down(self) -> None:
        """Let nothing move below the pointer."""
        self._model.hold()

    def on_mouse_scroll_up(self) -> None:
        """Let nothing move below the pointer."""
        self._model.hold()

    def _place_cursor(self, position: int) -> None:
        self._model.mark(position)
        self._model.hold()
        self._keeps_mark = True
        self._scroll_to_cursor()
        self._refresh_changed()
