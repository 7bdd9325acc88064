"""What was last read from tickterm's own database, kept beside it."""

from __future__ import annotations

import contextlib
from pathlib import Path

import orjson

from tickterm.market.names import as_items, names_in
from tickterm.market.symbols import is_symbol
from tickterm.market.universe import Universe

__all__ = ["UniverseMemo"]


class UniverseMemo:
    """Answers for a SQLite file as long as the file is the very same.

    Reading the file itself takes SQLAlchemy, and that over half a second to import.
    """

    def __init__(self, database: Path) -> None:
        self._database = database
        self._memo = database.with_name("last-universe.json")

    def state(self) -> tuple[int, int] | None:
        """Return what changes with every write to the file; None while a journal holds more."""
        name = self._database.name
        try:
            stat = self._database.stat()
            journals = [self._database.with_name(name + end) for end in ("-wal", "-journal")]
            return None if any(j.exists() for j in journals) else (stat.st_size, stat.st_mtime_ns)
        except OSError:
            return None

    def recall(self, key: str) -> Universe | None:
        """Return the universe `key` if it was the last one read and the file has not changed."""
        state = self.state()
        try:
            size, mtime, kept_key, symbols, names = orjson.loads(self._memo.read_bytes())
        except (OSError, ValueError, TypeError):
            return None
        if state is None or (size, mtime, kept_key) != (*state, key):
            return None
        if not isinstance(symbols, list) or not symbols or not all(map(is_symbol, symbols)):
            return None
        if not isinstance(names, list):
            return None
        return Universe(key, tuple(symbols), names=names_in(names))

    def keep(self, universe: Universe, state: tuple[int, int] | None) -> None:
        """Keep what was read while the file was in `state`; without rejects, which must be said."""
        if state is None or universe.rejected:
            return
        part = self._memo.with_suffix(".part")
        with contextlib.suppress(OSError):  # without it the next start is slower, no more
            kept = [*state, universe.key, list(universe.symbols), as_items(universe.names)]
            part.write_bytes(orjson.dumps(kept))
            part.replace(self._memo)
