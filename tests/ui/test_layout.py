"""Where things stand: pure arithmetic."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickterm.ui.board.grid import PITCH, Grid
from tickterm.ui.layout import Layout, share_out


@pytest.mark.parametrize(
    ("width", "columns"), [(0, 1), (1, 1), (20, 1), (40, 2), (79, 4), (80, 4), (120, 5), (200, 8)]
)
def test_columns_for_a_width(width: int, columns: int) -> None:
    assert Grid.across(width).columns == columns


@given(st.integers(0, 600))
def test_columns_fill_the_width_exactly(width: int) -> None:
    grid = Grid.across(width)
    spans = [grid.span(column) for column in range(grid.columns)]
    assert spans[0][0] == 0
    assert sum(spans[-1]) == width
    for (start, size), (following, _) in pairwise(spans):
        assert following == start + size + 1
        assert size >= 19


@given(st.integers(0, 300), st.integers(0, 12_000), st.data())
def test_every_tile_is_found_where_it_stands(width: int, tiles: int, data: st.DataObject) -> None:
    grid = Grid.across(width)
    if not tiles or not width:
        return
    position = data.draw(st.integers(0, tiles - 1))
    row, column = divmod(position, grid.columns)
    x, size = grid.span(column)
    assert grid.position(x, row * PITCH, tiles) == position
    assert grid.position(x + size - 1, row * PITCH + 2, tiles) == position
    assert grid.position(x, row * PITCH + 3, tiles) is None
    assert position in grid.visible(row * PITCH + 2, 1, tiles)
    assert row * PITCH < grid.height(tiles)


def test_nothing_stands_beyond_the_last_tile() -> None:
    grid = Grid.across(80)
    assert grid.position(30, 0, 1) is None
    assert grid.position(-1, 0, 1) is None
    assert grid.position(0, 400, 1) is None
    assert grid.visible(400, 20, 3) == range(3, 3)


def test_the_usual_terminals_show_whole_tiles() -> None:
    assert share_out(80, 24) == Layout(5, 2, 1)  # 15 lines: four rows of tiles
    assert share_out(200, 50) == Layout(12, 1, 1, beside=True)  # 35 lines: nine rows of tiles
    assert share_out(100, 30) == Layout(7, 2, 1)


@given(st.integers(0, 500), st.integers(0, 300))
def test_the_panes_never_take_more_than_there_is(width: int, height: int) -> None:
    lower, statistics, keys, beside = layout = share_out(width, height)
    assert min(layout) >= 0
    board = height - 1 - lower - statistics - keys
    if height >= 16:
        assert (board + 1) % PITCH == 0
        assert board >= 7
        assert 4 <= lower <= max(13, height // 5 + 3)
        assert beside == (width >= 150)
        assert (statistics, keys) == (1 if width >= 150 else 2, 1)
