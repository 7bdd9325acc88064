"""CacheControl against a real PostgreSQL server, whole, locked, hanging and killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import text

from tests.postgres import PostgresServer, start_postgres  # noqa: F401 - a fixture
from tests.universes import ENTRY, TICKSTOCK_TABLE, failure
from tickterm.backends import database, transactions
from tickterm.engine.symbols.cache_control import CacheControl
from tickterm.errors import SettingsError, UniverseError


@pytest.fixture(params=["jsonb", "json", "text"])
async def table(
    postgres_server: PostgresServer, request: pytest.FixtureRequest
) -> AsyncIterator[asyncpg.Connection]:
    """TickStock's table with some rows; yields its owner's connection."""
    owner = await asyncpg.connect(postgres_server.url())
    await owner.execute("DROP TABLE IF EXISTS cache_entries")
    await owner.execute(TICKSTOCK_TABLE.format(value=getattr(request, "param", "jsonb")))
    combo = {"count": 2, "stocks": [{"ticker": "AAPL", "rank": 1}, {"ticker": "BACpB"}]}
    rows = [
        ("stock_universe", "market_leaders", "top_50", json.dumps(combo), "DEFAULT"),
        ("etf_universe", "Core ETFs", "etf_core", '["SPY", "QQQ"]', "DEFAULT"),
        ("themes", "AI", "list", '{"value": "[\\"NVDA\\"]"}', "DEFAULT"),
        ("themes", "AI", "list", '["TEST"]', "TEST"),
        ("app_settings", "app", "refresh", "5", "DEFAULT"),
    ]
    await owner.executemany(ENTRY + "($1, $2, $3, $4, $5)", rows)
    yield owner
    if not owner.is_closed():
        await owner.close()


jsonb = pytest.mark.parametrize("table", ["jsonb"], indirect=True)


async def test_postgres_values_of_every_column_type(
    postgres_server: PostgresServer, table: asyncpg.Connection
) -> None:
    universes = CacheControl(postgres_server.url(scheme="postgres"))
    for key, symbols in (
        ("market_leaders:top_50", ("AAPL", "BACpB")),
        ("Core ETFs:etf_core", ("SPY", "QQQ")),
        ("AI:list", ("NVDA",)),
    ):
        assert (await universes.get_universe_tickers(key)).symbols == symbols
    listed = await universes.list_universes()
    assert [(row.key, row.size) for row in listed if row.problem] == [("refresh", 0)]
    assert len(listed) == 5
    assert "nearest are Core ETFs:etf_core" in await failure(universes, "etf_universe:etf_core")


@jsonb
async def test_postgres_hostile_keys(
    postgres_server: PostgresServer, table: asyncpg.Connection
) -> None:
    universes = CacheControl(postgres_server.url())
    for key in ("a'; DROP TABLE cache_entries; --:b", "$1:$2", "%:%", "a:\x00", "a:\ud800", "::"):
        await failure(universes, key)
    assert len(await universes.list_universes()) == 5


@jsonb
async def test_postgres_cannot_be_written_through_us(
    postgres_server: PostgresServer, table: asyncpg.Connection
) -> None:
    universes = CacheControl(postgres_server.url())
    with pytest.raises(SettingsError, match="is only read here"):
        await universes.import_universe("my:list", ["AAPL"])
    for statement in ("DELETE FROM cache_entries", "ALTER TABLE cache_entries ADD x int"):
        with pytest.raises(UniverseError, match="is only read here"):
            await universes._read(text(statement))  # type: ignore[arg-type]  # no SELECT on purpose
    assert await table.fetchval("SELECT count(*) FROM cache_entries") == 5


@jsonb
async def test_postgres_faults_are_told_without_the_password(
    postgres_server: PostgresServer, table: asyncpg.Connection
) -> None:
    url = postgres_server.url
    wrong = CacheControl(url(password="wr0ng"))
    assert "refuses the password" in (told := await failure(wrong))
    assert "wr0ng" not in told
    assert "has no such database" in await failure(CacheControl(url(database="absent")))
    assert "rejected SSL" in await failure(CacheControl(url() + "?sslmode=require"))
    await table.execute("CREATE ROLE poor LOGIN PASSWORD 'poor'")
    poor = CacheControl(f"postgresql://poor:poor@127.0.0.1:{postgres_server.port}/postgres")
    assert "does not let this user read" in await failure(poor)
    await table.execute("DROP ROLE poor")
    await table.execute("ALTER TABLE cache_entries RENAME COLUMN environment TO env")
    assert "another program" in await failure(CacheControl(url()))
    await table.execute("DROP TABLE cache_entries")
    assert "has no table cache_entries" in await failure(CacheControl(url()))


async def until_waiting(server: PostgresServer) -> int:
    """Wait until tickterm waits for a lock, and return the process that serves it.

    By a connection of its own: inside one transaction the view never changes.
    """
    watcher = await asyncpg.connect(server.url())
    waiting = (
        " FROM pg_stat_activity WHERE application_name = 'tickterm' AND wait_event_type = 'Lock'"
    )
    async with asyncio.timeout(10):
        while not await watcher.fetchval(f"SELECT count(*){waiting}"):
            pass
    pid = await watcher.fetchval(f"SELECT pid{waiting}")
    await watcher.close()
    assert isinstance(pid, int)
    return pid


@jsonb
async def test_postgres_a_locked_table_is_told_in_time(
    postgres_server: PostgresServer, table: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "TIMEOUT", 0.5)
    universes = CacheControl(postgres_server.url())
    async with table.transaction():
        await table.execute("LOCK TABLE cache_entries")
        assert "look for locks" in await failure(universes)
    assert await universes.list_universes()


@jsonb
async def test_postgres_that_hangs_is_told_in_time(
    postgres_server: PostgresServer, table: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "TIMEOUT", 0.5)
    universes = CacheControl(postgres_server.url())
    os.kill(postgres_server.pid, signal.SIGSTOP)
    began = time.monotonic()
    try:
        assert "did not answer" in await failure(universes)
    finally:
        os.kill(postgres_server.pid, signal.SIGCONT)
    assert time.monotonic() - began < 10


@jsonb
async def test_postgres_sessions_are_read_only_and_bounded(
    postgres_server: PostgresServer, table: asyncpg.Connection
) -> None:
    settings = ("application_name", "default_transaction_read_only", "statement_timeout")
    shown = ", ".join(f"current_setting('{name}')" for name in settings)
    engine = database.Database.parse(postgres_server.url()).engine()
    async with engine.connect() as connection:
        found = (await connection.execute(text(f"SELECT {shown}"))).one()
    assert tuple(found) == ("tickterm", "on", "5s")


@jsonb
async def test_postgres_killed_while_it_is_asked_then_down_then_back(
    postgres_server: PostgresServer, table: asyncpg.Connection
) -> None:
    universes = CacheControl(postgres_server.url())
    held = table.transaction()
    await held.start()
    await table.execute("LOCK TABLE cache_entries")
    asking = asyncio.ensure_future(failure(universes))
    await until_waiting(postgres_server)
    await asyncio.to_thread(postgres_server.stop)
    assert "try again" in await asking
    assert "cannot be reached" in await failure(universes)
    await asyncio.to_thread(postgres_server.start)
    assert (await universes.get_universe_tickers("AI:list")).symbols == ("NVDA",)
    await universes.close()


@jsonb
async def test_postgres_that_hangs_half_way_is_told_in_time(
    postgres_server: PostgresServer, table: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "TIMEOUT", 2.0)
    monkeypatch.setattr(transactions, "DEADLINE", 2.5)
    universes = CacheControl(postgres_server.url())
    began = time.monotonic()
    async with table.transaction(), asyncio.TaskGroup() as tasks:
        await table.execute("LOCK TABLE cache_entries")
        asking = tasks.create_task(failure(universes))
        serving = await until_waiting(postgres_server)
        for frozen in (postgres_server.pid, serving):
            os.kill(frozen, signal.SIGSTOP)
        try:
            assert "did not answer" in await asking
        finally:
            for frozen in (serving, postgres_server.pid):
                os.kill(frozen, signal.SIGCONT)
    assert time.monotonic() - began < 10
