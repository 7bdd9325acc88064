"""What was read from tickterm's own database, kept beside it."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

__all__ = ["DatabaseMemo"]


class DatabaseMemo:
    """Answers for a SQLite file as long as the file is the very same; what, its heirs say.

    Reading the file itself takes SQLAlchemy, and that over half a second to import.
    """

    def __init__(self, database: Path, name: str) -> None:
        """Keep it in the file `name` beside the database."""
        self._database = database
        self._memo = database.with_name(name)

    def state(self) -> tuple[int, int] | None:
        """Return what changes with every write to the file; None while a journal holds more."""
        name = self._database.name
        try:
            stat = self._database.stat()
            journals = [self._database.with_name(name + end) for end in ("-wal", "-journal")]
            return None if any(j.exists() for j in journals) else (stat.st_size, stat.st_mtime_ns)
        except OSError:
            return None

    def _recalled(self) -> Sequence[Any]:
        """Return what was kept, which may be anything by now; nothing if the file has changed."""
        state = self.state()
        try:
            kept = orjson.loads(self._memo.read_bytes())
        except (OSError, ValueError):
            return ()
        match kept:
            case [size, mtime, *values] if (size, mtime) == state:
                return values
        return ()

    def _keep(self, values: Sequence[object], state: tuple[int, int] | None) -> None:
        """Keep what was read while the file was in `state`."""
        if state is None:
            return
        part = self._memo.with_suffix(".part")
        with contextlib.suppress(OSError):  # without it the next start is slower, no more
            part.write_bytes(orjson.dumps([*state, *values]))
            part.replace(self._memo)
