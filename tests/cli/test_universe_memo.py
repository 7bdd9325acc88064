"""The memo beside the database answers only while the database is the very same."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tickterm.cli.universe_memo import UniverseMemo
from tickterm.market.universe import Universe

MINE = Universe("mine:few", ("AAPL", "BRK.B", "BACpB"), names={"AAPL": "Apple"})


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "tickterm.db"
    path.write_bytes(b"as it was read")
    memo = UniverseMemo(path)
    memo.keep(MINE, memo.state())
    return path


def test_it_answers_for_the_same_file_and_key(database: Path) -> None:
    assert UniverseMemo(database).recall("mine:few") == MINE
    assert UniverseMemo(database).recall("mine:many") is None


def test_any_write_makes_it_forget(database: Path) -> None:
    before = database.stat()
    database.write_bytes(b"as it is now..")
    assert database.stat().st_size == before.st_size
    os.utime(database, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert UniverseMemo(database).recall("mine:few") is None


@pytest.mark.parametrize("journal", ["tickterm.db-wal", "tickterm.db-journal"])
def test_a_journal_may_hold_more_than_the_file(database: Path, journal: str) -> None:
    (database.parent / journal).touch()
    assert UniverseMemo(database).state() is None
    assert UniverseMemo(database).recall("mine:few") is None


def test_a_database_that_is_gone_has_no_answer(database: Path) -> None:
    database.unlink()
    assert UniverseMemo(database).recall("mine:few") is None


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "5", '[1,2,"mine:few",["AAPL"]]', '[1,2,"mine:few","AAPL",[],5]']
)
def test_a_memo_that_is_damaged_is_no_memo(database: Path, content: str) -> None:
    (database.parent / "last-universe.json").write_text(content)
    assert UniverseMemo(database).recall("mine:few") is None


@pytest.mark.parametrize("symbols", ["[]", '["A,B"]', '["\\u001b]0;owned"]', "[5]", '"AAPL"'])
def test_symbols_that_are_none_are_not_taken(database: Path, symbols: str) -> None:
    size, mtime = UniverseMemo(database).state() or (0, 0)
    memo = f'[{size},{mtime},"mine:few",{symbols},[]]'
    (database.parent / "last-universe.json").write_text(memo)
    assert UniverseMemo(database).recall("mine:few") is None


@pytest.mark.parametrize("names", ["{}", "5", "null", '"AAPL"'])
def test_names_that_are_no_list_are_not_taken(database: Path, names: str) -> None:
    size, mtime = UniverseMemo(database).state() or (0, 0)
    memo = f'[{size},{mtime},"mine:few",["AAPL"],{names}]'
    (database.parent / "last-universe.json").write_text(memo)
    assert UniverseMemo(database).recall("mine:few") is None


def test_what_left_something_out_is_read_again_so_that_it_is_said_again(database: Path) -> None:
    memo = UniverseMemo(database)
    memo.keep(Universe("mine:odd", ("AAPL",), ("A,B",)), memo.state())
    assert memo.recall("mine:odd") is None
    assert memo.recall("mine:few") == MINE


def test_a_place_that_takes_no_memo_costs_nothing_else(tmp_path: Path) -> None:
    memo = UniverseMemo(tmp_path / "missing" / "tickterm.db")
    memo.keep(MINE, (1, 2))
    assert memo.recall("mine:few") is None
