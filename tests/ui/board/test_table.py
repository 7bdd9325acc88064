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
from tickterm.ui.board.columns import COLUMNS, Moment, PlacedColumn, choose_columns
from tickterm.ui.board.digit_places import DigitPlaces
from tickterm.ui.board.flashes import Flash
from tickterm.ui.board.marks import Mark
from tickterm.ui.board.order import Sort
from tickterm.ui.board.table import column_at, draw_head, draw_row, neighbour
from tickterm.ui.draw.spans import line_text, line_width

AAPL = make_row(
    "AAPL", 227.52, reference=226.28, volume=12_540, direction=1, high=229.0, low=225.0,
    vwap=227.1, minute_ticks=58, name="Apple Inc.",
)  # fmt: skip


NARROW = DigitPlaces()


def columns_at(
    width: int, places: DigitPlaces = NARROW, *, named: bool = True
) -> tuple[PlacedColumn, ...]:
    return choose_columns(width, places, named=named)


def sorts_at(width: int, *, named: bool = True) -> list[Sort]:
    return [placed.column.sort for placed in columns_at(width, named=named)]


def line(
    row: Row,
    width: int = 200,
    places: DigitPlaces | None = None,
    state: Freshness = Freshness.LIVE,
) -> str:
    chosen = places or DigitPlaces().widened([row])
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
    places = DigitPlaces().widened(rows)
    columns = columns_at(200, places)
    for row in rows:
        text = line_text(draw_row(Moment(row, NOW), columns, places, 200, None))
        for placed in columns:
            if placed.column.sort in {Sort.LAST, Sort.CHANGE, Sort.HIGH, Sort.OPEN}:
                cell = text[placed.start : placed.start + placed.width]
                assert cell.index(".") == placed.width - 1 - places.decimals, (row.symbol, cell)


def test_widths_do_not_change_with_the_values() -> None:
    places = DigitPlaces()
    for price in (0.5, 9.99, 10.0, 99.999, 1_000.0, 123_456.0, 5.0):
        wider = places.widened([make_row("A", price, high=price)])
        assert all(new >= old for new, old in zip(wider, places, strict=True))
        places = wider
    assert places.widened([AAPL]) == places
    assert DigitPlaces().widened([AAPL, Row("XOM")]) == DigitPlaces()


def test_no_number_makes_its_column_wider_than_nine_characters_and_decimals() -> None:
    huge = make_row("A", 1e25, reference=1.0, high=1e25)
    places = DigitPlaces().widened([huge])
    assert (places.price, places.change) == (9, 9)
    assert places.price_width == places.change_width == len("123456789.00")


def test_only_the_digits_that_changed_flash_and_the_arrow() -> None:
    places, columns = DigitPlaces(), columns_at(80)
    calm = draw_row(Moment(AAPL, NOW), columns, places, 80, None)
    flash = draw_row(Moment(AAPL, NOW, flash=Flash(2, 227.48)), columns, places, 80, None)
    assert line_text(flash) == line_text(calm)
    assert [text for text, role in flash if role == "flash-up"] == ["▲", "52"]


@pytest.mark.parametrize(
    ("state", "width", "words"),
    [
        (Freshness.LIVE, 200, "1s"),
        (Freshness.LIVE, 79, "1s"),
        (Freshness.QUIET, 200, "QUIET 99d"),
        (Freshness.QUIET, 79, "99d"),
        (Freshness.STALE, 200, "STALE 99d"),
        (Freshness.STALE, 79, "STALE"),
    ],
)
def test_the_age_says_how_fresh_a_symbol_is(state: Freshness, width: int, words: str) -> None:
    row = AAPL if state is Freshness.LIVE else AAPL._replace(updated=NOW - 120 * 86_400)
    assert line(row, width, state=state).rstrip().endswith(f"  {words}")


@pytest.mark.parametrize("width", [79, 200])
def test_what_never_ticked_has_no_age(width: int) -> None:
    for state in (Freshness.QUIET, Freshness.STALE):
        assert line(Row("XOM"), width, state=state).rstrip().endswith(f"  {state.value}")


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("width", [200, 240, 300])
def test_a_wide_table_leaves_nothing_empty(width: int, named: bool) -> None:
    columns = columns_at(width, named=named)
    assert width - columns[-1].start - columns[-1].width < len(columns)


def test_a_reference_that_is_not_the_open_is_marked() -> None:
    assert "~" not in line(AAPL)
    assert "~  +0.55%" in line(AAPL._replace(reference_is_open=False))


def test_a_mark_stands_before_the_symbol() -> None:
    mark = Mark("Doji", Direction.NEUTRAL)
    first = draw_row(Moment(AAPL, NOW), columns_at(40), DigitPlaces(), 40, mark)[0]
    assert first == ("◇", "mark-amber")


def test_found_text_is_highlighted() -> None:
    spans = draw_row(Moment(AAPL, NOW, found="AP"), columns_at(40), DigitPlaces(), 40, None)
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
    places = DigitPlaces().widened([row])
    columns = columns_at(width, places)
    mark = Mark(symbol, Direction.NEUTRAL)
    moment = Moment(row, NOW, flash=Flash(-2, low))
    drawn = draw_row(moment, columns, places, width, mark)
    assert line_width(drawn) == width
    assert not any(unicodedata.category(char).startswith("C") for char in line_text(drawn))
    assert line_width(draw_head(columns, width, Sort.LAST, reverse=True)) == width


def test_the_usual_rows_fit_their_columns() -> None:
    places = DigitPlaces().widened(make_rows())
    for row in make_rows():
        assert "…" not in line(row, 200, places)
