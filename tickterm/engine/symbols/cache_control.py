"""CacheControl: universes in the table `cache_entries`, read through async SQLAlchemy.

Nothing is kept open and nothing is cached: every answer is what the table says now. The table of
an existing TickStock installation is only ever read; a SQLite file may be imported into.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Row, Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tickterm.backends.database import Database
from tickterm.backends.transactions import Transactions
from tickterm.engine.symbols.entries import DEFAULT_ENVIRONMENT, ENTRIES, ensure_default_database
from tickterm.errors import SettingsError, UniverseError, UniverseNotFound
from tickterm.market.text import clean
from tickterm.market.universe import Universe, UniverseKey, names_of, nearest, tickers_of

__all__ = ["CacheControl", "Listed", "ensure_default_database"]

_SHOWN_KEYS = 5
_KEYS_SEARCHED = 2_000

_OF = ENTRIES.c


class Listed(NamedTuple):
    """One row of `cache_entries`, as the list of universes shows it."""

    type: str
    name: str
    key: str
    size: int
    """Symbols in it; 0 when there is a problem."""
    environment: str
    problem: str
    """Why it cannot be used, sanitised; empty when it can."""


class CacheControl:
    """The universes of one database."""

    def __init__(self, database_url: str) -> None:
        """Take `sqlite:///file` or `postgresql://...`; nothing is opened yet.

        Raises:
            SettingsError: the URL is malformed, or its driver is not installed.
        """
        self._database = Database.parse(database_url)
        self._transactions = Transactions(self._database)

    async def get_universe_tickers(self, key: str) -> Universe:
        """Return the universe under `name:key`, as the table has it now.

        Rows of the environment DEFAULT win over others.

        Raises:
            UniverseNotFound: there is none; carries the keys that exist, nearest first.
            UniverseError: it is empty, malformed or ambiguous, or the database cannot be read.
        """
        try:
            wanted = UniverseKey.parse(key)
        except SettingsError as error:
            raise await self._not_found(key, str(error)) from None
        rows = await self._read(
            select(_OF.type, _OF.environment, _OF.value)
            .where(_OF.name == wanted.name, _OF.key == wanted.key)
            .order_by(_OF.type, _OF.environment)
        )
        if not rows:
            missing = f"there is no universe {key} in {self._database.where}"
            raise await self._not_found(key, missing)
        return _the_one(key, rows)

    async def list_universes(self) -> list[Listed]:
        """Return every row of the table, by type, name, key and environment.

        Raises:
            UniverseError: the database cannot be read.
        """
        columns = (_OF.type, _OF.name, _OF.key, _OF.environment, _OF.value)
        listed = []
        for row in await self._read(select(*columns).order_by(*columns[:4])):
            listed.append(_listed(row))
            await asyncio.sleep(0)  # an engine that reads its table has ticks to take meanwhile
        return listed

    async def import_universe(
        self,
        key: str,
        symbols: Iterable[str],
        row_type: str | None = None,
        *,
        replace: bool = False,
    ) -> None:
        """Write `symbols` under `name:key`, in the environment DEFAULT.

        A new row gets `row_type` (`stock_universe` unless told); with `replace` an existing one
        keeps its type.

        Raises:
            SettingsError: the key is malformed or taken, or the database is PostgreSQL.
            UniverseError: the database cannot be written.
        """
        wanted = UniverseKey.parse(key)
        if self._database.path is None:
            raise SettingsError(
                f"{self._database.where} is only read here: write with its own tools"
            )
        value = orjson.dumps(list(symbols)).decode()
        writing = Transactions(self._database, writable=True)
        try:
            await writing.run(
                lambda connection: _write(connection, wanted, value, row_type, replace)
            )
        finally:
            await writing.close()

    async def close(self) -> None:
        """Release what the engine holds; no thread is left."""
        await self._transactions.close()

    async def _not_found(self, key: str, reason: str) -> UniverseNotFound:
        rows = await self._read(select(_OF.name, _OF.key).distinct().limit(_KEYS_SEARCHED))
        found = nearest(key, (clean(f"{row.name}:{row.key}", 120) for row in rows))[:_SHOWN_KEYS]
        hint = f"nearest are {', '.join(found)}" if found else "the table is empty, import one"
        return UniverseNotFound(f"{reason}; {hint}", found)

    async def _read(self, statement: Select[*tuple[Any, ...]]) -> Sequence[Row[*tuple[Any, ...]]]:
        async def fetch(connection: AsyncConnection) -> Sequence[Row[*tuple[Any, ...]]]:
            return (await connection.execute(statement)).all()

        return await self._transactions.run(fetch)


def _the_one(key: str, rows: Sequence[Row[*tuple[Any, ...]]]) -> Universe:
    """Return the universe of `rows`: one, or several that say the same."""
    chosen = [row for row in rows if row.environment == DEFAULT_ENVIRONMENT] or rows
    found = [_universe(key, row.value) for row in chosen]
    if len({universe.symbols for universe in found}) > 1:
        named = ", ".join(clean(f"{row.type} in {row.environment}", 80) for row in chosen)
        raise UniverseError(f"universe {key} has several meanings ({named}): rename all but one")
    return found[0]


def _universe(key: str, value: object) -> Universe:
    try:
        return Universe(key, *tickers_of(value), names_of(value))
    except UniverseError as error:
        raise UniverseError(f"universe {key} has {error}; mend its row or import it") from None


def _listed(row: Row[*tuple[Any, ...]]) -> Listed:
    size, problem = 0, ""
    try:
        size = len(tickers_of(row.value)[0])
    except UniverseError as error:
        problem = str(error)
    told = (clean(word, 120) for word in (row.type, row.name, row.key, row.environment))
    row_type, name, key, environment = told
    return Listed(row_type, name, key, size, environment, problem)


async def _write(
    connection: AsyncConnection, key: UniverseKey, value: str, row_type: str | None, replace: bool
) -> None:
    here = (_OF.name == key.name, _OF.key == key.key, _OF.environment == DEFAULT_ENVIRONMENT)
    types = (await connection.scalars(select(_OF.type).where(*here))).all()
    if not types:
        row = {"type": row_type or "stock_universe", **key._asdict()}
        environment = {"environment": DEFAULT_ENVIRONMENT, "value": value}
        await connection.execute(insert(ENTRIES).values(row | environment))
        return
    named = ", ".join(clean(known, 60) for known in types)
    if not replace:
        raise SettingsError(f"universe {key} exists (type {named}): --replace replaces it")
    if (row_type or types[0]) not in types or (row_type is None and len(types) > 1):
        raise SettingsError(f"universe {key} exists as type {named}: name one of these by --type")
    changed = {"value": value, "updated_at": func.current_timestamp()}
    target = update(ENTRIES).where(*here, _OF.type == (row_type or types[0]))
    await connection.execute(target.values(changed))
