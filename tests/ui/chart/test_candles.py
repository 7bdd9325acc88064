"""Candles as characters, one by one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickterm.market.snapshot import Candle
from tickterm.ui.chart.axes import Scale
from tickterm.ui.chart.candles import candle_cells, way

SCALE = Scale(0.0, 9.0, 5)
"""Half lines 0 to 9 are dollars."""


def column(opened: float, high: float, low: float, close: float) -> str:
    """Return the characters from the highest line to the lowest."""
    cells = candle_cells(Candle(0, opened, high, low, close, 1), SCALE)
    return "".join(cells[line][0] if line in cells else " " for line in reversed(range(5)))


@pytest.mark.parametrize(
    ("candle", "drawn"),
    [
        ((2, 9, 0, 7), "│┃┃┃│"),
        ((7, 9, 0, 2), "│███│"),
        ((3, 8, 1, 6), "╷╽┃╿╵"),
        ((6, 8, 1, 3), "╷███╵"),
        ((2, 5, 2, 5), "  ┃┃ "),
        ((3, 6, 3, 6), " ╻┃╹ "),
        ((6, 6, 3, 3), " ▄█▀ "),
        ((4, 9, 0, 4), "││┼││"),
        ((4, 4, 0, 4), "  ┬││"),
        ((4, 9, 4, 4), "││┴  "),
        ((4, 4, 4, 4), "  ─  "),
        ((4.2, 9, 0, 4), "││┿││"),
        ((4.2, 4.2, 4, 4), "  ━  "),
    ],
)
def test_wick_and_body(candle: tuple[float, float, float, float], drawn: str) -> None:
    assert column(*candle) == drawn


def test_the_way_shows_by_role_and_the_wick_is_fainter() -> None:
    rising, falling = Candle(0, 2, 9, 0, 7, 1), Candle(0, 7, 9, 0, 2, 1)
    assert set(candle_cells(rising, SCALE).values()) == {("│", "spark-up"), ("┃", "up")}
    assert set(candle_cells(falling, SCALE).values()) == {("│", "spark-down"), ("█", "down")}
    assert way(Candle(0, 5, 6, 4, 5, 1)) == "flat"


@given(st.lists(st.floats(0, 1e9), min_size=4, max_size=4), st.booleans(), st.integers(1, 40))
def test_any_candle_is_one_piece(prices: list[float], rising: bool, rows: int) -> None:
    low, *body, high = sorted(prices)
    opened, close = body if rising else reversed(body)
    candle = Candle(0, opened, high, low, close, 1)
    cells = candle_cells(candle, Scale.around(low, high, rows))
    assert sorted(cells) == list(range(min(cells), max(cells) + 1))
    assert min(cells) >= 0
    assert max(cells) < rows
    assert any(role == way(candle) for _, role in cells.values())
