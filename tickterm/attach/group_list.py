"""GroupList: the groups of an engine, the first of them made of what it watches."""

from __future__ import annotations

from collections.abc import Sequence

from tickterm.attach.row_table import MOST_SYMBOLS
from tickterm.market.contract import ContractError, Groups
from tickterm.market.groups import EVERYTHING, OWN_KEYS, Group
from tickterm.market.snapshot import Row, symbols_of
from tickterm.market.symbols import is_symbol
from tickterm.market.text import clean

__all__ = ["GroupList"]

_NAME_LIMIT = 240


class GroupList:
    """Groups by digit; the same objects until they change."""

    def __init__(self) -> None:
        self._others: tuple[Group, ...] = ()
        self._everything = Group(EVERYTHING, "", ())
        self._rows: Sequence[Row] = ()
        self._frozen: tuple[Group, ...] = ()

    def take(self, message: Groups) -> None:
        """Take the groups that the engine tells of.

        Raises:
            ContractError: there are more than digits, or one has too many symbols.
        """
        groups = {group.key: _bounded(group) for group in message.groups[: len(OWN_KEYS)]}
        if len(groups) != len(message.groups) or not groups.keys() <= set(OWN_KEYS):
            raise ContractError("groups that are not one to a digit")
        self._others = tuple(groups[key] for key in sorted(groups))
        self._frozen = ()

    def freeze(self, name: str, rows: Sequence[Row]) -> tuple[Group, ...]:
        """Return all groups, where what is watched is called `name` and has these rows."""
        everything = self._everything
        if rows is not self._rows or name != everything.name:
            self._rows = rows
            symbols = symbols_of(rows)
            if symbols != everything.symbols or name != everything.name:
                self._everything = Group(EVERYTHING, name, symbols)
        if not self._frozen or self._frozen[0] is not self._everything:
            self._frozen = (self._everything, *self._others)
        return self._frozen


def _bounded(group: Group) -> Group:
    if len(group.symbols) > MOST_SYMBOLS:
        raise ContractError(f"a group of more than {MOST_SYMBOLS:,} symbols")
    symbols = tuple(symbol for symbol in dict.fromkeys(group.symbols) if is_symbol(symbol))
    return Group(group.key, clean(group.name, _NAME_LIMIT), symbols, group.own)
