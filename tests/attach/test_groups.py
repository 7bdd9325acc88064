"""What a screen makes of an engine's symbols and groups, and how fast it asks for others."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.attach.messages import part, rows, wire
from tickterm.attach import wish_queue
from tickterm.attach.group_list import GroupList
from tickterm.attach.row_table import MOST_SYMBOLS, RowTable
from tickterm.attach.wish_queue import WishQueue
from tickterm.market.contract import ContractError, DropList, Groups, Watch, Watched, encode
from tickterm.market.groups import Group, in_pieces
from tickterm.market.snapshot import Row

ROWS = (Row("A"), Row("B"))


def table_of(*symbols: str) -> RowTable:
    table = RowTable()
    table.take_part(part(*(wire(symbol) for symbol in symbols)))
    return table


# -- symbols --------------------------------------------------------------------------------------


def test_rows_stand_in_the_order_of_what_is_watched() -> None:
    table = table_of("A", "B", "C")
    known = {row.symbol: row for row in table.freeze()}
    table.take_watched(Watched(["C", "NEW", "A"]))
    assert table.freeze() == (known["C"], Row("NEW"), known["A"])
    assert table.freeze()[0] is known["C"]
    table.take_rows(rows(wire("NEW", 5.0)))
    assert [row.price for row in table.freeze()][1] == 5.0
    table.take_watched(Watched([]))
    assert table.freeze() == ()


def test_a_snapshot_that_comes_in_parts_follows_too() -> None:
    table = table_of("A")
    table.take_part(part(wire("A", 2.0), parts=2))
    table.take_watched(Watched(["B", "A"]))
    table.take_part(part(wire("B", 3.0), part=2, parts=2))
    assert [(row.symbol, row.price) for row in table.freeze()] == [("B", 3.0), ("A", 2.0)]


def test_a_hostile_engine_cannot_name_too_much_or_what_a_terminal_obeys() -> None:
    table = table_of("A")
    with pytest.raises(ContractError):
        table.take_watched(Watched([f"S{n}" for n in range(MOST_SYMBOLS + 1)]))
    table.take_watched(Watched(["\x1b[31mX", "Y" * 100]))
    assert [row.symbol for row in table.freeze()] == ["·[31mX", "Y" * 31 + "…"]


# -- groups ---------------------------------------------------------------------------------------


def test_the_first_group_is_what_is_watched() -> None:
    groups = GroupList()
    assert groups.freeze("u", ROWS) == (Group(1, "u", ("A", "B")),)
    groups.take(Groups([Group(3, "three", ("X",), own=True), Group(2, "two", ())]))
    told = groups.freeze("u", ROWS)
    assert [group.key for group in told] == [1, 2, 3]
    assert groups.freeze("u", ROWS) is told
    assert groups.freeze("u", (Row("A", 1.0), Row("B"))) is told
    assert groups.freeze("u", (Row("B"),))[0].symbols == ("B",)
    assert groups.freeze("v", (Row("B"),))[0].name == "v"
    groups.take(Groups([]))
    assert len(groups.freeze("v", ())) == 1


@pytest.mark.parametrize(
    "told",
    [
        [Group(1, "x", ())],
        [Group(10, "x", ())],
        [Group(2, "x", ()), Group(2, "y", ())],
        [Group(key, "x", ()) for key in range(2, 11)],
        [Group(2, "x", tuple(f"S{n}" for n in range(MOST_SYMBOLS + 1)))],
    ],
)
def test_groups_that_make_no_sense_are_no_message(told: list[Group]) -> None:
    with pytest.raises(ContractError):
        GroupList().take(Groups(told))


def test_hostile_groups_are_cleaned() -> None:
    groups = GroupList()
    groups.take(Groups([Group(2, "\x1b]0;x\x07", ("A", "\x1b", "A", "*"))]))
    assert groups.freeze("", ())[1] == Group(2, "·]0;x·", ("A",))


# -- wishes ---------------------------------------------------------------------------------------


async def test_a_screen_asks_no_faster_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wish_queue, "MESSAGES_PER_SECOND", 50.0)
    said: list[Any] = []
    queue = WishQueue(said.append)
    wishes = [DropList(2 + n % 8) for n in range(12)]
    began = asyncio.get_running_loop().time()
    assert queue.add(*wishes)
    assert said == wishes[:6]
    async with asyncio.timeout(5):
        while len(said) < 12:  # noqa: ASYNC110 - a list sets no event
            await asyncio.sleep(0.005)
    assert said == wishes
    assert asyncio.get_running_loop().time() - began > 5 / 50


async def test_nor_more_bytes_at_once() -> None:
    said: list[Any] = []
    queue = WishQueue(said.append)
    symbols = [f"{n:012}.XXXXXX.YYYYYY" for n in range(2_000)]
    queue.add(*(Watch(piece) for piece in in_pieces(symbols)))
    assert sum(len(encode(wish)) for wish in said) < 24 * 2**10
    assert queue.clear() > 0
    assert queue.clear() == 0


async def test_too_many_wishes_are_refused_as_a_whole() -> None:
    said: list[Any] = []
    queue = WishQueue(said.append)
    assert not queue.add(*[DropList(2)] * (wish_queue.MOST_WAITING + 1))
    assert said == []
    assert queue.add(DropList(2))
    queue.clear()
