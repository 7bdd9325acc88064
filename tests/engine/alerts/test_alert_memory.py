"""Rules that change at once, and their file that follows."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.waiting import until
from tickterm.engine import kept_state
from tickterm.engine.alerts.file import HIGHEST_ID, MOST_FIRED, MOST_RULES, Change, merge
from tickterm.engine.alerts.memory import AlertMemory
from tickterm.errors import SettingsError
from tickterm.market.alerts import AlertKind, AlertRule, FiredAlert

RULE, OTHER = AlertRule.parse("A > 1"), AlertRule.parse("B < 2")
FIRED = FiredAlert(1, 1_704_465_000_000, 1, "A", AlertKind.ABOVE, "A 2.00: above 1.00", 2.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "alerts.json"


@contextlib.asynccontextmanager
async def running(memory: AlertMemory) -> AsyncIterator[None]:
    task = asyncio.create_task(memory.run())
    yield
    task.cancel()
    await asyncio.wait([task])


def remember(path: Path | None) -> tuple[AlertMemory, list[int]]:
    changes: list[int] = []
    memory = AlertMemory(path, lambda: changes.append(len(memory.rules)))
    return memory, changes


def spoil(path: Path) -> None:
    path.write_text("[]")


def write(path: Path, *rules: object) -> None:
    path.write_text(json.dumps({"tickterm_alerts": 1, "next": 1, "rules": rules, "fired": []}))
    path.chmod(0o600)  # whatever the umask


def is_spoilt(path: Path) -> bool:
    return path.read_text() == "[]"


async def test_a_change_is_there_at_once_and_in_the_file_soon(path: Path) -> None:
    memory, changes = remember(path)
    async with running(memory):
        assert memory.add(RULE) == replace(RULE, id=1)
        assert memory.add(OTHER).id == 2
        assert [rule.id for rule in memory.rules] == [1, 2]
        await until(lambda: len(merge(path).rules) == 2)
        assert memory.remove(1) == replace(RULE, id=1)
        assert memory.remove(1) is None
        await until(lambda: len(merge(path).rules) == 1)
        assert [rule.id for rule in memory.rules] == [2]
    assert changes == []


async def test_rules_are_the_same_object_until_they_change(path: Path) -> None:
    memory, _ = remember(path)
    async with running(memory):
        memory.add(RULE)
        before = memory.rules
        await until(lambda: len(merge(path).rules) == 1 and not memory._pending())
        assert memory.rules is before


async def test_the_next_run_has_all_of_it(path: Path) -> None:
    memory, _ = remember(path)
    memory.add(RULE)
    memory.keep(FIRED)
    memory.close()
    again, _ = remember(path)
    assert again.rules == memory.rules
    assert list(again.fired) == [FIRED]
    assert again.add(OTHER).id == 2


async def test_what_others_put_into_the_file_is_taken(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_state, "LOOK_EVERY", 0.02)
    memory, changes = remember(path)
    async with running(memory):
        merge(path, Change([replace(OTHER, id=1)]))
        await until(lambda: changes == [1])
        assert memory.rules == (replace(OTHER, id=1),)
        assert memory.add(RULE).id == 2
        await until(lambda: len(merge(path).rules) == 2)


async def test_what_fired_is_in_the_file_a_moment_later(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_state, "LOOK_EVERY", 0.02)
    memory, _ = remember(path)
    async with running(memory):
        memory.keep(FIRED)
        await until(lambda: merge(path).fired == (FIRED,))
        await until(lambda: not memory._pending())


async def test_a_file_that_cannot_be_read_is_left_and_said_once(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spoil(path)
    memory, _ = remember(path)
    async with running(memory):
        memory.add(RULE)
        await until(lambda: not memory._due.is_set())
        memory.add(OTHER)
        await until(lambda: not memory._due.is_set())
    memory.close()
    assert is_spoilt(path)
    assert len(memory.rules) == 2
    warnings = [each.message for each in caplog.records if each.levelname == "WARNING"]
    assert len(warnings) == 1
    assert "for this run only" in warnings[0]


async def test_of_many_faults_the_log_has_the_first(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(path, {"id": 1, "rule": "A > 1"}, *([7] * 20))
    memory, _ = remember(path)
    await memory._merge(path)
    assert len(memory.rules) == 1
    assert len(caplog.messages) == 5
    assert caplog.messages[0].startswith("alerts.json: rule 2: no object")


def test_of_a_file_that_is_gone_only_what_it_had_is_counted(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    merge(path, Change([replace(OTHER, id=1)]))
    memory, _ = remember(path)
    memory.add(RULE)
    memory._tell_gone(path, is_gone=True)
    assert caplog.messages == ["alerts.json is gone, and its alerts with it: 1"]


async def test_a_rule_that_is_removed_while_it_gets_another_id_takes_no_other_with_it(
    path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory, _ = remember(path)
    merge(path, Change([replace(OTHER, id=1)]))
    assert memory.add(RULE).id == 1

    def slow(place: Path, change: Change, within: float) -> object:
        memory.remove(1)
        return merge(place, change, within)

    monkeypatch.setattr("tickterm.engine.alerts.memory.merge", slow)
    await memory._merge(path)
    monkeypatch.undo()
    assert memory.rules == (replace(OTHER, id=1),)
    await memory._merge(path)
    assert merge(path).rules == memory.rules == (replace(OTHER, id=1),)
    assert not caplog.messages


async def test_what_fires_while_the_file_is_written_is_kept_the_next_time(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory, _ = remember(path)
    memory.keep(FIRED)
    later = replace(FIRED, number=2, text="later")

    def slow(place: Path, change: Change, within: float) -> object:
        memory.keep(later)
        return merge(place, change, within)

    with monkeypatch.context() as patch:
        patch.setattr("tickterm.engine.alerts.memory.merge", slow)
        await memory._merge(path)
    assert memory._pending().fired == (later,)
    await memory._merge(path)
    assert merge(path).fired == (FIRED, later)


def test_of_what_cannot_be_kept_only_the_newest_waits(path: Path) -> None:
    memory, _ = remember(path)
    for number in range(MOST_FIRED + 5):
        memory.keep(replace(FIRED, number=number))
    waiting = memory._pending().fired
    assert [alert.number for alert in waiting] == list(range(5, MOST_FIRED + 5))


async def test_an_id_that_nobody_could_read_is_not_given(path: Path) -> None:
    merge(path, Change([replace(OTHER, id=HIGHEST_ID - 1)]))
    memory, _ = remember(path)
    rules = [replace(RULE, value=200.0 + number) for number in range(4)]
    assert [memory.add(rule).id for rule in rules[:3]] == [HIGHEST_ID, 1, 2]
    await memory._merge(path)
    assert memory.add(rules[3]).id == 3
    memory.close()
    kept = merge(path)
    assert (kept.faults, len(kept.rules)) == ((), 5)


async def test_what_fired_at_no_possible_time_is_said_once(
    path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_state, "LOOK_EVERY", 0.02)
    merge(path, Change(fired=[FIRED, replace(FIRED, wall_ms=5)]))
    memory, _ = remember(path)
    assert list(memory.fired) == [FIRED]
    async with running(memory):
        merge(path, Change([replace(OTHER, id=1)]))
        await until(lambda: len(memory.rules) == 1)
    assert len(caplog.messages) == 1


async def test_without_a_file_it_is_for_this_run() -> None:
    memory, _ = remember(None)
    memory.add(RULE)
    memory.keep(FIRED)
    await memory.run()
    memory.close()
    assert (len(memory.rules), list(memory.fired)) == (1, [FIRED])


async def test_there_are_not_too_many() -> None:
    memory, _ = remember(None)
    for number in range(MOST_RULES):
        memory.add(replace(RULE, value=1.0 + number))
    new = replace(RULE, value=0.5)
    with pytest.raises(SettingsError, match="500 alerts are the most"):
        memory.add(new)
    memory.remove(7)
    assert memory.add(new).id == MOST_RULES + 1
