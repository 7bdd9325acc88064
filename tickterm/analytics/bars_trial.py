"""Whether the bars could be kept where they shall be; what is not there yet is not made."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from sqlalchemy import Connection, inspect

from tickterm.analytics.bar_store import PURPOSE, BarStore
from tickterm.analytics.bar_table import BARS
from tickterm.backends.database import Database
from tickterm.backends.transactions import Transactions
from tickterm.errors import UnreachableError
from tickterm.market.text import clean

__all__ = ["try_bars"]


async def try_bars(url: str) -> str:
    """Return where the bars of `url` are kept, and what is still to be made there.

    Raises:
        SettingsError: the URL is malformed, or its driver is missing.
        UnreachableError: the database cannot be had or made, or takes no bars.
    """
    database = Database.parse(url, PURPOSE)
    if database.path is not None and _is_missing(database):
        _try_to_make(database.path)
        return f"{database.where} will be made"
    if not await _has_table(database):
        if database.path is not None and not os.access(database.path, os.W_OK):
            raise database.explain(PermissionError("Permission denied"))
        return f"{database.where}, whose table {BARS.name} will be made"
    await _try_to_write(url)
    return database.where


def _is_missing(database: Database) -> bool:
    try:
        database.check()
        return False
    except FileNotFoundError as error:
        if database.path is not None and database.path.exists():
            raise database.explain(error) from None
        return True
    except OSError as error:
        raise database.explain(error) from None


def _try_to_make(path: Path) -> None:
    """Raise UnreachableError where a file `path` could not be made; only a nameless one is."""
    nearest = next(parent for parent in path.parents if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as error:
        raise UnreachableError(
            f"the database {clean(path)} cannot be made, {clean(error.strerror)}: "
            f"set {PURPOSE.setting} to a file that you can write"
        ) from None


async def _has_table(database: Database) -> bool:
    def look(connection: Connection) -> bool:
        return inspect(connection).has_table(BARS.name)

    reading = Transactions(database)
    try:
        return await reading.run(lambda connection: connection.run_sync(look))
    finally:
        await reading.close()


async def _try_to_write(url: str) -> None:
    """Prepare what is prepared already: that writes nothing, and fails where a bar would."""
    store = BarStore(url)
    try:
        await store.prepare()
    finally:
        await store.close()
