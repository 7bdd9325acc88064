"""Which rows a group lets through: order, missing symbols, and the cost of it."""

from __future__ import annotations

from dataclasses import replace

from tests.cpu import cpu_cost
from tests.ui.fake_engine import make_row, make_snapshot, tick
from tickterm.market.groups import Group
from tickterm.market.snapshot import Row, Snapshot
from tickterm.ui.groups.view import GroupView, in_group

ROWS = tuple(make_row(symbol, 10.0) for symbol in ("A", "B", "C", "D"))


def shown(view: GroupView, snapshot: Snapshot) -> list[str]:
    return [row.symbol for row in view.rows(snapshot)]


def market(*groups: Group, rows: tuple[Row, ...] = ROWS) -> Snapshot:
    everything = Group(1, "all", tuple(row.symbol for row in rows))
    return make_snapshot(rows=rows, groups=(everything, *groups))


def test_rows_come_in_the_order_of_the_group() -> None:
    assert in_group(ROWS, ("D", "X", "A")) == (ROWS[3], ROWS[0])


def test_everything_is_shown_until_a_group_is_chosen_and_where_it_is_gone() -> None:
    view, snapshot = GroupView(), market(Group(2, "two", ("C", "A", "X"), own=True))
    assert view.rows(snapshot) is snapshot.rows
    assert view.title == ""
    view.key = 2
    assert shown(view, snapshot) == ["C", "A"]
    assert (view.title, view.size, view.missing) == ("2 two", "2, 1 not watched", 1)
    assert view.rows(market()) == ROWS
    assert (view.title, view.missing) == ("", 0)
    assert shown(view, snapshot) == ["C", "A"]


def test_the_rows_are_the_same_object_until_one_of_the_group_changes() -> None:
    view = GroupView()
    view.key = 2
    snapshot = market(Group(2, "two", ("C", "A")))
    rows = view.rows(snapshot)
    other = replace(snapshot, rows=(ROWS[0], tick(ROWS[1], 1), *ROWS[2:]))
    assert view.rows(other) is rows
    ticked = replace(snapshot, rows=(tick(ROWS[0], 1), *other.rows[1:]))
    assert view.rows(ticked) == (ROWS[2], ticked.rows[0])


def test_the_group_follows_other_symbols_and_another_list() -> None:
    view = GroupView()
    view.key = 2
    group = Group(2, "two", ("C", "A", "E"))
    assert shown(view, market(group)) == ["C", "A"]
    moved = (ROWS[2], ROWS[3], ROWS[0], make_row("E", 1.0))
    assert shown(view, market(group, rows=moved)) == ["C", "A", "E"]
    assert view.missing == 0
    assert shown(view, market(group, rows=moved[:1])) == ["C"]
    assert view.missing == 2
    assert shown(view, market(replace(group, symbols=("E",)), rows=moved)) == ["E"]


def test_a_name_is_shown_cleaned() -> None:
    view = GroupView()
    view.key = 2
    view.rows(market(Group(2, "\x1b[31mred\n", ("A",))))
    assert view.title == "2 ·[31mred "


def test_twelve_thousand_symbols_take_a_moment() -> None:
    rows = tuple(Row(f"S{number}") for number in range(12_000))
    view = GroupView()
    view.key = 2
    group = Group(2, "all", tuple(row.symbol for row in reversed(rows)))
    snapshot = market(group, rows=rows)
    view.rows(snapshot)
    quickest = 1.0
    for number in range(5):
        changed = (*rows[:number], Row(f"S{number}", 1.0), *rows[number + 1 :])
        with cpu_cost() as cost:
            view.rows(replace(snapshot, rows=changed))
        quickest = min(quickest, cost.seconds)
    assert quickest < 0.02
