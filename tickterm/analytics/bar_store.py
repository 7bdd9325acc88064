"""BarStore: closed bars in the table `tickterm_bars`, in SQLite or PostgreSQL.

Nothing is kept open between two calls. Writing is an upsert, so that writing again what may have
been written is safe; a bar that is complete is never replaced by one that is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Row, Select, false, inspect, select, text
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.schema import CreateTable

from tickterm.analytics.bar_table import (
    BARS,
    bar_of_row,
    merged,
    newest_before,
    row_of,
    upsert,
    within,
)
from tickterm.backends.database import Database
from tickterm.backends.sql_faults import Purpose
from tickterm.backends.transactions import Transactions
from tickterm.errors import SettingsError, UnreachableError
from tickterm.market.bars import Bar
from tickterm.market.text import clean
from tickterm.market.timeframe import Timeframe

__all__ = ["PURPOSE", "BarStore"]

T = TypeVar("T")

ROWS = 1_000
"""Bars written in one transaction."""
SYMBOLS = 100
"""Symbols read by one statement: their rows must not hold up the loop for long."""


class _MissingError(UnreachableError):
    """The file or the table is not there."""


PURPOSE = Purpose("TICKTERM_BARS_URL", BARS.name, UnreachableError, {}, _MissingError)
"""What the database is for, in the words of its errors."""


class BarStore:
    """The bars of one database.

    Every method but `close` may raise UnreachableError: one line says what is wrong and what to do,
    within about five seconds for every thousand bars written or hundred symbols read.
    """

    def __init__(self, url: str) -> None:
        """Take `sqlite:///file` or `postgresql://...`; nothing is opened yet.

        Raises:
            SettingsError: the URL is malformed, or its driver is not installed.
        """
        self._database = Database.parse(url, PURPOSE)
        self._transactions = Transactions(self._database, writable=True)
        self._upsert = upsert(is_sqlite=self._database.path is not None)

    async def prepare(self) -> None:
        """Make the file and the table unless they are there; touch nothing else.

        Raises:
            SettingsError: the directory or the file cannot be made.
        """
        if self._database.path is not None:
            _make_file(self._database.path)
        await self._transactions.run(self._prepare)

    async def write(self, bars: Iterable[Bar]) -> None:
        """Write bars, a thousand in one transaction; those that are there are replaced.

        When it fails, some may be written; to write all of them again is right. A file or table
        that somebody has removed is made again.
        """
        for part in _parts(bars, ROWS):
            rows = [row_of(bar) for bar in part]
            try:
                await self._insert(rows)
            except _MissingError as missing:
                try:
                    await self.prepare()
                except SettingsError as error:
                    raise UnreachableError(str(error)) from missing
                await self._insert(rows)

    async def before(
        self, timeframe: Timeframe, start_of: Mapping[str, int], newest: int
    ) -> dict[str, list[Bar]]:
        """Return of each symbol its newest bars that begin before its instant, oldest first.

        `start_of`: symbol -> instant, ms UTC. At most `newest` bars a symbol; none is an empty
        list.
        """
        found: dict[str, list[Bar]] = {symbol: [] for symbol in start_of}
        for part in _parts(start_of.items(), SYMBOLS):
            for bar in await self._read(newest_before(timeframe, dict(part), newest), timeframe):
                found[bar.symbol].append(bar)
        return found

    async def between(
        self, timeframe: Timeframe, symbols: Iterable[str], since: int, until: int
    ) -> dict[str, list[Bar]]:
        """Return the bars of each symbol that begin in `[since, until)`, ms UTC, oldest first."""
        names = list(symbols)
        found: dict[str, list[Bar]] = {symbol: [] for symbol in names}
        for part in _parts(names, SYMBOLS):
            for bar in await self._read(within(timeframe, part, since, until), timeframe):
                found[bar.symbol].append(bar)
        return found

    async def merged(
        self, timeframe: Timeframe, start_of: Mapping[str, int], since: int
    ) -> dict[str, Bar]:
        """Return as one bar what each symbol's bars hold from `since` to before its instant.

        Its start is that of the first of them, its timeframe theirs; symbols without any are
        left out.
        """
        found: dict[str, Bar] = {}
        for part in _parts(start_of.items(), SYMBOLS):
            for bar in await self._read(merged(timeframe, dict(part), since), timeframe):
                found[bar.symbol] = bar
        return found

    async def close(self) -> None:
        """Release what the engine holds; no thread is left."""
        await self._transactions.close()

    async def _insert(self, rows: list[dict[str, Any]]) -> None:
        async def insert(connection: AsyncConnection) -> None:
            await connection.execute(self._upsert, rows)

        await self._transactions.run(insert)

    async def _prepare(self, connection: AsyncConnection) -> None:
        if self._database.path is not None:  # readers and the writer do not wait for each other
            await connection.execute(text("PRAGMA journal_mode = WAL"))
        else:  # two processes that create the same table at once fail, IF NOT EXISTS or not
            key = f"SELECT pg_advisory_xact_lock(hashtext('{BARS.name}'))"
            await connection.execute(text(key))
        if not await connection.run_sync(lambda sync: inspect(sync).has_table(BARS.name)):
            await connection.execute(CreateTable(BARS, if_not_exists=True))
        # writes nothing, but fails for whatever would fail at the first bar
        nothing = select(BARS).where(false())
        await connection.execute(self._upsert.from_select(list(BARS.c), nothing))

    async def _read(self, statement: Select[tuple[Any, ...]], timeframe: Timeframe) -> list[Bar]:
        async def fetch(connection: AsyncConnection) -> list[Row[tuple[Any, ...]]]:
            return list((await connection.execute(statement)).all())

        rows = await self._transactions.run(fetch)
        try:
            return [bar_of_row(row, timeframe) for row in rows]
        except (TypeError, ValueError, OverflowError):
            where = self._database.where
            raise UnreachableError(
                f"{where} has rows in {BARS.name} that are no bars of {timeframe}: remove them"
            ) from None


def _make_file(path: Path) -> None:
    """Make an empty file that only we can read, unless something is there."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            path.touch(mode=0o600, exist_ok=False)
    except OSError as error:
        reason = clean(error.strerror or error)
        raise SettingsError(
            f"the database {clean(path)} cannot be made, {reason}: "
            "set TICKTERM_BARS_URL to a file that you can write"
        ) from None


def _parts(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the items in lists of at most `size`."""
    rest = iter(items)
    while part := list(islice(rest, size)):
        yield part
