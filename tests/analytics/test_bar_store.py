"""BarStore on SQLite and on a real PostgreSQL: what is written is what is read."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import stat
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from tests.analytics.bar_series import MORNING, walk
from tests.analytics.bar_stores import (
    EVER,
    bars_path,  # noqa: F401 - a fixture
    everything,
    sqlite_store,  # noqa: F401 - a fixture
)
from tests.postgres import PostgresServer, start_postgres  # noqa: F401 - a fixture
from tickterm.analytics.bar_store import BarStore
from tickterm.analytics.bar_table import BARS
from tickterm.market.bars import Bar, merged
from tickterm.market.timeframe import Timeframe

M1, M5, MINUTE = Timeframe.M1, Timeframe.M5, Timeframe.M1.ms


@pytest.fixture(params=["sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, path: Path) -> AsyncIterator[BarStore]:
    """A store with an empty table."""
    if request.param == "sqlite":
        opened = BarStore(f"sqlite:///{path}")
    else:
        server: PostgresServer = request.getfixturevalue("postgres_server")
        owner = await asyncpg.connect(server.url())
        await owner.execute("DROP TABLE IF EXISTS tickterm_bars")
        await owner.close()
        opened = BarStore(server.url())
    await opened.prepare()
    yield opened
    await opened.close()


async def test_what_is_written_is_read(store: BarStore) -> None:
    bars = walk(2_500) + walk(3, symbol="BRK.B")
    longer = [bar._replace(timeframe=M5) for bar in walk(2)]
    await store.write(bars + longer)
    assert await everything(store, "SPY", "BRK.B") == bars
    assert await everything(store, "SPY", timeframe=M5) == longer
    assert await everything(store, "SPY", timeframe=Timeframe.D1) == []


async def test_every_field_survives(store: BarStore) -> None:
    bars = [
        Bar("A", M1, MORNING, 0.1, 0.3, 1e-7, 0.2, 12, 3.7, 60, complete=False),
        Bar("A", M1, MORNING + MINUTE, 1 / 3, 1e9, 1e-9, 2 / 3, 12.345678901234567, 1 / 7, 1),
        Bar("A", M1, MORNING + 2 * MINUTE, 1.0, 1.0, 1.0, 1.0, 2**50 + 1, 2.0**60, 1),
    ]
    await store.write(bars)
    found = await everything(store, "A")
    assert found == bars
    assert [type(bar.volume) for bar in found] == [int, float, int]
    assert [type(bar.open) for bar in found] == [float] * 3
    assert [type(bar.complete) for bar in found] == [bool] * 3


async def test_a_repeat_changes_nothing(store: BarStore) -> None:
    bars = walk(10)
    await store.write(bars)
    await store.write(bars[3:8] + bars[3:8])
    assert await everything(store, "SPY") == bars


async def test_the_newer_bar_wins_but_never_over_a_complete_one(store: BarStore) -> None:
    (bar,) = walk(1)
    torn = bar._replace(volume=1, complete=False)
    for written, kept in (
        (torn, torn),
        (torn._replace(volume=2), torn._replace(volume=2)),
        (bar, bar),
        (torn, bar),
        (bar._replace(volume=7), bar._replace(volume=7)),
    ):
        await store.write([written])
        assert await everything(store, "SPY") == [kept]


async def test_nothing_written_and_nothing_asked(store: BarStore) -> None:
    await store.write([])
    assert await store.before(M1, {}, 5) == {}
    assert await store.before(M1, {"SPY": EVER}, 5) == {"SPY": []}
    assert await store.between(M1, [], 0, EVER) == {}
    assert await store.merged(M1, {"SPY": EVER}, 0) == {}


async def test_the_newest_before_each_symbols_own_instant(store: BarStore) -> None:
    some, other = walk(300), walk(7, symbol="IBM")
    await store.write(some + other + [bar._replace(timeframe=M5) for bar in some])
    starts = {"SPY": some[250].start, "IBM": other[3].start, "NONE": EVER}
    found = await store.before(M1, starts, 200)
    assert found == {"SPY": some[50:250], "IBM": other[:3], "NONE": []}
    assert await store.before(M1, {"SPY": some[250].start + 1}, 1) == {"SPY": [some[250]]}
    assert await store.before(M1, {"SPY": some[0].start}, 200) == {"SPY": []}


async def test_many_symbols_are_read_in_parts(store: BarStore) -> None:
    bars = {f"S{number}": walk(3, number, f"S{number}") for number in range(250)}
    await store.write([bar for each in bars.values() for bar in each])
    starts = {symbol: each[2].start for symbol, each in bars.items()}
    assert await store.before(M1, starts, 2) == {name: each[:2] for name, each in bars.items()}
    assert await store.between(M1, bars, 0, EVER) == bars
    assert (await store.merged(M1, starts, 0)).keys() == bars.keys()


async def test_between_is_half_open(store: BarStore) -> None:
    bars = walk(10)
    await store.write(bars)
    found = await store.between(M1, ["SPY"], bars[2].start, bars[5].start)
    assert found == {"SPY": bars[2:5]}


async def test_merged_is_what_merging_says(store: BarStore) -> None:
    bars, torn = walk(50), [bar._replace(complete=False) for bar in walk(2, symbol="IBM")]
    await store.write(bars + torn)
    found = await store.merged(M1, {"SPY": bars[40].start, "IBM": EVER, "X": EVER}, bars[1].start)
    assert found.keys() == {"SPY", "IBM"}
    expected = merged(M1, bars[1].start, bars[1:40])
    assert found["SPY"]._replace(turnover=0) == expected._replace(turnover=0)
    assert found["SPY"].turnover == pytest.approx(expected.turnover)
    assert isinstance(found["SPY"].volume, int)
    assert found["IBM"] == torn[1]


async def test_other_tables_are_left_alone(path: Path) -> None:
    path.parent.mkdir()
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE cache_entries (id INTEGER)")
        connection.execute("INSERT INTO cache_entries VALUES (7)")
    store = BarStore(f"sqlite:///{path}")
    await store.prepare()
    await store.write(walk(3))
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT * FROM cache_entries").fetchall() == [(7,)]


async def test_several_processes_prepare_at_once(store: BarStore) -> None:
    others = [BarStore(_url(store)) for _ in range(5)]
    await store._transactions.run(lambda connection: connection.run_sync(BARS.drop))
    async with asyncio.TaskGroup() as tasks:
        for other in others:
            tasks.create_task(other.prepare())
    await store.write(walk(2))
    assert await everything(others[0], "SPY") == walk(2)


def _url(store: BarStore) -> str:
    path = store._database.path
    return f"sqlite:///{path}" if path else store._database.dsn


async def test_no_thread_is_left(lite: BarStore) -> None:
    before = set(threading.enumerate())
    async with asyncio.TaskGroup() as tasks:
        for symbol in "ABCDEFGH":
            tasks.create_task(lite.write(walk(20, symbol=symbol)))
    assert len(await everything(lite, *"ABCDEFGH")) == 160
    await lite.close()
    for thread in set(threading.enumerate()) - before:
        thread.join(5)  # the thread that answered last may still be on its way out
        assert not thread.is_alive()


async def test_the_file_is_ours_alone(lite: BarStore, path: Path) -> None:
    assert [mode(each) for each in (path.parent, path)] == [0o700, 0o600]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_readers_and_the_writer_do_not_wait_for_each_other(
    lite: BarStore, path: Path
) -> None:
    await lite.write(walk(3))
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM tickterm_bars")
        assert await everything(lite, "SPY") == walk(3)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert len(reader.execute("SELECT * FROM tickterm_bars").fetchall()) == 3
        await lite.write(walk(4))
