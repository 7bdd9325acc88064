"""How the lines of the screen are shared out among the panes."""

from __future__ import annotations

from typing import NamedTuple

from tickterm.ui.board.grid import PITCH
from tickterm.ui.board.tile import GAP

__all__ = ["Layout", "share_out"]

_WIDE = 150
"""Cells from which the statistics fit on one line, and log and events stand side by side."""


class Layout(NamedTuple):
    """Lines of each pane; the header has one and the board what is left."""

    lower: int
    """Of log and events."""
    statistics: int
    keys: int
    beside: bool = False
    """Whether log and events stand side by side."""


def share_out(width: int, height: int) -> Layout:
    """Return the panes' lines for a terminal of `width` x `height` cells.

    The lower panes give or take a line or two, so that the board shows whole tiles.
    """
    if height < 8:
        return Layout(lower=0, statistics=0, keys=0)
    if height < 16:
        return Layout(lower=0, statistics=1, keys=1)
    beside = width >= _WIDE
    statistics = 1 if beside else 2
    lower = 5 if height < 28 else 7 if height < 44 else max(11, height // 5)
    board = height - 1 - statistics - 1 - lower
    spare = (board + GAP) % PITCH
    lower += -1 if spare == PITCH - 1 else spare
    return Layout(lower, statistics, 1, beside)
