"""One rule for all files that several engines share: what wins, and what is known when."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.waiting import until
from tickterm.cli.stop_signals import STOP_WITHIN
from tickterm.engine import kept_file, kept_state
from tickterm.engine.alerts import file as alert_file
from tickterm.engine.alerts import memory as alert_memory
from tickterm.engine.alerts.memory import AlertMemory
from tickterm.engine.kept_file import KeptFileError
from tickterm.engine.symbols import own_lists, watchlists
from tickterm.engine.symbols.own_lists import OwnLists
from tickterm.market.alerts import AlertKind, AlertRule, FiredAlert
from tickterm.market.groups import Group


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_state, "LOOK_EVERY", 0.02)


class Lists:
    """An engine's own lists, by digit."""

    module, what = own_lists, "own lists"

    def __init__(self, path: Path) -> None:
        self.changes = 0
        self.kept = OwnLists(path, self._count)

    def _count(self) -> None:
        self.changes += 1

    def put(self, number: int, symbol: str) -> None:
        self.kept.put(number, "mine", [symbol])

    def drop(self, number: int) -> None:
        self.kept.drop(number)

    def known(self) -> dict[int, str]:
        return {key: group.symbols[0] for key, group in self.kept.lists.items()}

    @staticmethod
    def put_into(path: Path, number: int, symbol: str) -> None:
        watchlists.merge(path, {number: Group(number, "theirs", (symbol,), own=True)})

    @staticmethod
    def drop_from(path: Path, number: int) -> None:
        watchlists.merge(path, {number: None})


class Alerts:
    """An engine's alerts, by id."""

    module, what = alert_memory, "alerts"

    def __init__(self, path: Path) -> None:
        self.changes = 0
        self.kept = AlertMemory(path, self._count)

    def _count(self) -> None:
        self.changes += 1

    def put(self, number: int, symbol: str) -> None:
        assert self.kept.add(AlertRule.parse(f"{symbol} > 1")).id == number

    def drop(self, number: int) -> None:
        self.kept.remove(number)

    def known(self) -> dict[int, str]:
        return {rule.id: rule.symbol for rule in self.kept.rules}

    @staticmethod
    def put_into(path: Path, number: int, symbol: str) -> None:
        rule = replace(AlertRule.parse(f"{symbol} > 1"), id=number)
        alert_file.merge(path, alert_file.Change([rule]))

    @staticmethod
    def drop_from(path: Path, number: int) -> None:
        alert_file.merge(path, alert_file.Change(removed=frozenset([number])))


Kind = type[Lists] | type[Alerts]
kinds = pytest.mark.parametrize("kind", [Lists, Alerts])


@contextlib.asynccontextmanager
async def running(*engines: Lists | Alerts) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(engine.kept.run()) for engine in engines]
    yield
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


@kinds
async def test_two_engines_have_what_both_keep(kind: Kind, tmp_path: Path) -> None:
    path = tmp_path / "shared.json"
    one, other = kind(path), kind(path)
    async with running(one, other):
        one.put(1 + (kind is Lists), "A")
        await until(lambda: one.known() == other.known() != {})
        other.put(2 + (kind is Lists), "B")
        await until(lambda: one.known() == other.known() and len(one.known()) == 2)
        one.drop(2 + (kind is Lists))
        await until(lambda: list(other.known().values()) == ["A"])
        assert one.known() == other.known()


@kinds
async def test_what_another_program_changes_is_known_and_said_once(
    kind: Kind, tmp_path: Path
) -> None:
    path = tmp_path / "shared.json"
    engine = kind(path)
    async with running(engine):
        kind.put_into(path, 4, "A")
        await until(lambda: engine.known() == {4: "A"})
        kind.drop_from(path, 4)
        await until(lambda: engine.known() == {})
        kind.put_into(path, 5, "B")
        await until(lambda: engine.known() == {5: "B"})
        path.unlink()
        await until(lambda: engine.known() == {})
    assert engine.changes == 4


@kinds
async def test_what_is_written_just_after_the_file_was_read_is_known_too(
    kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "shared.json"
    engine = kind(path)
    merge: Callable[..., object] = kind.module.merge
    calls: list[None] = []

    def late(*arguments: object) -> object:
        kept = merge(*arguments)
        if not calls:
            kind.put_into(path, 6, "LATE")
        calls.append(None)
        return kept

    monkeypatch.setattr(kind.module, "merge", late)
    async with running(engine):
        await until(lambda: engine.known() == {6: "LATE"})


@kinds
async def test_a_change_is_kept_as_soon_as_the_file_is_mended(kind: Kind, tmp_path: Path) -> None:
    path = tmp_path / "shared.json"
    path.write_text("{")
    path.chmod(0o600)  # whatever the umask
    engine, first = kind(path), 1 + (kind is Lists)
    async with running(engine):
        engine.put(first, "A")
        await until(lambda: not engine.kept._due.is_set())
        assert path.read_text() == "{"
        path.unlink()
        again = kind(tmp_path / "shared.json")
        async with running(again):
            await until(lambda: again.known() == {first: "A"})


@kinds
async def test_a_file_that_is_away_for_a_moment_takes_nothing_with_it(
    kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Some editors move a file away before they write the new one."""
    path, aside = tmp_path / "shared.json", tmp_path / "aside"
    kind.put_into(path, 4, "A")
    engine = kind(path)
    looks: list[bool] = []

    def seen(place: Path) -> object:
        if len(looks) == 3:
            path.rename(aside)
        elif len(looks) == 4:
            aside.rename(path)
        looks.append(path.exists())
        return kept_file.state_of(place)

    monkeypatch.setattr(kept_state, "state_of", seen)
    async with running(engine):
        await until(lambda: len(looks) > 7)
        assert looks[:6] == [True, True, True, False, True, True]
        assert engine.known() == {4: "A"}
    assert engine.changes <= (kind is Lists)
    assert not caplog.messages


@kinds
async def test_a_file_that_is_gone_is_said_once(
    kind: Kind, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "shared.json"
    engine = kind(path)
    async with running(engine):
        kind.put_into(path, 4, "A")
        await until(lambda: engine.known() == {4: "A"})
        path.unlink()
        await until(lambda: engine.known() == {})
        kind.put_into(path, 5, "B")
        await until(lambda: engine.known() == {5: "B"})
    assert caplog.messages == [f"shared.json is gone, and its {kind.what} with it: 1"]


@kinds
async def test_a_file_that_is_gone_is_said_once_though_there_is_no_place_for_another(
    kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "shared.json"
    tries: list[None] = []

    def refused(*_arguments: object) -> object:
        tries.append(None)
        raise KeptFileError("no place")

    engine = kind(path)
    async with running(engine):
        kind.put_into(path, 4, "A")
        await until(lambda: engine.known() == {4: "A"})
        monkeypatch.setattr(kind.module, "merge", refused)
        path.unlink()
        await until(lambda: len(tries) > 3)
    assert caplog.messages == [
        f"shared.json is gone, and its {kind.what} with it: 1",
        f"{kind.what} are for this run only: no place",
    ]


@kinds
async def test_who_is_stopped_while_the_file_is_written_knows_that_it_was(
    kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "shared.json"
    engine = kind(path)
    merge: Callable[..., object] = kind.module.merge
    begun, go = threading.Event(), threading.Event()

    def slow(*arguments: object) -> object:
        begun.set()
        assert go.wait(20)
        return merge(*arguments)

    engine.put(1 + (kind is Lists), "A")
    if isinstance(engine, Alerts):
        engine.kept.keep(FiredAlert(1, 1_704_465_000_000, 1, "A", AlertKind.ABOVE, "A 2.00", 2.0))
    with monkeypatch.context() as patch:
        patch.setattr(kind.module, "merge", slow)
        task = asyncio.create_task(engine.kept.run())
        await until(begun.is_set)
        task.cancel()
        ended, _ = await asyncio.wait([task], timeout=0.1)
        go.set()
        await asyncio.wait([task])
    assert not ended
    assert task.cancelled()
    assert not engine.kept._pending()
    engine.kept.close()
    if isinstance(engine, Alerts):
        assert len(alert_file.merge(path).fired) == 1


@kinds
def test_what_cannot_be_kept_at_the_end_is_said_in_time(
    kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "shared.json"
    engine = kind(path)
    engine.put(1 + (kind is Lists), "A")
    merge: Callable[..., object] = kind.module.merge
    waits: list[object] = []

    def counted(*arguments: object) -> object:
        waits.append(arguments[-1])
        return merge(*arguments)

    monkeypatch.setattr(kept_state, "CLOSE_WITHIN", 0.01)
    monkeypatch.setattr(kind.module, "merge", counted)
    with kept_file.held(path):
        engine.kept.close()
    assert waits == [0.01]
    lock = tmp_path / ".shared.json.lock"
    assert caplog.messages == [f"{kind.what} are lost: {lock} is held by another program"]


def test_two_files_that_somebody_keeps_do_not_hold_the_end_up() -> None:
    """One look that has begun, and two last ones in turn, and the rest of the end."""
    assert kept_file.LOCK_WITHIN + 2 * kept_state.CLOSE_WITHIN < STOP_WITHIN - 0.5


async def test_of_two_who_change_one_list_the_later_wins(tmp_path: Path) -> None:
    path = tmp_path / "shared.json"
    one, other = Lists(path), Lists(path)
    one.put(3, "EARLY")
    one.kept.close()
    other.put(3, "LATE")
    async with running(other):
        await until(lambda: watchlists.merge(path, {}).lists[3].symbols == ("LATE",))
    assert other.known() == {3: "LATE"}


async def test_of_two_alerts_with_one_id_the_later_gets_another_which_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "shared.json"
    engine = Alerts(path)
    Alerts.put_into(path, 1, "THEIRS")
    engine.put(1, "MINE")
    async with running(engine):
        await until(lambda: engine.known() == {1: "THEIRS", 2: "MINE"})
    assert caplog.messages == ["alert 1 is alert 2 now: MINE > 1"]


async def test_an_alert_for_which_others_left_no_room_is_said_to_be_lost(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alert_file, "MOST_RULES", 2)
    path = tmp_path / "shared.json"
    engine = Alerts(path)
    Alerts.put_into(path, 1, "A")
    Alerts.put_into(path, 2, "B")
    engine.put(1, "MINE")
    async with running(engine):
        await until(lambda: engine.known() == {1: "A", 2: "B"})
        assert alert_file.merge(path).faults == ()
    assert [message.partition(":")[0] for message in caplog.messages] == ["alert 1 is not kept"]
