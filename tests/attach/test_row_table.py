"""However an engine's rows come, a viewer has exactly the engine's rows."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from tests.attach.messages import part, row, rows, wire
from tests.market.test_row_stream import LOOK, SYMBOLS, days
from tickterm.attach import row_table
from tickterm.attach.bounds import LARGEST
from tickterm.attach.row_table import RowTable
from tickterm.market.contract import ContractError, Rows, SnapshotPart, encode, from_engine
from tickterm.market.row_stream import change_of, changes
from tickterm.market.snapshot import Row
from tickterm.market.state import MarketState
from tickterm.market.ticks import TickData

JOIN = "join"
"""In a day: the moment at which the viewer attaches anew."""


def over_the_wire(message: SnapshotPart | Rows) -> SnapshotPart | Rows:
    got = from_engine(encode(message))
    assert isinstance(got, SnapshotPart | Rows)
    return got


def send_snapshot(table: RowTable, engine: tuple[Row, ...], size: int) -> None:
    all_rows = [change_of(None, row) for row in engine]
    pieces = [all_rows[n : n + size] for n in range(0, len(all_rows), size)]
    for number, piece in enumerate(pieces, 1):
        assert not table.complete
        got = over_the_wire(part(*piece, part=number, parts=len(pieces)))
        assert isinstance(got, SnapshotPart)
        table.take_part(got)
    assert table.complete


steps = st.lists(st.one_of(days, st.just([JOIN])), max_size=6).map(
    lambda lists: [step for steps in lists for step in steps]
)


@settings(max_examples=200, deadline=None)
@given(steps, st.integers(1, 4))
def test_after_any_split_the_rows_are_those_of_the_engine(
    day: list[TickData | str | None], size: int
) -> None:
    state, table = MarketState(SYMBOLS), RowTable()
    engine = state.freeze()
    send_snapshot(table, engine, size)
    for number, step in enumerate([*day, LOOK]):
        if isinstance(step, TickData):
            state.apply(step, number / 7)
            continue
        before, engine = engine, state.freeze()
        seen = table.freeze()
        if step == JOIN:
            table.begin()
            send_snapshot(table, engine, size)
        else:
            message = over_the_wire(rows(*changes(before, engine)))
            assert isinstance(message, Rows)
            table.take_rows(message)
        got = table.freeze()
        assert got == engine
        for old, new, mine, known in zip(before, engine, got, seen, strict=True):
            assert (mine is known) == (new == old)


def test_nothing_changes_until_the_snapshot_is_whole() -> None:
    table = RowTable()
    table.take_part(part(wire("A"), wire("B")))
    before = table.freeze()
    table.begin()
    table.take_part(part(wire("B", 2.0), part=1, parts=2))
    table.take_rows(rows(wire("B", 3.0)))
    assert not table.complete
    assert table.freeze() is before
    table.take_part(part(wire("C", 4.0), part=2, parts=2))
    assert table.freeze() == (row("B", 3.0), row("C", 4.0))


def test_a_snapshot_that_begins_again_replaces_what_came_of_it() -> None:
    table = RowTable()
    table.take_part(part(wire("A"), part=1, parts=2))
    table.take_part(part(wire("B")))
    assert table.freeze() == (row("B"),)


def test_an_empty_snapshot_is_one() -> None:
    table = RowTable()
    table.take_part(part())
    assert table.complete
    assert table.freeze() == ()


@pytest.mark.parametrize("numbers", [[(2, 2)], [(1, 3), (3, 3)], [(1, 2), (2, 3)], [(2, 1)]])
def test_parts_out_of_turn_are_no_snapshot(numbers: list[tuple[int, int]]) -> None:
    table = RowTable()
    *before, (number, parts) = numbers
    for n, of in before:
        table.take_part(part(wire("A"), part=n, parts=of))
    with pytest.raises(ContractError, match="out of turn"):
        table.take_part(part(wire("A"), part=number, parts=parts))


def test_there_are_not_endless_symbols(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_table, "MOST_SYMBOLS", 5)
    table = RowTable()
    table.take_part(part(*(wire(f"S{n}") for n in range(5))))
    with pytest.raises(ContractError, match="more than 5 symbols"):
        table.take_rows(rows(wire("S5")))
    with pytest.raises(ContractError, match="more than 5 rows at once"):
        table.take_rows(rows(*(wire("S1") for _ in range(6))))
    assert len(table.freeze()) == 5


def test_a_hostile_symbol_is_clean_and_one_symbol() -> None:
    table = RowTable()
    table.take_part(part(wire("\x1b]0;x\x07" + "A" * 99), wire("B")))
    table.take_rows(rows(wire("\x1b]0;x\x07" + "A" * 99, 11.0)))
    first, second = table.freeze()
    assert first.symbol.isprintable()
    assert len(first.symbol) == 32
    assert (first.price, second.symbol) == (11.0, "B")


@pytest.mark.parametrize("whole", [[1e300], UNSET])
@pytest.mark.parametrize("tail", [[1e300], [1.0], UNSET])
def test_no_point_of_a_lying_engine_is_out_of_bounds(
    whole: list[float] | UnsetType, tail: list[float] | UnsetType
) -> None:
    table = RowTable()
    table.take_part(part(change_of(None, row("A", sparkline=(1.0, 2.0)))))
    lie = replace(change_of(None, row("A")), sparkline=whole, sparkline_tail=tail)
    table.take_rows(Rows(1, 1.0, [lie]))
    (got,) = table.freeze()
    assert max(got.sparkline) <= LARGEST
