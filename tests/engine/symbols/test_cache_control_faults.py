"""CacheControl on SQLite files that are missing, broken, locked or slow."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.sqlite_lock import locked
from tests.universes import (
    COMBO,
    content,
    failure,
    listing,
    overwrite,
    seeded_path,  # noqa: F401 - a fixture
    seeded_universes,  # noqa: F401 - a fixture
)
from tickterm.backends import database, transactions
from tickterm.engine.symbols.cache_control import CacheControl, ensure_default_database
from tickterm.errors import UniverseError
from tickterm.market.seeds import COMBO_TEST
from tickterm.market.symbols import is_symbol
from tickterm.market.text import clean


async def test_a_missing_file(tmp_path: Path) -> None:
    told = await failure(CacheControl(f"sqlite:///{tmp_path}/missing.db"))
    assert told == f"the database {tmp_path}/missing.db does not exist: check DATABASE_URL"
    assert listing(tmp_path) == []


def test_an_unreadable_file(path: Path) -> None:
    parsed = database.Database.parse(f"sqlite:///{path}")
    told = str(parsed.explain(PermissionError(13, "Permission denied")))
    assert told.endswith("cannot be opened: check the permissions of the file and its directory")


PEEK = """
import asyncio, sys
from tickterm.engine.symbols.cache_control import CacheControl
from tickterm.backends.database import Database

Database.check = lambda self: None
universes = CacheControl("sqlite:///" + sys.argv[1])
for _ in range(20):
    try:
        asyncio.run(universes.get_universe_tickers("a:b"))
    except Exception as error:
        print(error)
"""


def test_a_file_that_cannot_be_opened_leaves_no_word_of_its_thread(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PEEK, str(tmp_path / "missing.db")],
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    assert done.stdout.count("cannot be opened: check the permissions") == 20
    assert done.stderr == ""


async def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.db")
    assert "is no file" in await failure(CacheControl(f"sqlite:///{tmp_path}/pipe.db"))


async def test_a_directory_and_an_empty_file(tmp_path: Path) -> None:
    assert "is a directory" in await failure(CacheControl(f"sqlite:///{tmp_path}"))
    (tmp_path / "empty.db").touch()
    told = await failure(CacheControl(f"sqlite:///{tmp_path}/empty.db"))
    assert "has no table cache_entries" in told


async def test_a_table_of_another_program(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE cache_entries (id INTEGER, content TEXT)")
    assert "another program" in await failure(CacheControl(f"sqlite:///{tmp_path}/other.db"))


async def test_names_that_urls_treat_specially(tmp_path: Path) -> None:
    odd = tmp_path / "50% #1 & ü.db"
    await ensure_default_database(odd)
    assert (await CacheControl(f"sqlite:///{odd}").get_universe_tickers(COMBO)).symbols


async def test_flipped_bytes_never_do_worse_than_a_clear_line(path: Path) -> None:
    whole = content(path)
    dice = random.Random(7)
    universes = CacheControl(f"sqlite:///{path}")
    told: set[str] = set()
    for _ in range(300):
        broken = bytearray(whole)
        for _ in range(dice.choice((1, 4, 64))):
            broken[dice.randrange(len(broken))] = dice.randrange(256)
        overwrite(path, broken)
        try:
            found = await universes.get_universe_tickers(COMBO)
            await universes.list_universes()
        except UniverseError as error:
            told.add(str(error))
        else:
            assert all(is_symbol(symbol) for symbol in found.symbols)
    assert any("is damaged" in line for line in told)
    assert any("is no SQLite database" in line for line in told)
    assert all(clean(line) == line for line in told)


@pytest.mark.parametrize("size", [1, 99, 512, 4096, 9000])
async def test_a_file_cut_short(path: Path, size: int) -> None:
    overwrite(path, content(path)[:size])
    await failure(CacheControl(f"sqlite:///{path}"))


CUT_OFF = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size = 1")
connection.execute("BEGIN IMMEDIATE")
connection.execute("UPDATE cache_entries SET value = '[]'")
entry = "INSERT INTO cache_entries (type, name, key, value, environment) VALUES (?, ?, ?, ?, ?)"
connection.executemany(entry, [("t", "n", str(n), "x" * 4000, "D") for n in range(200)])
os.kill(os.getpid(), 9)
"""


def cut_off(path: Path) -> None:
    """Kill a process in the middle of a large write."""
    subprocess.run([sys.executable, "-c", CUT_OFF, str(path)], check=False, timeout=20)


async def test_a_write_cut_off_is_told_and_undone_by_the_next_import(path: Path) -> None:
    cut_off(path)
    assert path.with_name(path.name + "-journal").exists()
    universes = CacheControl(f"sqlite:///{path}")
    assert "write was cut off" in await failure(universes)
    await universes.import_universe("my:list", ["AAPL"])
    assert (await universes.get_universe_tickers(COMBO)).symbols == COMBO_TEST


async def test_reading_goes_on_beside_a_writer_in_wal_mode(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM cache_entries")
        found = await CacheControl(f"sqlite:///{path}").get_universe_tickers(COMBO)
    assert found.symbols == COMBO_TEST


async def test_a_lock_is_waited_for_and_told(
    universes: CacheControl, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "TIMEOUT", 0.6)
    with locked(path, "EXCLUSIVE") as lock:
        assert "is locked by another program" in await failure(universes)
        monkeypatch.setattr(transactions, "TIMEOUT", 10.0)
        asyncio.get_running_loop().call_later(0.3, lock.let_go)
        assert (await universes.get_universe_tickers(COMBO)).symbols == COMBO_TEST
        assert lock.let_gone


async def test_a_lock_does_not_hold_up_the_end_of_an_import(
    universes: CacheControl, path: Path
) -> None:
    with locked(path, "IMMEDIATE"):
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await universes.import_universe("my:list", ["AAPL"])
        assert time.monotonic() - began < 2
    await universes.import_universe("my:list", ["AAPL"])
    assert (await universes.get_universe_tickers("my:list")).symbols == ("AAPL",)


async def test_no_thread_is_left(path: Path) -> None:
    before = set(threading.enumerate())
    universes = CacheControl(f"sqlite:///{path}")
    async with asyncio.TaskGroup() as tasks:
        for _ in range(8):
            tasks.create_task(universes.get_universe_tickers(COMBO))
    await universes.import_universe("my:list", ["AAPL"])
    await failure(universes, "a:b")
    await universes.close()
    for thread in set(threading.enumerate()) - before:
        thread.join(5)  # the thread that answered last may still be on its way out
        assert not thread.is_alive()
