"""Transactions: work in a database that ends in time, or with one clear line."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from tickterm.backends.database import LOCK_WAIT, Database
from tickterm.backends.sql_faults import TIMEOUT
from tickterm.errors import TickTermError

__all__ = ["Transactions"]

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]

DEADLINE = TIMEOUT + 0.5  # above the drivers' own limits, whose errors say more


class Transactions:
    """Transactions in one database, one at a time or several; between them nothing is open."""

    def __init__(self, database: Database, *, writable: bool = False) -> None:
        """Take a database; nothing is opened yet.

        Raises:
            SettingsError: its driver is not installed.
        """
        self._database = database
        self._engine = database.engine(writable)

    async def run(self, work: Work[T]) -> T:
        """Do `work` in a transaction of its own, undone when it fails; return what it returns.

        Work that finds a SQLite file locked is begun again for `TIMEOUT` seconds.

        Raises:
            UnreachableError: of the database's purpose: what is wrong, and what to do.
            TickTermError: `work` raised it.
        """
        try:
            self._database.check()
            async with asyncio.timeout(DEADLINE):
                return await self._unlocked(work)
        except TickTermError:
            raise
        # boundary: SQLAlchemy, two drivers, their sockets and TLS raise half a dozen error trees
        except Exception as error:  # noqa: BLE001
            raise self._database.explain(error) from None

    async def close(self) -> None:
        """Release what the engine holds; no thread is left."""
        await self._engine.dispose()

    async def _unlocked(self, work: Work[T]) -> T:
        # no cancellation can cut a wait for SQLite's lock short, so that there are many short ones
        now = asyncio.get_running_loop().time
        last_try = now() + TIMEOUT - LOCK_WAIT
        while True:
            began = now()
            try:
                async with self._engine.begin() as connection:
                    return await work(connection)
            except OperationalError as error:
                if began > last_try or "database is locked" not in str(error.orig):
                    raise
            # where waiting could never end, such as for a reader that wants to write, it does not
            await asyncio.sleep(began + LOCK_WAIT - now())
