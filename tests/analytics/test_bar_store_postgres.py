"""BarStore on a real PostgreSQL that is locked, hanging, killed or not ours."""

from __future__ import annotations

import asyncio
import os
import signal
import time

import asyncpg
import pytest

from tests.analytics.bar_series import walk
from tests.analytics.bar_stores import (
    FIELDS,
    SHAPES,
    everything,
    failure,
    postgres_owner,  # noqa: F401 - a fixture
)
from tests.postgres import PostgresServer, start_postgres  # noqa: F401 - a fixture
from tickterm.analytics.bar_store import BarStore
from tickterm.analytics.bar_table import BARS
from tickterm.backends import database


async def test_postgres_without_rights(
    postgres_server: PostgresServer, owner: asyncpg.Connection
) -> None:
    poor_url = f"postgresql://poor:poor@127.0.0.1:{postgres_server.port}/postgres"
    await owner.execute("CREATE ROLE poor LOGIN PASSWORD 'poor'")
    try:
        poor = BarStore(poor_url)
        assert "does not let this user create or write the table" in await failure(poor)
        await BarStore(postgres_server.url()).prepare()
        await owner.execute("GRANT SELECT ON tickterm_bars TO poor")
        assert "does not let this user create or write the table" in await failure(poor)
        await owner.execute("GRANT INSERT, UPDATE ON tickterm_bars TO poor")
        await poor.prepare()
        await poor.write(walk(2))
    finally:
        await owner.execute("DROP OWNED BY poor; DROP ROLE poor")


async def test_postgres_faults_name_the_setting(postgres_server: PostgresServer) -> None:
    wrong = BarStore(postgres_server.url(password="wr0ng"))
    assert (await failure(wrong)).endswith("refuses the password: check TICKTERM_BARS_URL")
    absent = BarStore(postgres_server.url(database="absent"))
    assert "at the end of TICKTERM_BARS_URL" in await failure(absent)


@pytest.mark.parametrize("shape", SHAPES)
async def test_postgres_table_of_another_shape(
    postgres_server: PostgresServer, owner: asyncpg.Connection, shape: str
) -> None:
    await owner.execute(f"CREATE TABLE tickterm_bars ({shape})")
    told = await failure(BarStore(postgres_server.url()))
    assert told.endswith("has a table tickterm_bars of another program: check TICKTERM_BARS_URL")


async def test_postgres_table_that_vanished_is_made_again(
    postgres_server: PostgresServer, owner: asyncpg.Connection
) -> None:
    store = BarStore(postgres_server.url())
    await store.prepare()
    await owner.execute("DROP TABLE tickterm_bars")
    await store.write(walk(2))
    assert await everything(store, "SPY") == walk(2)


async def test_postgres_view_in_the_place_of_the_table(
    postgres_server: PostgresServer, owner: asyncpg.Connection
) -> None:
    columns = ", ".join(column.name for column in BARS.columns)
    await owner.execute(f"CREATE TABLE ours ({FIELDS}, complete boolean)")
    await owner.execute(f"CREATE VIEW tickterm_bars AS SELECT DISTINCT {columns} FROM ours")
    try:
        told = await failure(BarStore(postgres_server.url()))
    finally:
        await owner.execute("DROP VIEW tickterm_bars; DROP TABLE ours")
    assert told.endswith("where a table is needed: rename the view, or check TICKTERM_BARS_URL")


async def test_postgres_backend_killed_while_it_writes(
    postgres_server: PostgresServer, owner: asyncpg.Connection
) -> None:
    store = BarStore(postgres_server.url())
    await store.prepare()
    ours = "FROM pg_stat_activity WHERE application_name = 'tickterm' AND wait_event_type = 'Lock'"
    killer = await asyncpg.connect(postgres_server.url())
    async with owner.transaction(), asyncio.timeout(10):
        await owner.execute("LOCK TABLE tickterm_bars")
        writing = asyncio.ensure_future(failure(store, *walk(5)))
        while not await killer.fetch(f"SELECT pg_terminate_backend(pid) {ours}"):
            pass
        assert "try again" in await writing
    await killer.close()
    await store.write(walk(5))
    assert await everything(store, "SPY") == walk(5)


async def test_postgres_down_and_back(
    postgres_server: PostgresServer, owner: asyncpg.Connection
) -> None:
    store = BarStore(postgres_server.url())
    await store.prepare()
    await owner.close()
    await asyncio.to_thread(postgres_server.stop)
    try:
        told = await failure(store, *walk(1))
    finally:
        await asyncio.to_thread(postgres_server.start)
    assert "cannot be reached, check that it runs and TICKTERM_BARS_URL" in told
    await store.write(walk(1))


async def test_postgres_that_hangs_is_told_in_time(
    postgres_server: PostgresServer, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "TIMEOUT", 0.5)
    store = BarStore(postgres_server.url())
    await store.prepare()
    async with owner.transaction():
        await owner.execute("LOCK TABLE tickterm_bars")
        assert "look for locks" in await failure(store, *walk(1))
    os.kill(postgres_server.pid, signal.SIGSTOP)
    began = time.monotonic()
    try:
        assert "did not answer" in await failure(store, *walk(1))
    finally:
        os.kill(postgres_server.pid, signal.SIGCONT)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (asyncpg.DiskFullError, "cannot grow: its disk is full"),
        (asyncpg.ReadOnlySQLTransactionError, "perhaps it is a replica: check TICKTERM_BARS_URL"),
    ],
)
def test_postgres_faults_that_are_hard_to_make(
    error: type[Exception], expected: str, postgres_server: PostgresServer
) -> None:
    store = BarStore(postgres_server.url())
    assert str(store._database.explain(error("in its own words"))).endswith(expected)
