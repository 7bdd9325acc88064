"""The group that this screen shows: which rows of the board it lets through, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_
from typing import TYPE_CHECKING

from tickterm.market.groups import EVERYTHING, Group
from tickterm.market.text import clean
from tickterm.ui.draw import numbers

if TYPE_CHECKING:
    from tickterm.market.snapshot import Row, Snapshot

__all__ = ["GroupView", "in_group"]


def in_group(rows: Sequence[Row], symbols: Sequence[str]) -> Sequence[Row]:
    """Return the rows of these symbols, in their order; symbols that have no row are left out."""
    places = {row.symbol: index for index, row in enumerate(rows)}
    return tuple([rows[places[symbol]] for symbol in symbols if symbol in places])


class GroupView:
    """The choice of a group, kept while the screen lives; a view of this screen alone."""

    def __init__(self) -> None:
        self.key = EVERYTHING
        """The digit that was chosen."""
        self.group: Group | None = None
        """The group that is shown; None: all that is watched."""
        self.missing = 0
        """Symbols of the group that are not watched."""
        self._all: Sequence[Row] = ()
        self._symbols: tuple[str, ...] = ()
        self._shown: Sequence[Row] = ()
        self._places: list[int] = []

    @property
    def title(self) -> str:
        """The digit and the name of the group; empty while everything is shown."""
        return "" if self.group is None else f"{self.group.key} {clean(self.group.name)}"

    @property
    def size(self) -> str:
        """How many symbols are shown, and how many cannot be."""
        lacks = f", {numbers.count(self.missing)} not watched" if self.missing else ""
        return numbers.count(len(self._shown)) + lacks

    @property
    def emptiness(self) -> str:
        """What to say in the place of the rows, where there are none."""
        if self.group is None or self.group.symbols:
            return "no symbols yet"
        return f"this list is empty{': a adds symbols' if self.group.own else ''}"

    def rows(self, snapshot: Snapshot) -> Sequence[Row]:
        """Return the rows to show; the same object until one of them changes.

        A group that is gone lets everything through, until it is there again.
        """
        chosen = (group for group in snapshot.groups if group.key == self.key != EVERYTHING)
        self.group = next(chosen, None)
        if self.group is None:
            self.missing = 0
            return snapshot.rows
        if snapshot.rows is not self._all or self.group.symbols is not self._symbols:
            self._take(snapshot.rows, self.group.symbols)
        return self._shown

    def _take(self, rows: Sequence[Row], symbols: tuple[str, ...]) -> None:
        """Pick the rows: by the places of the last time, where they still hold."""
        before = self._shown
        shown: Sequence[Row] = ()
        if symbols is self._symbols and len(rows) == len(self._all):
            shown = [rows[place] for place in self._places]
        if not shown or any(a.symbol != b.symbol for a, b in zip(shown, before, strict=True)):
            shown = in_group(rows, symbols)
            places = {row.symbol: index for index, row in enumerate(rows)}
            self._places = [places[row.symbol] for row in shown]
            self.missing = len(symbols) - len(shown)
        self._all, self._symbols = rows, symbols
        if len(shown) != len(before) or not all(map(is_, shown, before)):
            self._shown = tuple(shown)
