"""The file of own lists: kept in one step, read with care, and never destroyed."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import orjson
import pytest

from tickterm.engine.kept_file import KeptFileError
from tickterm.engine.symbols.own_lists import OwnLists
from tickterm.engine.symbols.watchlists import Changes, merge
from tickterm.market.groups import OWN_KEYS, Group

TECH = Group(3, "tech", ("NVDA", "BRK.B"), own=True)
OILS = Group(4, "oils", (), own=True)
LISTS = {"tickterm_lists": 1, "lists": [{"key": 3, "name": "tech", "symbols": ["NVDA", "BRK.B"]}]}


def file(tmp_path: Path, content: object) -> Path:
    path = tmp_path / "watchlists.json"
    path.write_bytes(content if isinstance(content, bytes) else orjson.dumps(content))
    return path


def test_lists_are_kept_for_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "watchlists.json"
    assert merge(path, {}) == ({}, ())
    assert not path.exists()
    merge(path, {3: TECH, 4: OILS})
    assert path.stat().st_mode & 0o777 == 0o600
    assert merge(path, {}) == ({3: TECH, 4: OILS}, ())
    merge(path, {4: None})
    assert merge(path, {}).lists == {3: TECH}
    assert sorted(os.listdir(path.parent)) == [".watchlists.json.lock", "watchlists.json"]


def test_a_change_is_put_into_what_another_engine_has_kept_meanwhile(tmp_path: Path) -> None:
    path = file(tmp_path, LISTS)
    merge(path, {4: OILS})
    assert merge(path, {}).lists == {3: TECH, 4: OILS}


def test_where_the_file_is_a_link_what_it_leads_to_is_changed(tmp_path: Path) -> None:
    path = file(tmp_path, LISTS)
    link = tmp_path / "link.json"
    link.symlink_to(path)
    merge(link, {3: None})
    assert link.is_symlink()
    assert merge(path, {}).lists == {}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is no JSON"),
        (orjson.dumps(LISTS)[:-20], "is no JSON"),
        (b"[1]", "no lists of this version"),
        ({"tickterm_lists": 2, "lists": []}, "no lists of this version"),
        ({"some other program": 1}, "no lists of this version"),
        (b" " * 2**20 + b"{}", "larger than 1 MiB"),
    ],
)
def test_what_cannot_be_read_is_named_and_left(tmp_path: Path, content: object, told: str) -> None:
    path = file(tmp_path, content)
    before = path.read_bytes()
    with pytest.raises(KeptFileError, match=told) as raised:
        merge(path, {3: TECH})
    assert str(path) in str(raised.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        (7, "no object"),
        ({"key": 1, "name": "x", "symbols": []}, "no digit from 2 to 9"),
        ({"key": True, "name": "x", "symbols": []}, "no digit from 2 to 9"),
        ({"key": 3, "name": "again", "symbols": []}, "its digit 3 is taken"),
        ({"key": 4, "name": "\u001b[31m", "symbols": []}, "its name"),
        ({"key": 4, "name": "x" * 41, "symbols": []}, "its name"),
        ({"key": 4, "name": "x", "symbols": ["*"]}, "'*' is no symbol"),
        ({"key": 4, "name": "x", "symbols": ["A"] * 2_001}, "no list of at most 2,000"),
        ({"key": 4, "name": "x"}, "no list of at most 2,000"),
    ],
)
def test_a_list_that_cannot_be_read_leaves_the_others_and_the_file(
    tmp_path: Path, entry: object, told: str
) -> None:
    path = file(tmp_path, {**LISTS, "lists": [*LISTS["lists"], entry]})  # type: ignore[misc]  # a list
    before = path.read_bytes()
    kept = merge(path, {5: OILS})
    assert kept.lists == {3: TECH}
    assert told in kept.faults[0]
    assert kept.faults[0].startswith("watchlists.json: list 2: ")
    assert path.read_bytes() == before


def test_a_place_that_cannot_be_written_or_is_no_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "watchlists.json").mkdir()
    with pytest.raises(KeptFileError, match="is no regular file"):
        merge(tmp_path / "watchlists.json", {3: TECH})
    (tmp_path / "file").touch()
    with pytest.raises(KeptFileError, match=r"Not a directory|File exists"):
        merge(tmp_path / "file" / "watchlists.json", {3: TECH})


def test_a_disk_that_is_full_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = file(tmp_path, LISTS)
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KeptFileError, match="No space left on device"):
        merge(path, {4: OILS})
    assert path.read_bytes() == before
    assert sorted(os.listdir(tmp_path)) == [".watchlists.json.lock", "watchlists.json"]


async def test_lists_of_a_run_whose_file_cannot_be_read_are_shown_and_not_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = file(tmp_path, b"mine")
    lists = OwnLists(path, lambda: None)
    lists.put(3, "tech", ["NVDA", "BRK.B"])
    await lists._merge(path)
    await lists._merge(path)
    assert lists.lists == {3: TECH}
    assert path.read_bytes() == b"mine"
    assert sum("own lists are for this run only" in m for m in caplog.messages) == 1
    path.unlink()
    await lists._merge(path)
    assert merge(path, {}).lists == {3: TECH}
    assert lists._changes == {}


async def test_what_changes_while_the_file_is_written_is_not_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "watchlists.json"
    lists = OwnLists(path, lambda: None)
    lists.put(3, "tech", ["NVDA"])

    def slow(place: Path, changes: Changes, within: float) -> object:
        lists.change(3, ["BRK.B"], [])
        return merge(place, changes, within)

    monkeypatch.setattr("tickterm.engine.symbols.own_lists.merge", slow)
    await lists._merge(path)
    assert lists.lists == {3: TECH}
    monkeypatch.undo()
    lists.close()
    assert merge(path, {}).lists == {3: TECH}


def test_whoever_changes_it_at_once_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "new" / "watchlists.json"
    lists = [Group(key, f"list {key}", ("A",), own=True) for key in OWN_KEYS]
    with ThreadPoolExecutor(len(lists)) as threads:
        list(threads.map(lambda group: merge(path, {group.key: group}), lists))
    assert merge(path, {}).lists == {group.key: group for group in lists}


@pytest.mark.parametrize(("name", "title"), [("", "list 8"), ("oils", "list 8 oils")])
def test_the_log_names_a_list_once(caplog: pytest.LogCaptureFixture, name: str, title: str) -> None:
    caplog.set_level("INFO")
    lists = OwnLists(None, lambda: None)
    lists.put(8, name, ["XOM", "CVX"])
    lists.change(8, ["NVDA"], [])
    lists.change(8, ["NVDA"], [])
    lists.drop(8)
    assert caplog.messages == [
        f"{title}: 2 symbols",
        f"{title}: +NVDA: 3 symbols",
        f"{title}: as before",
        f"{title}: deleted",
    ]
