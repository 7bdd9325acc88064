"""The table in words: columns for a width, alignment, the day's range."""

from __future__ import annotations

import itertools
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.fake_engine import NOW, make_row, make_rows
from tickterm.market.freshness import Freshness
from tickterm.market.redis_events import Direction
from tickterm.market.snapshot import Row
from tickterm.ui.board.columns import COLUMNS, Moment, Placed, choose_columns
from tickterm.ui.board.day_range import day_range
from tickterm.ui.board.flashes import Flash
from tickterm.ui.board.marks import Mark
from tickterm.ui.board.order import Sort
from tickterm.ui.board.places import Places
from tickterm.ui.board.table import column_at, draw_head, draw_row, neighbour
from tickterm.ui.draw.spans import line_text, line_width

AAPL = make_row(
    "AAPL", 227.52, reference=226.28, volume=12_540, direction=1, high=229.0, low=225.0,
    vwap=227.1, minute_ticks=58, name="Apple Inc.",
)  # fmt: skip


def columns_at(width: int, places: Places = Places(), *, named: bool = True) -> tuple[Placed, ...]:  # noqa: B008  a constant
    return choose_columns(width, places, named=named)


def sorts_at(width: int, *, named: bool = True) -> list[Sort]:
    return [placed.column.sort for placed in columns_at(width, named=named)]


def line(
    row: Row,
    width: int = 200,
    places: Places | None = None,
    state: Freshness = Freshness.LIVE,
) -> str:
    chosen = places or Places().widened([row])
    moment = Moment(row, NOW, state)
    return line_text(draw_row(moment, columns_at(width, chosen), chosen, width, None))


def test_columns_appear_as_the_table_grows() -> None:
    assert sorts_at(28) == [Sort.SYMBOL, Sort.LAST]
    assert sorts_at(35) == [Sort.SYMBOL, Sort.LAST, Sort.PERCENT]
    assert sorts_at(39) == [Sort.SYMBOL, Sort.LAST, Sort.CHANGE, Sort.PERCENT]
    at_80 = "SYMBOL LAST CHANGE PERCENT RANGE VOLUME MINUTE NEWEST"
    assert sorts_at(79) == [Sort[name] for name in at_80.split()]
    assert sorts_at(199) == list(COLUMNS)
    assert sorts_at(199, named=False) == [sort for sort in COLUMNS if sort is not Sort.NAME]


@given(st.integers(1, 300), st.booleans())
def test_no_column_is_lost_when_the_table_grows(width: int, named: bool) -> None:
    assert set(sorts_at(width, named=named)) <= set(sorts_at(width + 1, named=named))


@given(st.integers(8, 300), st.booleans())
def test_columns_stand_beside_each_other_within_the_width(width: int, named: bool) -> None:
    columns = columns_at(width, named=named)
    gaps = {
        after.start - before.start - before.width for before, after in itertools.pairwise(columns)
    }
    assert len(gaps) <= 1, "the columns stand equally far apart"
    assert gaps <= set(range(2, 7))
    assert columns[0].start == 0
    assert columns[-1].start + columns[-1].width <= width


def test_every_column_has_a_sort_of_its_own() -> None:
    assert len(set(COLUMNS)) == len(COLUMNS)
    assert set(COLUMNS) == set(Sort) - {Sort.UNIVERSE}


def test_a_line_says_everything() -> None:
    words = line(AAPL).split()
    wanted = "AAPL Apple Inc. ▲ 227.52 +1.24 +0.55% 226.28 229.00 225.00 227.10 12.5K 58 1s"
    assert [word for word in words if not set(word) & set("├▁▂▃▄▅▆▇█")] == wanted.split()


def test_what_is_unknown_is_a_dash_or_blank() -> None:
    words = line(Row("XOM"), state=Freshness.QUIET).split()
    assert words == ["XOM", *["—"] * 9, "QUIET"]


def test_points_stand_below_each_other() -> None:
    rows = [AAPL, make_row("BRK.A", 711_020.0, high=712_000.0), make_row("SNDL", 0.8312, high=0.9)]
    rows.append(make_row("MSFT", 9.5, reference=1_000.0, high=1_000.0))
    places = Places().widened(rows)
    columns = columns_at(200, places)
    for row in rows:
        text = line_text(draw_row(Moment(row, NOW), columns, places, 200, None))
        for placed in columns:
            if placed.column.sort in {Sort.LAST, Sort.CHANGE, Sort.HIGH, Sort.OPEN}:
                cell = text[placed.start : placed.start + placed.width]
                assert cell.index(".") == placed.width - 1 - places.decimals, (row.symbol, cell)


def test_widths_do_not_change_with_the_values() -> None:
    places = Places()
    for price in (0.5, 9.99, 10.0, 99.999, 1_000.0, 123_456.0, 5.0):
        wider = places.widened([make_row("A", price, high=price)])
        assert all(new >= old for new, old in zip(wider, places, strict=True))
        places = wider
    assert places.widened([AAPL]) == places
    assert Places().widened([AAPL, Row("XOM")]) == Places()


def test_only_the_digits_that_changed_flash_and_the_arrow() -> None:
    places, columns = Places(), columns_at(80)
    calm = draw_row(Moment(AAPL, NOW), columns, places, 80, None)
    flash = draw_row(Moment(AAPL, NOW, flash=Flash(2, 227.48)), columns, places, 80, None)
    assert line_text(flash) == line_text(calm)
    assert [text for text, role in flash if role == "flash-up"] == ["▲", "52"]


@pytest.mark.parametrize(
    ("state", "word"),
    [(Freshness.LIVE, "1s"), (Freshness.QUIET, "QUIET"), (Freshness.STALE, "STALE")],
)
def test_the_age_says_how_fresh_a_symbol_is(state: Freshness, word: str) -> None:
    assert line(AAPL, state=state).split()[-1] == word


def test_a_reference_that_is_not_the_open_is_marked() -> None:
    assert "~" not in line(AAPL)
    assert "~  +0.55%" in line(AAPL._replace(reference_is_open=False))


def test_a_mark_stands_before_the_symbol() -> None:
    mark = Mark("Doji", Direction.NEUTRAL)
    first = draw_row(Moment(AAPL, NOW), columns_at(40), Places(), 40, mark)[0]
    assert first == ("◇", "mark-amber")


def test_found_text_is_highlighted() -> None:
    spans = draw_row(Moment(AAPL, NOW, found="AP"), columns_at(40), Places(), 40, None)
    assert ("AP", "match") in spans


def test_titles_stand_above_their_columns() -> None:
    columns = columns_at(199)
    head = line_text(draw_head(columns, 199, Sort.VOLUME, reverse=False))
    body = line(AAPL, 199)
    for column, start, size in columns:
        title = head[start : start + size]
        assert column.title in title
        assert ("▼" in title) == (column.sort is Sort.VOLUME)
        if not column.is_text:
            assert title[-1] != " "
            assert body[start + size - 1] != " "
    assert "volume▲" in line_text(draw_head(columns, 199, Sort.VOLUME, reverse=True))
    assert "symbol▲" in line_text(draw_head(columns, 199, Sort.SYMBOL, reverse=False))


def test_a_click_finds_its_column_and_the_gap_before_it() -> None:
    columns = columns_at(80)
    for column, start, size in columns:
        assert column_at(columns, start) is column.sort
        assert column_at(columns, start + size - 1) is column.sort
        assert column_at(columns, max(0, start - 1)) is column.sort
    assert column_at(columns, 500) is None


def test_the_neighbour_goes_round_by_the_order_of_no_column() -> None:
    sorts = [Sort.SYMBOL, Sort.LAST, Sort.PERCENT]
    assert neighbour(sorts, Sort.SYMBOL, 1, Sort.UNIVERSE) is Sort.LAST
    assert neighbour(sorts, Sort.SYMBOL, -1, Sort.UNIVERSE) is Sort.UNIVERSE
    assert neighbour(sorts, Sort.UNIVERSE, -1, Sort.UNIVERSE) is Sort.PERCENT
    assert neighbour(sorts, Sort.UNIVERSE, 1, Sort.UNIVERSE) is Sort.SYMBOL
    assert neighbour(sorts, Sort.VWAP, 1, Sort.UNIVERSE) is Sort.SYMBOL  # is out of sight
    assert neighbour([], Sort.VWAP, 1, Sort.UNIVERSE) is Sort.UNIVERSE


@pytest.mark.parametrize(
    ("price", "reference", "bar"),
    [
        (100.0, 110.0, "├●━━━○─────┤"),
        (120.0, 110.0, "├────○━━━━●┤"),
        (110.0, 110.0, "├────●─────┤"),
        (111.0, 108.0, "├────○●────┤"),
        (112.0, 106.0, "├───○━●────┤"),
        (500.0, 100.0, "├○━━━━━━━━●┤"),
    ],
)
def test_the_range_shows_open_and_last(price: float, reference: float, bar: str) -> None:
    row = Row("A", price, reference, True, ticks=1, high=120.0, low=100.0)
    assert line_text(day_range(row, 12)) == bar


def test_the_way_from_open_to_last_has_the_colour_of_its_direction() -> None:
    row = Row("A", 100.0, 120.0, True, ticks=1, high=120.0, low=100.0)
    assert day_range(row, 7) == (
        ("├", "range"), ("●━━━", "down"), ("○", "muted"), ("┤", "range"),
    )  # fmt: skip
    up = row._replace(price=120.0, reference=100.0)
    assert day_range(up, 7)[1:3] == (("○", "muted"), ("━━━●", "up"))


def test_a_range_without_an_open_shows_the_price_alone() -> None:
    row = Row("A", 110.0, 100.0, ticks=1, high=120.0, low=100.0)
    assert day_range(row, 7) == (
        ("├──", "range"), ("●", "price"), ("──┤", "range"),
    )  # fmt: skip
    flat = row._replace(high=110.0, low=110.0)
    assert line_text(day_range(flat, 7)) == "├──●──┤"
    assert line_text(day_range(Row("A"), 7)) == " " * 7


PRICES = st.one_of(st.none(), st.floats(allow_nan=True), st.floats(0.0001, 1e6))


@given(
    st.text(max_size=40), PRICES, PRICES, PRICES, PRICES,
    st.floats(min_value=0, allow_infinity=True), st.integers(0, 220),
    st.lists(st.floats(), max_size=60), st.text(max_size=60),
)  # fmt: skip
def test_every_line_is_exactly_as_wide_as_the_table(
    symbol: str, price: float | None, reference: float | None, high: float | None,
    low: float | None, volume: float, width: int, points: list[float], name: str,
) -> None:  # fmt: skip
    row = Row(
        symbol, price, reference, True, volume, sparkline=tuple(points), ticks=1,
        high=high, low=low, vwap=high, minute_ticks=10**9, name=name,
    )  # fmt: skip
    places = Places().widened([row])
    columns = columns_at(width, places)
    mark = Mark(symbol, Direction.NEUTRAL)
    moment = Moment(row, NOW, flash=Flash(-2, low))
    drawn = draw_row(moment, columns, places, width, mark)
    assert line_width(drawn) == width
    assert not any(unicodedata.category(char).startswith("C") for char in line_text(drawn))
    assert line_width(draw_head(columns, width, Sort.LAST, reverse=True)) == width


def test_the_usual_rows_fit_their_columns() -> None:
    places = Places().widened(make_rows())
    for row in make_rows():
        assert "…" not in line(row, 200, places)
