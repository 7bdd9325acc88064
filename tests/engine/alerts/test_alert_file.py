"""The file of alerts: kept, shared, private, and never destroyed."""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from tickterm.engine import kept_file
from tickterm.engine.alerts.file import (
    HIGHEST_ID,
    LARGEST,
    MOST_FIRED,
    Change,
    Kept,
    merge,
)
from tickterm.engine.kept_file import KeptFileError
from tickterm.market.alerts import AlertKind, AlertRule, FiredAlert

ABOVE, STALE = (
    AlertRule.parse(text) for text in ("AAPL > 230 once command say {text}", "B stale 60s")
)


START = 1_704_465_000_000
"""2024-01-05, ms UTC."""


def rule(number: int, like: AlertRule = ABOVE) -> AlertRule:
    return replace(like, id=number)


def fired(number: int, ms: int | None = None) -> FiredAlert:
    """Return an alert of so many ms after START, by itself its number."""
    wall_ms = START + (number if ms is None else ms)
    return FiredAlert(number, wall_ms, 1, "A", AlertKind.ABOVE, f"A {number}", 1.5)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "alerts.json"


def write(path: Path, **changes: Any) -> bytes:
    told = {"tickterm_alerts": 1, "next": 1, "rules": [], "fired": [], **changes}
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(told))
    path.chmod(0o600)  # whatever the umask
    return path.read_bytes()


def test_no_file_holds_nothing_and_is_not_made(path: Path) -> None:
    assert merge(path) == Kept()
    assert not path.parent.exists()


def test_what_is_put_in_is_there_the_next_time(path: Path) -> None:
    put = merge(path, Change([rule(1), rule(2, STALE)], fired=[fired(1), fired(2)]))
    assert merge(path) == put == Kept((rule(1), rule(2, STALE)), (fired(1), fired(2)), 3)
    merge(path, Change(removed=frozenset([1, 99])))
    assert merge(path).rules == (rule(2, STALE),)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {each.name for each in path.parent.iterdir()} == {path.name, f".{path.name}.lock"}


def test_an_id_is_never_given_twice(path: Path) -> None:
    merge(path, Change([rule(1), rule(2)]))
    merge(path, Change(removed=frozenset([2])))
    assert merge(path).next == 3


def test_of_two_rules_with_one_id_the_later_gets_another(path: Path) -> None:
    merge(path, Change([rule(1)]))
    assert merge(path, Change([rule(1, STALE)])).rules == (rule(1), rule(2, STALE))
    assert merge(path, Change([rule(1)])).rules == (rule(1), rule(2, STALE))


def test_the_newest_that_fired_are_kept_in_the_order_in_which_they_came(path: Path) -> None:
    merge(path, Change(fired=[fired(n) for n in range(1, MOST_FIRED + 1)]))
    kept = merge(path, Change(fired=[fired(1, 500_000), fired(2, 3)])).fired
    assert [alert.wall_ms - START for alert in kept] == [*range(3, MOST_FIRED + 1), 500_000, 3]
    assert [alert.number for alert in kept] == list(range(1, MOST_FIRED + 1))


def test_ids_that_have_come_to_their_end_are_used_again(path: Path) -> None:
    write(path, next=HIGHEST_ID, rules=[{"id": 1, "rule": "A > 1"}])
    for _ in range(3):
        merge(path, Change([rule(merge(path).next, STALE)]))
    kept = merge(path)
    assert not kept.faults
    assert [each.id for each in kept.rules] == [1, 2, 3, HIGHEST_ID]
    assert kept.next == 4
    kept = merge(path, Change([rule(HIGHEST_ID), rule(HIGHEST_ID + 1)]))
    assert [each.id for each in kept.rules] == [1, 2, 3, 4, 5, HIGHEST_ID]
    assert merge(path) == kept


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"rules": [{"id": 1, "rule": "AAPL > 230"}, {"id": 2, "rule": "AAPL"}]}, "rule 2: 'AAPL'"),
        ({"rules": [{"id": 0, "rule": "A > 1"}]}, "rule 1: its id"),
        ({"rules": [{"id": True, "rule": "A > 1"}]}, "rule 1: its id"),
        ({"rules": [{"id": 1, "rule": "A > 1"}] * 2}, "rule 2: the id 1 is taken"),
        ({"rules": ["A > 1"]}, "rule 1: no object"),
        ({"rules": {}}, "rules is no list"),
        ({"rules": [{}] * 501}, "rules is no list of at most 500"),
        ({"fired": [{"number": 1}]}, "fired 1: "),
        ({"fired": None}, "fired is no list"),
    ],
)
def test_what_cannot_be_read_is_named_and_left_alone(
    path: Path, changes: dict[str, Any], told: str
) -> None:
    before = write(path, **changes)
    kept = merge(path, Change([rule(7)]))
    assert told in kept.faults[0]
    assert kept.faults[0].startswith("alerts.json: ")
    assert path.read_bytes() == before


def test_what_can_be_read_beside_it_counts(path: Path) -> None:
    write(path, rules=[{"id": 4, "rule": "A > 1"}, 5], fired=[{}])
    assert [str(each) for each in merge(path).rules] == ["A > 1"]


def test_what_it_says_is_harmless(path: Path) -> None:
    entry = {**msgspec.to_builtins(fired(1)), "text": "a\x1b[2Jb", "symbol": "\x07"}
    write(path, fired=[entry], next=-5)
    kept = merge(path)
    assert kept.fired[0].text == "a·[2Jb"
    assert kept.fired[0].symbol == "·"
    assert kept.next == 1


HOUR = 3_600_000


@pytest.mark.parametrize("wall_ms", [-(2**60), 0, 946_684_799_999, 2**60])
def test_what_fired_at_no_possible_time_is_not_shown_and_stays(path: Path, wall_ms: int) -> None:
    absurd = {**msgspec.to_builtins(fired(1)), "wall_ms": wall_ms}
    write(path, fired=[absurd, msgspec.to_builtins(fired(2))])
    kept = merge(path)
    assert kept.fired == (replace(fired(2), number=1),)
    assert kept.remark == "alerts.json: 1 of what has fired not shown: at no possible time"
    assert not kept.faults
    merge(path, Change([rule(1)], fired=[fired(3)]))
    assert [each["wall_ms"] - START for each in json.loads(path.read_text())["fired"]] == [
        *(wall_ms - START, 2, 3),
    ]


@pytest.mark.parametrize("now", [START / 1000 - 3 * 86_400, 1000.0])
def test_a_clock_that_was_set_back_for_a_while_loses_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch, now: float
) -> None:
    before = [fired(number) for number in (1, 2, 3)]
    merge(path, Change(fired=before))
    with monkeypatch.context() as wrong:
        wrong.setattr(time, "time", lambda: now)
        merge(path, Change(fired=[fired(4, int(now * 1000) - START)]))
        assert "3 of what has fired not shown" in merge(path).remark or now == 1000.0
    assert [*merge(path).fired][:3] == before


def test_a_clock_that_was_set_back_by_an_hour_loses_nothing(path: Path) -> None:
    wall_ms = int(time.time() * 1000) + HOUR
    merge(path, Change(fired=[replace(fired(1), wall_ms=wall_ms)]))
    assert [each.wall_ms for each in merge(path).fired] == [wall_ms]


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "no JSON": (lambda path: path.write_text("{"), "no JSON"),
    "nothing": (lambda path: path.touch(), "no JSON"),
    "another form": (lambda path: path.write_text('{"tickterm_alerts": 2}'), "this version"),
    "too large": (lambda path: path.write_bytes(b" " * (LARGEST + 1)), "larger than"),
    "a directory": (lambda path: path.mkdir(), "no regular file"),
    "a pipe that nobody writes to": (os.mkfifo, "no regular file"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_file_that_is_none_is_named_and_left_alone(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "alerts.json"
    make, told = BROKEN[kind]
    make(path)
    if path.is_file():
        path.chmod(0o600)  # whatever the umask
    before = kept_file.state_of(path)
    for change in (Change(), Change([rule(1)])):
        with pytest.raises(KeptFileError, match=told) as caught:
            merge(path, change)
        assert str(path) in str(caught.value)
    assert kept_file.state_of(path) == before or kind == "a directory"


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_write_is_not_read(path: Path, mode: int) -> None:
    write(path, rules=[{"id": 1, "rule": "A > 1 command rm -r /"}])
    path.chmod(mode)
    for change in (Change(), Change([rule(2)])):
        with pytest.raises(KeptFileError, match=r"others may write .*alerts\.json: chmod go-w"):
            merge(path, change)
    path.chmod(0o600)
    assert len(merge(path).rules) == 1


def test_a_file_of_another_user_is_not_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(path, rules=[{"id": 1, "rule": "A > 1 command rm -r /"}])
    path.chmod(0o600)
    if os.getuid() == 0:
        os.chown(path, 12_345, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: 12_345)
    with pytest.raises(KeptFileError, match="belongs to another user"):
        merge(path)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(KeptFileError, match=r"/file: (File exists|Not a directory)"):
        merge(tmp_path / "file" / "alerts.json", Change([rule(1)]))


def test_a_disk_that_is_full_leaves_the_old_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = merge(path, Change([rule(1)]))
    names = set(path.parent.iterdir())

    def full(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KeptFileError, match="No space left"):
        merge(path, Change([rule(2)]))
    assert merge(path) == before
    assert set(path.parent.iterdir()) == names


def test_a_link_stays_one(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    path.symlink_to(tmp_path / "elsewhere.json")
    merge(path, Change([rule(1)]))
    assert path.is_symlink()
    assert merge(tmp_path / "elsewhere.json").rules == (rule(1),)


def test_a_lock_that_is_not_ours_is_named(path: Path) -> None:
    write(path)
    path.with_name(".alerts.json.lock").symlink_to("elsewhere")  # as one of another user's fails
    with pytest.raises(KeptFileError, match=r"/\.alerts\.json\.lock: "):
        merge(path, Change([rule(1)]))


def test_what_somebody_left_half_written_is_in_nobodys_way(path: Path, tmp_path: Path) -> None:
    write(path)
    elsewhere = tmp_path / "elsewhere"
    path.with_name(".alerts.json.making").symlink_to(elsewhere)
    merge(path, Change([rule(1)]))
    assert not elsewhere.exists()
    path.with_name(".alerts.json.making").write_text("{" * 1_000)
    kept = merge(path, Change([rule(2)]))
    assert merge(path) == kept
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {each.name for each in path.parent.iterdir()} == {path.name, f".{path.name}.lock"}


def test_somebody_who_keeps_the_lock_is_not_waited_for_for_ever(path: Path) -> None:
    merge(path, Change([rule(1)]))
    with (
        kept_file.held(path),
        pytest.raises(KeptFileError, match="held by another"),
    ):
        merge(path, Change([rule(2)]), 0.05)
    assert len(merge(path, Change([rule(2)])).rules) == 2
