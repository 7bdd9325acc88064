"""Another process that holds the lock of a SQLite file."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

__all__ = ["SqliteLock", "locked"]

_HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN " + sys.argv[2])
print("locked", flush=True)
sys.stdin.readline()
connection.execute("ROLLBACK")
"""


class SqliteLock:
    """The lock, until it is let go."""

    def __init__(self, holder: subprocess.Popen[str]) -> None:
        self._holder = holder

    def let_go(self) -> None:
        """Tell the other process to end."""
        assert self._holder.stdin is not None
        self._holder.stdin.close()

    @property
    def let_gone(self) -> bool:
        """Whether it was told."""
        assert self._holder.stdin is not None
        return self._holder.stdin.closed


@contextmanager
def locked(path: Path, kind: Literal["IMMEDIATE", "EXCLUSIVE"]) -> Iterator[SqliteLock]:
    """Keep writers out of the file for the length of the block, or everybody."""
    with subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(path), kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "locked\n"
        yield SqliteLock(holder)
