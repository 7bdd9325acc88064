"""What the board shows, however it is drawn: rows, their order, the filter and the mark; pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tickterm.market.groups import EVERYTHING
from tickterm.ui.board.order import Sort, arrange
from tickterm.ui.board.passing import Passing, changed

if TYPE_CHECKING:
    from tickterm.market.row_filter import RowFilter
    from tickterm.market.snapshot import Row

__all__ = ["ANOTHER_CLOCK", "BoardModel"]

RESORT_SECONDS = 5.0
"""A board that moves with every tick cannot be read: moving orders are renewed this often."""
HELD_SECONDS = 3.0
"""So long after the person moved nothing else does."""
ANOTHER_CLOCK = 1.0
"""Seconds by which an engine's clock never goes back: so another engine has come in its place."""


class BoardModel:
    """The symbols that are shown, by position. Times are seconds of the engine's clock."""

    def __init__(self) -> None:
        self.sort = Sort.UNIVERSE
        self.reverse = False
        self.rows: Sequence[Row] = ()
        self.group = EVERYTHING
        """Of which group they are."""
        self.now = 0.0
        self.cursor = 0
        """The position of the mark."""
        self.cursor_symbol = ""
        """The symbol that is marked, empty on an empty board."""
        self._order: list[int] = []
        self._frozen: dict[str, None] | None = None
        """The symbols in the order that was frozen. None goes: it may come back to its place."""
        self._shown: list[int] = []
        self._passing = Passing()
        self._wanted = ""
        self._sorted_at = 0.0
        self._moved_at = -math.inf

    def __len__(self) -> int:
        """Return how many symbols are shown."""
        return len(self._shown)

    def __getitem__(self, position: int) -> Row:
        """Return the row at a position."""
        return self.rows[self._shown[position]]

    @property
    def symbols(self) -> list[str]:
        """All symbols in the order shown."""
        return [self.rows[index].symbol for index in self._shown]

    @property
    def is_frozen(self) -> bool:
        """Whether the order stays as it is, whatever the values do."""
        return self._frozen is not None

    @property
    def filter(self) -> RowFilter | None:
        """The filter in force."""
        return self._passing.filter

    def index(self, position: int) -> int:
        """Return where among `rows` the row at a position is."""
        return self._shown[position]

    def position(self, symbol: str) -> int | None:
        """Return where a symbol is shown."""
        rows = self.rows
        matches = (i for i, index in enumerate(self._shown) if rows[index].symbol == symbol)
        return next(matches, None)

    def beside(self, symbol: str, steps: int) -> int | None:
        """Return the position so many steps after a symbol, before it if negative, or the end.

        One that is not shown stands between those that its place in the order is between, or
        before the mark if it has none. None on an empty board.
        """
        if not self._shown:
            return None
        position = self.position(symbol)
        if position is None:
            position, steps = self._gap(symbol), steps - (steps > 0)
        return max(0, min(position + steps, len(self) - 1))

    def take(self, rows: Sequence[Row], now: float, group: int = EVERYTHING) -> bool:
        """Take the rows of this moment; say whether anything stands elsewhere than before.

        Those of another group are sorted at once. A symbol that somebody adds moves no other.
        """
        if now < self.now - ANOTHER_CLOCK:
            self._moved_at = -math.inf
        before, self.rows, self.now = self.rows, rows, now
        is_other, self.group = group != self.group, group
        news = None if is_other else changed(before, rows)
        if news is None:
            self._order = self._renewed(before, is_other=is_other)
            self._passing.judge(rows, now)
            return self._place(always=True)
        self._passing.judge_some(news, rows, now)
        if self._is_held:
            return False
        sorted_anew = self._sort_if_due()
        filtered_anew = self._passing.is_due(rows, now)
        return (sorted_anew or filtered_anew) and self._place()

    def sort_by(self, sort: Sort, *, reverse: bool = False) -> None:
        """Put the rows in another order, a frozen one too; the mark stays on its symbol."""
        self.sort, self.reverse = sort, reverse
        self._order = self._arranged()
        if self.is_frozen:
            self.freeze(frozen=True)
        self._place()

    def freeze(self, *, frozen: bool) -> None:
        """Keep the order as it is now; or let it go on, from the next rows on."""
        if not frozen:
            self._sorted_at = -math.inf
        self._frozen = dict.fromkeys(self._symbols(self.rows)) if frozen else None

    def choose_filter(self, chosen: RowFilter | None) -> None:
        """Show only what passes a filter, or everything."""
        self._passing.filter = chosen
        self._passing.judge(self.rows, self.now)
        self._place()

    def mark(self, position: int) -> None:
        """Mark what is at a position, or next to it at the end."""
        self.cursor = max(0, min(position, len(self) - 1))
        self.cursor_symbol = self._wanted = self[self.cursor].symbol if self._shown else ""

    def hold(self) -> None:
        """Let nothing move for a while: the person does."""
        self._moved_at = self.now

    def best_match(self, text: str) -> tuple[int, int | None]:
        """Return how many symbols contain `text`, and the position of that which fits best."""
        part = text.upper()
        names = [symbol.upper() for symbol in self.symbols]
        matches = [i for i, name in enumerate(names) if part and part in name]
        starts = (i for i in matches if names[i].startswith(part))
        exact = (i for i in matches if names[i] == part)
        return len(matches), next(exact, next(starts, matches[0] if matches else None))

    @property
    def _is_held(self) -> bool:
        return self.now - self._moved_at < HELD_SECONDS

    def _sort_if_due(self) -> bool:
        was_let_go = self._sorted_at == -math.inf
        if self.is_frozen or not (self.sort.moves or was_let_go):
            return False
        if 0 <= self.now - self._sorted_at < RESORT_SECONDS:
            return False
        self._order = self._arranged()
        return True

    def _arranged(self) -> list[int]:
        self._sorted_at = self.now
        return arrange(self.rows, self.sort, reverse=self.reverse, now=self.now)

    def _renewed(self, before: Sequence[Row], *, is_other: bool) -> list[int]:
        """Return the order of rows with other symbols than before."""
        if self._frozen is not None:
            order = self._kept(self._frozen)
            self._frozen.update(dict.fromkeys(self.rows[index].symbol for index in order))
            return order
        if is_other or not self.sort.moves:
            return self._arranged()
        return self._kept(self._symbols(before))

    def _kept(self, symbols: Iterable[str]) -> list[int]:
        """Return the order that symbols have, with new ones at the end, as they are sorted."""
        places = {row.symbol: index for index, row in enumerate(self.rows)}
        known = [places[symbol] for symbol in symbols if symbol in places]
        seen = set(known)
        sorted_now = arrange(self.rows, self.sort, reverse=self.reverse, now=self.now)
        return [*known, *(index for index in sorted_now if index not in seen)]

    def _symbols(self, rows: Sequence[Row]) -> list[str]:
        """Return all symbols in their order, as these rows name them."""
        return [rows[index].symbol for index in self._order]

    def _gap(self, symbol: str) -> int:
        """Return at which position a symbol would stand that is not shown."""
        symbols = self._symbols(self.rows)
        if symbol not in symbols:
            return self.cursor
        shown = set(self._shown)
        return sum(index in shown for index in self._order[: symbols.index(symbol)])

    def _place(self, *, always: bool = False) -> bool:
        """Show the order as filtered; say whether that is another one than before."""
        before, self._shown = self._shown, self._passing.of(self._order)
        if before == self._shown and not always:
            return False
        position = self.position(self._wanted)
        self.cursor = min(self.cursor, max(0, len(self) - 1)) if position is None else position
        self.cursor_symbol = self[self.cursor].symbol if self._shown else ""
        self._wanted = self._wanted or self.cursor_symbol
        return True
