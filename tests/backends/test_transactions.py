"""Transactions that meet locks, missing tables, servers that go, and cancellation."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from tests.postgres import PASSWORD, PostgresServer, start_postgres  # noqa: F401 - a fixture
from tests.sqlite_lock import locked
from tickterm.backends import database, sql_faults, transactions
from tickterm.backends.database import Database
from tickterm.backends.sql_faults import Purpose
from tickterm.backends.transactions import Transactions
from tickterm.errors import SettingsError, UnreachableError
from tickterm.market.text import clean


class MissingThings(UnreachableError):
    """There are no things."""


THINGS = Purpose("THINGS_URL", "things", UnreachableError, {}, MissingThings)
CREATE = "CREATE TABLE things (id int PRIMARY KEY)"
INSERT = "INSERT INTO things VALUES (1)"
DELETE = "DELETE FROM things"
COUNT = "SELECT count(*) FROM things"


class Doing:
    """Work that does some statements, and counts how often it was begun."""

    def __init__(self, *statements: str) -> None:
        self._statements = statements
        self.begun = 0

    async def __call__(self, connection: AsyncConnection) -> int:
        self.begun += 1
        for statement in self._statements:
            result = await connection.execute(text(statement))
        return int(result.scalar_one()) if result.returns_rows else 0


async def failure(things: Transactions, *statements: str) -> str:
    """Return the one line that the statements fail with."""
    with pytest.raises(UnreachableError) as raised:
        await things.run(Doing(*statements))
    told = str(raised.value)
    assert clean(told) == told
    assert PASSWORD not in told
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__
    return told


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An empty file."""
    made = tmp_path / "things.db"
    made.touch()
    return made


def overwrite(path: Path) -> None:
    path.write_text("no database\n" * 100)


@pytest.fixture
async def lite(path: Path) -> AsyncIterator[Transactions]:
    """Transactions in a SQLite file with an empty table."""
    opened = Transactions(Database.at(path, THINGS), writable=True)
    await opened.run(Doing(CREATE))
    yield opened
    await opened.close()


@pytest.fixture
async def owner(postgres_server: PostgresServer) -> AsyncIterator[asyncpg.Connection]:
    """Another connection to a PostgreSQL with an empty table."""
    connection = await asyncpg.connect(postgres_server.url())
    await connection.execute(f"DROP TABLE IF EXISTS things; {CREATE}")
    yield connection
    await connection.close()


@pytest.fixture
def served(postgres_server: PostgresServer, owner: object) -> Transactions:
    """Transactions in that PostgreSQL."""
    return Transactions(Database.parse(postgres_server.url(), THINGS), writable=True)


def test_limits() -> None:
    assert sql_faults.TIMEOUT == 5.0
    assert sql_faults.TIMEOUT < transactions.DEADLINE < 6
    assert database.LOCK_WAIT <= 0.5


async def test_what_the_work_returns_is_returned_and_kept(lite: Transactions) -> None:
    assert await lite.run(Doing(INSERT, COUNT)) == 1
    assert await lite.run(Doing(COUNT)) == 1


async def test_reading_writes_nothing(lite: Transactions, path: Path) -> None:
    reading = Transactions(Database.at(path, THINGS))
    assert await reading.run(Doing(COUNT)) == 0
    assert "is write-protected" in await failure(reading, INSERT)


async def test_our_own_errors_pass_as_they_are_and_undo_the_work(lite: Transactions) -> None:
    error = SettingsError("in these words")

    async def refuse(connection: AsyncConnection) -> None:
        await connection.execute(text(INSERT))
        raise error

    with pytest.raises(SettingsError) as raised:
        await lite.run(refuse)
    assert raised.value is error
    assert await lite.run(Doing(COUNT)) == 0


async def test_work_that_fails_half_way_is_undone(lite: Transactions) -> None:
    assert "of another program" in await failure(lite, INSERT, INSERT)
    assert await lite.run(Doing(COUNT)) == 0


async def test_a_dropped_table_and_a_missing_file_are_told_apart_from_other_faults(
    lite: Transactions, path: Path
) -> None:
    await lite.run(Doing("DROP TABLE things"))
    with pytest.raises(MissingThings, match="has no table things: check THINGS_URL"):
        await lite.run(Doing(COUNT))
    os.remove(path)
    with pytest.raises(MissingThings, match="does not exist: check THINGS_URL"):
        await lite.run(Doing(COUNT))
    overwrite(path)
    with pytest.raises(UnreachableError) as raised:
        await lite.run(Doing(COUNT))
    assert type(raised.value) is UnreachableError


async def test_without_an_error_of_its_own_a_missing_table_is_like_other_faults(
    path: Path,
) -> None:
    plain = Transactions(Database.at(path, THINGS._replace(missing=None)))
    with pytest.raises(UnreachableError) as raised:
        await plain.run(Doing(COUNT))
    assert type(raised.value) is UnreachableError


@pytest.mark.parametrize(
    "statements",
    [[INSERT], ["BEGIN", COUNT, INSERT], ["PRAGMA journal_mode = WAL", INSERT]],
    ids=["write", "read, write", "WAL"],
)
async def test_a_lock_that_goes_away_is_waited_for(
    lite: Transactions, path: Path, statements: list[str]
) -> None:
    """SQLite itself waits only for the first."""
    inserting = Doing(*statements)
    with locked(path, "IMMEDIATE") as lock:
        asyncio.get_running_loop().call_later(3 * database.LOCK_WAIT, lock.let_go)
        await lite.run(inserting)
        assert lock.let_gone
    assert inserting.begun > 1
    assert await lite.run(Doing(COUNT)) == 1


async def test_a_lock_that_stays_is_told_and_stops_nothing(
    lite: Transactions, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "TIMEOUT", 0.6)
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            beats += 1
            await asyncio.sleep(0.01)

    with locked(path, "EXCLUSIVE"):
        async with asyncio.TaskGroup() as tasks:
            beating = tasks.create_task(beat())
            told = await failure(lite, COUNT)
            beating.cancel()
    assert told == (
        f"the database {path} is locked by another program: try again when that has finished"
    )
    assert beats > 10


async def test_a_lock_does_not_hold_up_a_cancellation(lite: Transactions, path: Path) -> None:
    with locked(path, "IMMEDIATE"):
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await lite.run(Doing(INSERT))
        assert time.monotonic() - began < 2
    assert await lite.run(Doing(COUNT)) == 0


async def test_work_that_never_ends_is_told_in_time_and_undone(
    lite: Transactions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "DEADLINE", 0.3)

    async def hang(connection: AsyncConnection) -> None:
        await connection.execute(text(INSERT))
        await asyncio.Event().wait()

    with pytest.raises(UnreachableError, match="did not answer within 5 s: look for locks"):
        await lite.run(hang)
    monkeypatch.undo()
    assert await lite.run(Doing(COUNT)) == 0


async def test_a_cancellation_in_the_middle_undoes_the_work(lite: Transactions, path: Path) -> None:
    before = set(threading.enumerate())
    in_the_middle = asyncio.Event()

    async def hang(connection: AsyncConnection) -> None:
        await connection.execute(text(INSERT))
        in_the_middle.set()
        await asyncio.Event().wait()

    running = asyncio.ensure_future(lite.run(hang))
    await in_the_middle.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await lite.run(Doing(INSERT, COUNT)) == 1
    for thread in set(threading.enumerate()) - before:
        thread.join(5)  # the thread that answered last may still be on its way out
        assert not thread.is_alive()


async def test_postgres_dropped_table_is_missing(
    served: Transactions, owner: asyncpg.Connection
) -> None:
    await served.run(Doing(INSERT))
    await owner.execute("DROP TABLE things")
    with pytest.raises(MissingThings, match="has no table things: check the database and schema"):
        await served.run(Doing(INSERT))


OURS = "FROM pg_stat_activity WHERE application_name = 'tickterm'"
WAITING = f"{OURS} AND wait_event_type = 'Lock'"


async def waits_for_a_lock(watcher: asyncpg.Connection) -> None:
    """Wait until a transaction of ours does."""
    async with asyncio.timeout(10):
        while not await watcher.fetchval(f"SELECT count(*) {WAITING}"):
            pass


async def test_postgres_cancelled_in_the_middle_leaves_nothing_there(
    served: Transactions, owner: asyncpg.Connection, postgres_server: PostgresServer
) -> None:
    watcher = await asyncpg.connect(postgres_server.url())
    async with owner.transaction():
        await owner.execute("LOCK TABLE things")
        running = asyncio.ensure_future(served.run(Doing(INSERT)))
        await waits_for_a_lock(watcher)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
    async with asyncio.timeout(10):
        while await watcher.fetchval(f"SELECT count(*) {OURS}"):
            pass
    await watcher.close()
    assert await served.run(Doing(COUNT)) == 0


async def test_postgres_gone_in_the_middle_then_down_then_back(
    served: Transactions, owner: asyncpg.Connection, postgres_server: PostgresServer
) -> None:
    watcher = await asyncpg.connect(postgres_server.url())
    held = owner.transaction()
    await held.start()
    await owner.execute("LOCK TABLE things")
    running = asyncio.ensure_future(failure(served, INSERT))
    await waits_for_a_lock(watcher)
    await asyncio.to_thread(postgres_server.stop)
    try:
        assert "try again" in await running
        told = await failure(served, INSERT)
        assert "cannot be reached, check that it runs and THINGS_URL" in told
    finally:
        await asyncio.to_thread(postgres_server.start)
    assert await served.run(Doing(INSERT, COUNT)) == 1


async def test_postgres_that_hangs_is_told_in_time(
    served: Transactions, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "DEADLINE", 0.5)
    os.kill(postgres_server.pid, signal.SIGSTOP)
    began = time.monotonic()
    try:
        assert "did not answer" in await failure(served, INSERT)
    finally:
        os.kill(postgres_server.pid, signal.SIGCONT)
    assert time.monotonic() - began < 10
