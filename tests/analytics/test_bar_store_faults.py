"""BarStore on SQLite files that are missing, broken, locked, full or not ours."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.analytics.bar_series import MORNING, walk
from tests.analytics.bar_stores import (
    EVER,
    SHAPES,
    bars_path,  # noqa: F401 - a fixture
    everything,
    failure,
    sqlite_store,  # noqa: F401 - a fixture
)
from tests.sqlite_lock import locked
from tickterm.analytics.bar_store import BarStore
from tickterm.backends import transactions
from tickterm.errors import SettingsError, UnreachableError
from tickterm.market.timeframe import Timeframe


@pytest.mark.parametrize("url", ["", "words", "sqlite:///", "mysql://h/d", "postgres://h/d?x=1"])
def test_a_malformed_url_names_its_own_setting(url: str) -> None:
    with pytest.raises(SettingsError, match="TICKTERM_BARS_URL") as raised:
        BarStore(url)
    assert "DATABASE_URL" not in str(raised.value)


async def test_a_file_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="set TICKTERM_BARS_URL to a file") as raised:
        await BarStore(f"sqlite:///{tmp_path}/file/bars.db").prepare()
    assert "cannot be made, " in str(raised.value)


async def test_a_directory_a_pipe_and_no_database(tmp_path: Path) -> None:
    told = await failure(BarStore(f"sqlite:///{tmp_path}"))
    assert told.endswith("is a directory: add the name of the file to TICKTERM_BARS_URL")
    os.mkfifo(tmp_path / "pipe")
    assert "is no file" in await failure(BarStore(f"sqlite:///{tmp_path}/pipe"))
    (tmp_path / "text").write_text("no database\n" * 100)
    assert "is no SQLite database" in await failure(BarStore(f"sqlite:///{tmp_path}/text"))


async def test_a_file_that_vanished_is_made_again(lite: BarStore, path: Path) -> None:
    shutil.rmtree(path.parent)
    with pytest.raises(UnreachableError, match="does not exist: check TICKTERM_BARS_URL"):
        await everything(lite, "SPY")
    await lite.write(walk(1_500))
    assert await everything(lite, "SPY") == walk(1_500)


async def test_a_table_that_vanished_is_made_again(lite: BarStore, path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE tickterm_bars")
    await lite.write(walk(2))
    assert await everything(lite, "SPY") == walk(2)


async def test_a_file_that_vanished_and_cannot_be_made_again(lite: BarStore, path: Path) -> None:
    shutil.rmtree(path.parent)
    path.parent.touch()
    assert "cannot be made, " in await failure(lite, *walk(1))


async def test_a_view_in_the_place_of_the_table(path: Path) -> None:
    path.parent.mkdir()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE VIEW tickterm_bars AS SELECT 1 AS symbol")
    told = await failure(BarStore(f"sqlite:///{path}"))
    assert told.endswith("where a table is needed: rename the view, or check TICKTERM_BARS_URL")


@pytest.mark.parametrize("shape", SHAPES)
async def test_a_table_of_another_shape(shape: str, path: Path) -> None:
    path.parent.mkdir()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(f"CREATE TABLE tickterm_bars ({shape})")
    told = await failure(BarStore(f"sqlite:///{path}"))
    assert told.endswith("has a table tickterm_bars of another program: check TICKTERM_BARS_URL")


@pytest.mark.parametrize("column", ["high", "volume", "turnover"])
@pytest.mark.parametrize("junk", ["'text'", "9e999", "-9e999"])
async def test_a_row_that_is_no_bar(lite: BarStore, path: Path, column: str, junk: str) -> None:
    await lite.write(walk(3))
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE tickterm_bars SET {column} = {junk} WHERE start > {MORNING}")
    with pytest.raises(UnreachableError, match="rows in tickterm_bars that are no bars of 1min"):
        await lite.before(Timeframe.M1, {"SPY": EVER}, 2)


async def test_a_damaged_file(lite: BarStore, path: Path) -> None:
    await lite.write(walk(500))
    await lite.close()
    damage(path)
    assert "is damaged" in await failure(lite, *walk(3))


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)


async def test_a_lock_is_waited_for_and_told(
    lite: BarStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "TIMEOUT", 0.6)
    with locked(path, "IMMEDIATE") as lock:
        assert "is locked by another program" in await failure(lite, *walk(3))
        monkeypatch.setattr(transactions, "TIMEOUT", 10.0)
        asyncio.get_running_loop().call_later(0.3, lock.let_go)
        await lite.write(walk(3))
        assert lock.let_gone
    assert await everything(lite, "SPY") == walk(3)


CUT_OFF = """
import asyncio, os, sys
from tests.analytics.bar_series import walk
from tickterm.analytics.bar_store import BarStore
from tickterm.backends.transactions import Transactions

class Killed(Transactions):
    async def run(self, work):
        async with self._engine.begin() as connection:
            await work(connection)
            os.kill(os.getpid(), 9)

store = BarStore("sqlite:///" + sys.argv[1])
store._transactions = Killed(store._database, writable=True)
asyncio.run(store.write(walk(900)))
"""


def run(code: str, path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, str(path), *arguments],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=20,
    )


async def test_a_write_that_is_cut_off_leaves_nothing_half(lite: BarStore, path: Path) -> None:
    assert run(CUT_OFF, path).returncode == -signal.SIGKILL
    assert await everything(lite, "SPY") == []
    await lite.write(walk(900))
    assert await everything(lite, "SPY") == walk(900)


async def test_a_full_disk(lite: BarStore, monkeypatch: pytest.MonkeyPatch) -> None:
    await lite.write(walk(10))
    connect = sqlite3.connect

    def connect_to_a_full_disk(database: str, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(database, **options)
        connection.execute("PRAGMA max_page_count = 5")
        return connection

    monkeypatch.setattr(sqlite3, "connect", connect_to_a_full_disk)
    told = await failure(lite, *walk(900, symbol="IBM"))
    assert told.endswith("cannot grow: the disk is full")
    monkeypatch.undo()
    assert await everything(lite, "SPY", "IBM") == walk(10)


READ_ONLY = """
import asyncio, os, pwd, sys
from pathlib import Path
from tests.analytics.bar_series import walk
from tickterm.analytics.bar_store import BarStore
path = Path(sys.argv[1])
store = BarStore(f"sqlite:///{path}")
attempts = (store.prepare, lambda: store.write(walk(1)))
for attempt in attempts:
    asyncio.run(attempt())
path.chmod(int(sys.argv[2], 8))
path.parent.chmod(int(sys.argv[3], 8))
if os.getuid() == 0:  # root may do everything
    os.setuid(pwd.getpwnam("nobody").pw_uid)
for attempt in attempts:
    try:
        asyncio.run(attempt())
    except Exception as error:
        print(type(error).__name__, error)
"""


@pytest.mark.parametrize(("of_file", "of_directory"), [("444", "555"), ("000", "755")])
def test_a_file_that_cannot_be_written(of_file: str, of_directory: str) -> None:
    # other users may not enter tmp_path
    directory = Path(tempfile.mkdtemp(prefix="tickterm-bars-"))
    try:
        done = run(READ_ONLY, directory / "bars.db", of_file, of_directory)
    finally:
        directory.chmod(0o700)
        shutil.rmtree(directory)
    lines = done.stdout.splitlines()
    assert len(lines) == 2, done.stderr
    for line in lines:
        assert line.startswith("UnreachableError ")
        assert line.endswith(": check the permissions of the file and its directory")
