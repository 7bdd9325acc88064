"""The universe that was last read from tickterm's own database."""

from __future__ import annotations

from pathlib import Path

from tickterm.cli.database_memo import DatabaseMemo
from tickterm.market.names import as_items, names_in
from tickterm.market.symbols import is_symbol
from tickterm.market.universe import Universe

__all__ = ["UniverseMemo"]


class UniverseMemo(DatabaseMemo):
    """Answers as long as the database is the very same file: without importing SQLAlchemy."""

    def __init__(self, database: Path) -> None:
        """Keep it beside the database."""
        super().__init__(database, "last-universe.json")

    def recall(self, key: str) -> Universe | None:
        """Return the universe `key` if it was the last one read and the file has not changed."""
        match self._recalled():
            case [kept, [_, *_] as symbols, list() as names] if kept == key:
                if all(map(is_symbol, symbols)):
                    return Universe(key, tuple(symbols), names=names_in(names))
        return None

    def keep(self, universe: Universe, state: tuple[int, int] | None) -> None:
        """Keep what was read while the file was in `state`; without rejects, which must be said."""
        if not universe.rejected:
            kept = [universe.key, list(universe.symbols), as_items(universe.names)]
            self._keep(kept, state)
