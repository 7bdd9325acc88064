"""Rows on the wire: whatever comes, a viewer ends up with exactly the engine's rows."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from tickterm.market.contract import Rows, WireRow, encode, from_engine
from tickterm.market.row_stream import applied, change_of, changes
from tickterm.market.snapshot import SPARKLINE_SECONDS, Row
from tickterm.market.state import REVISED_WITHIN_MS, MarketState
from tickterm.market.ticks import TickData

SYMBOLS = ("A", "BRK.B", "C")
NOON = 1_788_890_400_000
SECOND = 1_000


def bar(symbol: str, price: float, at: int, **more: float | None) -> TickData:
    return TickData(
        symbol, price, 7, at, "aggregate", "massive", price, price, price, price, 7, **more
    )


prices = st.sampled_from([10.0, 10.01, 9.99, 0.1 + 0.2, 1e-4, 123_456.789])
moments = st.one_of(
    st.integers(-3, 3).map(lambda n: NOON + n * SECOND),
    st.integers(0, 300).map(lambda n: NOON + n * SECOND),
    st.integers(NOON - 2 * REVISED_WITHIN_MS, NOON + 86_400_000),
    st.just(0),
)
ticks = st.builds(
    bar,
    st.sampled_from(SYMBOLS),
    prices,
    moments,
    day_open=st.none() | prices,
    day_volume=st.none() | st.integers(0, 10**9) | st.floats(0, 1e12),
    day_vwap=st.none() | prices,
)
LOOK = None
"""In a day: the moment at which the viewer is sent what changed."""
days = st.lists(st.one_of(ticks, st.just(LOOK)), max_size=60)


def over_the_wire(wire: list[WireRow]) -> list[WireRow]:
    message = from_engine(encode(Rows(0, 0.0, wire)))
    assert isinstance(message, Rows)
    return message.rows


def taken(have: tuple[Row, ...], wire: list[WireRow]) -> tuple[Row, ...]:
    """Return the rows of a viewer that had `have` and now gets `wire`."""
    rows = {row.symbol: row for row in have}
    for change in wire:
        rows[change.symbol] = applied(rows.get(change.symbol), change)
    return tuple(rows.values())


@settings(max_examples=400, deadline=None)
@given(days)
def test_changes_make_the_same_rows(day: list[TickData | None]) -> None:
    state = MarketState(SYMBOLS)
    engine = state.freeze()
    viewer = taken((), over_the_wire([change_of(None, row) for row in engine]))
    assert viewer == engine
    for number, tick in enumerate([*day, LOOK]):
        if tick is not LOOK:
            state.apply(tick, number / 7)
            continue
        before, engine = engine, state.freeze()
        wire = over_the_wire(changes(before, engine))
        viewer = taken(viewer, wire)
        assert viewer == engine
        check_sparklines(before, engine, wire)


def check_sparklines(before: tuple[Row, ...], after: tuple[Row, ...], wire: list[WireRow]) -> None:
    """Hold that a row is sent if a tick came or its day is over, with its sparkline's news."""
    came = {new.symbol: new.ticks - old.ticks for old, new in zip(before, after, strict=True)}
    pairs = zip(before, after, strict=True)
    over = {new.symbol for old, new in pairs if (old.reference is None) != (new.reference is None)}
    assert {change.symbol for change in wire} == over | {symbol for symbol, n in came.items() if n}
    for change in wire:
        assert (change.sparkline is UNSET) != (change.sparkline_tail is UNSET)


def sent_after(*batches: list[TickData]) -> list[WireRow]:
    """Return what is sent of symbol A after the last of `batches`, with a look after each."""
    state = MarketState(["A"])
    before = after = state.freeze()
    for batch in batches:
        for tick in batch:
            state.apply(tick, 0.0)
        before, after = after, state.freeze()
    return changes(before, after)


def test_nothing_is_sent_where_nothing_came() -> None:
    assert sent_after([bar("A", 10.0, NOON)], []) == []
    rows = MarketState(["A"]).freeze()
    assert changes(rows, rows) == []


def test_of_a_sparkline_its_end_is_sent_where_the_rest_is_known() -> None:
    one, two, six = (bar("A", 10.0 + n, NOON + n * SECOND) for n in (0, 1, 5))
    known = [one, two]
    for later, tail in (
        ([two], [11.0]),
        ([six], [11.0, 11.0, 11.0, 11.0, 15.0]),
        ([bar("A", 12.0, NOON + SECOND), six, six], [12.0, 12.0, 12.0, 12.0, 15.0]),
    ):
        [wire] = sent_after(known, later)
        assert (wire.sparkline, wire.sparkline_tail) == (UNSET, tail)


@pytest.mark.parametrize(
    "batches",
    [
        [[bar("A", 10.0, NOON), bar("A", 11.0, NOON + SECOND)]],
        [[bar("A", 10.0, NOON)], [bar("A", 11.0, NOON + SECOND)]],
        [[bar("A", 10.0, NOON)], [bar("A", 11.0, NOON + 100 * SECOND)]],
    ],
    ids=["the first ticks", "nothing before the end", "more than a minute"],
)
def test_else_the_whole_sparkline_is_sent(batches: list[list[TickData]]) -> None:
    [wire] = sent_after(*batches)
    assert wire.sparkline_tail is UNSET
    assert wire.sparkline


def test_a_viewer_that_has_nothing_gets_the_sparkline() -> None:
    assert change_of(None, Row("A", ticks=1, sparkline=(1.0,))).sparkline == [1.0]
    assert change_of(None, Row("A")).sparkline == []


def test_what_is_as_before_is_left_out_and_kept() -> None:
    first, second = bar("A", 10.0, NOON, day_vwap=9.5), bar("A", 10.0, NOON + SECOND, day_vwap=9.6)
    [wire] = sent_after([first], [second])
    assert (wire.high, wire.low, wire.vwap, wire.name) == (UNSET, UNSET, 9.6, UNSET)
    known = Row("A", name="Agilent", high=11.0, low=9.0, vwap=9.5)
    assert applied(known, wire)[10:] == (11.0, 9.0, 9.6, 2, "Agilent")


def test_a_name_is_said_once() -> None:
    named = Row("A", name="Agilent")
    assert change_of(None, named).name == "Agilent"
    assert change_of(named, named._replace(ticks=1)).name is UNSET
    assert change_of(None, Row("A")).name is UNSET


@pytest.mark.parametrize(
    "ends",
    [
        (1.0,) * (SPARKLINE_SECONDS - 2) + (3.0, 2.0),
        (1.0,) * (SPARKLINE_SECONDS - 4) + (2.0, 3.0, 2.0, 1.0),
        (1.0, 2.0),
        (2.0, 1.0),
        (1.0,),
        (),
    ],
)
@pytest.mark.parametrize("seconds", [-70, -1, 0, 1, 2, 59, 60, 10**12])
def test_no_row_can_make_a_wrong_sparkline(ends: tuple[float, ...], seconds: int) -> None:
    """Whatever came between: days begin anew, clocks jump, engines start again."""
    for known in ((), (1.0,), (1.0, 1.0), (2.0, 1.0), (1.0,) * SPARKLINE_SECONDS):
        old = Row("A", 1.0, timestamp=NOON, sparkline=known, ticks=60)
        new = Row("A", 2.0, timestamp=NOON + seconds * SECOND, sparkline=ends, ticks=62)
        assert applied(old, change_of(old, new)) == new


def test_a_sparkline_has_its_greatest_length_at_most() -> None:
    old = Row("A", 1.0, timestamp=NOON, sparkline=(1.0,) * SPARKLINE_SECONDS, ticks=60)
    for long in (
        WireRow("A", 2.0, None, False, 0, 1, NOON, 0.0, 61, [5.0] * 100),
        WireRow("A", 2.0, None, False, 0, 1, NOON, 0.0, 61, sparkline_tail=[5.0] * 100),
    ):
        assert applied(old, long).sparkline == (5.0,) * SPARKLINE_SECONDS


def test_a_change_without_what_it_changes_makes_a_row_all_the_same() -> None:
    """A lying engine, or one whose first message was lost: no exception, no invented past."""
    wire = WireRow("A", 12.0, None, False, 0, 1, NOON, 0.0, 3, sparkline_tail=[11.0, 12.0])
    assert applied(None, wire).sparkline == applied(Row("A"), wire).sparkline == (11.0, 12.0)
    neither = WireRow("A", 12.0, None, False, 0, 1, NOON, 0.0, 3)
    assert applied(None, neither).sparkline == ()
    assert applied(Row("A", sparkline=(1.0,)), neither).sparkline == (1.0,)


def test_a_filter_lets_its_symbols_through_alone() -> None:
    before = (Row("A"), Row("B"), Row("C"))
    after = (Row("A", ticks=1), Row("B", ticks=1), before[2], Row("D"))
    for symbols in (set[str](), {"A"}, {"A", "C", "D"}, set("ABCD")):
        changed = [row for row in changes(before, after) if row.symbol in symbols]
        assert changes(before, after, symbols) == changed


def test_of_new_symbols_all_is_sent_wherever_they_stand() -> None:
    a, b = Row("A", 1.0, ticks=1, sparkline=(1.0,)), Row("B", 1.0, ticks=1, sparkline=(1.0,))
    new = Row("C", 2.0, ticks=2, sparkline=(1.0, 2.0))
    assert changes((a, b), (new, b)) == [change_of(None, new)]
    assert changes((a, b), (a, b, new)) == [change_of(None, new)]
    assert changes((a, b), (b, a)) == changes((a, b), (b,)) == []
    ticked = a._replace(ticks=2, price=3.0)
    assert changes((a, b), (b, ticked)) == [change_of(a, ticked)]
