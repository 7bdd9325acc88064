"""The orders of the board."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tickterm.market.snapshot import Row
from tickterm.ui.board.order import Sort, arrange

ROWS = (
    Row("MSFT", 110.0, 100.0, volume=5, updated=3.0, ticks=1),
    Row("XOM"),
    Row("AAPL", 90.0, 100.0, volume=50, updated=1.0, ticks=1),
    Row("NVDA", 110.0, 100.0, volume=20, updated=2.0, ticks=1),
)


@pytest.mark.parametrize(
    ("sort", "reverse", "symbols"),
    [
        (Sort.UNIVERSE, False, "MSFT XOM AAPL NVDA"),
        (Sort.UNIVERSE, True, "NVDA AAPL XOM MSFT"),
        (Sort.SYMBOL, False, "AAPL MSFT NVDA XOM"),
        (Sort.SYMBOL, True, "XOM NVDA MSFT AAPL"),
        (Sort.PERCENT, False, "MSFT NVDA AAPL XOM"),
        (Sort.PERCENT, True, "AAPL MSFT NVDA XOM"),
        (Sort.VOLUME, False, "AAPL NVDA MSFT XOM"),
        (Sort.VOLUME, True, "MSFT NVDA AAPL XOM"),
        (Sort.NEWEST, False, "MSFT NVDA AAPL XOM"),
        (Sort.NEWEST, True, "AAPL NVDA MSFT XOM"),
    ],
)
def test_arrange(sort: Sort, reverse: bool, symbols: str) -> None:
    order = arrange(ROWS, sort, reverse=reverse)
    assert " ".join(ROWS[index].symbol for index in order) == symbols


def test_the_usual_orders_come_round() -> None:
    seen = [Sort.UNIVERSE]
    while (following := seen[-1].following) is not Sort.UNIVERSE:
        seen.append(following)
    assert seen == [Sort.UNIVERSE, Sort.SYMBOL, Sort.PERCENT, Sort.VOLUME, Sort.NEWEST]
    assert Sort.VWAP.following is Sort.UNIVERSE


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(
    ("sort", "rises"),
    [
        (Sort.SYMBOL, lambda row: row.symbol),
        (Sort.NAME, lambda row: row.name.casefold()),
        (Sort.LAST, lambda row: row.price),
        (Sort.PERCENT, lambda row: row.percent),
        (Sort.VOLUME, lambda row: row.volume),
        (Sort.TICKS, lambda row: row.minute_ticks),
        (Sort.NEWEST, lambda row: 100.0 - row.updated),
    ],
)
def test_the_arrow_points_up_where_what_the_column_shows_rises(
    sort: Sort, rises: Callable[[Row], Any], reverse: bool
) -> None:
    rows = (LOW_FIRST, HIGH)
    first, last = (rows[index] for index in arrange(rows, sort, reverse=reverse, now=100.0))
    assert sort.arrow(reverse=reverse) == ("▲" if rises(first) < rises(last) else "▼")


def test_names_stand_still_and_amounts_move() -> None:
    still = {Sort.UNIVERSE, Sort.SYMBOL, Sort.NAME}
    assert {sort for sort in Sort if not sort.moves} == still


LOW_FIRST = Row(
    "LOW", 5.0, 4.0, True, 1, updated=90.0, ticks=3, sparkline=(5.0, 5.0),
    high=6.0, low=4.5, vwap=5.5, minute_ticks=3, name="beta",
)  # fmt: skip
HIGH = LOW_FIRST._replace(
    symbol="HIGH", price=9.0, reference=7.0, volume=9, updated=99.0, sparkline=(8.0, 9.0),
    high=9.0, low=5.0, vwap=8.0, minute_ticks=9, name="Alpha",
)  # fmt: skip
UNKNOWN = Row("NONE")


@pytest.mark.parametrize("sort", [sort for sort in Sort if sort is not Sort.UNIVERSE])
def test_every_column_sorts_what_is_known(sort: Sort) -> None:
    rows = (UNKNOWN, LOW_FIRST, HIGH)
    order = [rows[i].symbol for i in arrange(rows, sort, now=100.0)]
    turned = [rows[i].symbol for i in arrange(rows, sort, reverse=True, now=100.0)]
    assert order == ["HIGH", "LOW", "NONE"]
    assert turned == (order[::-1] if sort is Sort.SYMBOL else ["LOW", "HIGH", "NONE"])


def test_what_never_ticked_comes_after_what_is_known_to_be_none() -> None:
    quiet = LOW_FIRST._replace(volume=0, minute_ticks=0)
    for sort in (Sort.VOLUME, Sort.TICKS, Sort.NEWEST):
        for reverse in (False, True):
            assert arrange((UNKNOWN, quiet), sort, reverse=reverse, now=100.0) == [1, 0]


def test_the_last_minute_counts_in_per_cent() -> None:
    dear = HIGH._replace(sparkline=(700.0, 707.0))
    cheap = HIGH._replace(sparkline=(2.0, 2.5))
    assert arrange((dear, cheap), Sort.MINUTE) == [1, 0]


def test_ticks_of_a_minute_long_past_do_not_count() -> None:
    rows = (LOW_FIRST, HIGH._replace(updated=30.0))
    assert arrange(rows, Sort.TICKS, now=80.0) == [1, 0]
    assert arrange(rows, Sort.TICKS, now=100.0) == [0, 1]


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("sort", list(Sort))
def test_equals_keep_the_universes_order(sort: Sort, reverse: bool) -> None:
    if sort is Sort.UNIVERSE:
        return
    rows = (HIGH, UNKNOWN, HIGH, UNKNOWN, HIGH)
    expected = [0, 2, 4, 1, 3]
    if sort is Sort.SYMBOL:
        expected = [1, 3, 0, 2, 4] if reverse else [0, 2, 4, 1, 3]
    assert arrange(rows, sort, reverse=reverse, now=100.0) == expected
