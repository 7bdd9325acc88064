"""The first universes of tickterm's own database, as they were last read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tickterm.cli.database_memo import DatabaseMemo
from tickterm.market.names import as_items, names_in
from tickterm.market.symbols import is_symbol
from tickterm.market.universe import Universe

__all__ = ["TableMemo"]


class TableMemo(DatabaseMemo):
    """Answers as long as the database is the very same file: without importing SQLAlchemy, for
    which every tick of the first seconds would have to wait."""

    def __init__(self, database: Path) -> None:
        """Keep them beside the database."""
        super().__init__(database, "last-universes.json")

    def recall(self) -> list[Universe] | None:
        """Return the universes that were read last, if the database has not changed since."""
        try:
            [[*kept]] = self._recalled()
            universes = [
                Universe(str(key), tuple(symbols), names=names_in(names))
                for key, symbols, names in kept
            ]
        except (ValueError, TypeError):
            return None
        if not all(is_symbol(symbol) for universe in universes for symbol in universe.symbols):
            return None
        return universes

    def keep(self, universes: Sequence[Universe], state: tuple[int, int] | None) -> None:
        """Keep what was read while the database was in `state`."""
        kept = [[each.key, list(each.symbols), as_items(each.names)] for each in universes]
        self._keep([kept], state)
