"""What is watched changes as wished, in its order, and at a price that nobody's ticks notice."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from tests.cpu import cpu_cost
from tests.waiting import until
from tickterm.engine.charts.minute_bars import MinuteBars
from tickterm.engine.patterns.watch import PatternWatch
from tickterm.engine.symbols.watch_desk import WatchDesk
from tickterm.market.contract import ChangeList, PutList, Unwatch, UseUniverse, Watch, WatchGroup
from tickterm.market.protocol import MassiveProtocol, Stage
from tickterm.market.state import MarketState
from tickterm.market.universe import Universe

MANY = tuple(f"S{number:05d}" for number in range(12_000))
DEAR = 0.05
"""Seconds: ten times what any of this takes."""


class Engine:
    """The parts of an engine that know the symbols one by one."""

    def __init__(self, symbols: tuple[str, ...] = MANY) -> None:
        self.state = MarketState()
        self.minutes = MinuteBars(lambda: None)
        self.patterns = PatternWatch("redis://localhost")
        self.protocol = MassiveProtocol("key", (), "simulated")
        self.protocol.stage = Stage.READY
        self.desk = WatchDesk(self.watch)
        self.desk.begin(Universe("a:b", symbols))
        self.protocol.commands()

    def watch(self, symbols: tuple[str, ...], names: Mapping[str, str]) -> None:
        watched = frozenset(symbols)
        self.state.watch(symbols, names)
        self.minutes.watch(watched)
        self.patterns.watch(watched)
        self.protocol.want(symbols)


def test_a_symbol_among_thousands_costs_little() -> None:
    engine = Engine()
    with cpu_cost() as cost:
        engine.desk.obey(Watch(["NEW"]))
        engine.desk.obey(Unwatch(["NEW"]))
    assert cost.seconds < 2 * DEAR
    assert engine.desk.symbols == MANY
    subscribed, unsubscribed = engine.protocol.commands()
    assert b"A.NEW" in subscribed
    assert b"unsubscribe" in unsubscribed


def test_many_at_once_cost_little() -> None:
    engine = Engine()
    with cpu_cost() as cost:
        engine.desk.obey(Unwatch(list(MANY[:500])))
        engine.desk.obey(Watch(list(MANY[:500])))
    assert cost.seconds < 2 * DEAR
    assert engine.desk.symbols == (*MANY[500:], *MANY[:500])


def test_a_change_of_a_long_list_costs_little() -> None:
    engine = Engine(("A",))
    for first in range(0, 2_000, 500):
        piece = list(MANY[first : first + 500])
        engine.desk.obey(PutList(3, "long", piece) if not first else ChangeList(3, piece))
    with cpu_cost() as cost:
        engine.desk.obey(ChangeList(3, [], [MANY[7]]))
        engine.desk.obey(ChangeList(3, ["NEW"]))
    assert cost.seconds < DEAR
    assert engine.desk.groups[-1].symbols == (*MANY[:7], *MANY[8:2_000], "NEW")


def test_of_a_group_what_is_new_is_watched(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    engine = Engine(("A", "B"))
    engine.desk.obey(PutList(3, "mine", ["B", "C", "D"]))
    caplog.clear()
    for _ in range(2):
        engine.desk.obey(WatchGroup(3))
    engine.desk.obey(WatchGroup(4))
    assert [row.symbol for row in engine.state.freeze()] == ["A", "B", "C", "D"]
    assert caplog.messages == ["watching C, D: 4 symbols", "there is no group 4"]


def test_what_is_not_watched_is_named_and_something_is_left(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    engine = Engine(("A", "B"))
    engine.desk.obey(Unwatch(["B", "X", "B", "Y"]))
    engine.desk.obey(Unwatch(["A"]))
    assert engine.desk.symbols == ("A",)
    assert caplog.messages == [
        "not watched: X, Y",
        "no longer watching B: 1 symbol",
        "still watching A: nothing would be left",
    ]


class Table:
    """A table of universes that somebody else changes."""

    def __init__(self, *names: str) -> None:
        self.names = [*names]

    async def read(self, key: str) -> Universe:
        return Universe(key, ("X",))

    async def first(self, count: int) -> list[Universe]:
        return [await self.read(f"t:{name}") for name in self.names[:count]]


async def test_with_another_universe_the_table_is_read_anew() -> None:
    table = Table("one")
    desk = WatchDesk(lambda _symbols, _names: None, table=table)
    desk.begin(Universe("t:own", ("A",)))
    task = asyncio.create_task(desk.run())
    await until(lambda: [group.name for group in desk.groups] == ["t:own", "t:one"])
    table.names.append("two")
    desk.obey(UseUniverse("t:one"))
    await until(lambda: [group.name for group in desk.groups] == ["t:one", "t:two"])
    task.cancel()
    await asyncio.wait([task])
