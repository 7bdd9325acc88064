"""How the lines of the screen are shared out among the panes."""

from __future__ import annotations

from typing import NamedTuple

from tickterm.ui.grid import PITCH
from tickterm.ui.tile import GAP

__all__ = ["Layout", "share_out"]

_ONE_LINE_OF_STATISTICS = 150
"""Cells from which the statistics fit on one line."""


class Layout(NamedTuple):
    """Lines of each pane; the header has one and the board what is left."""

    log: int
    statistics: int
    keys: int


def share_out(width: int, height: int) -> Layout:
    """Return the panes' lines for a terminal of `width` x `height` cells.

    The log gives or takes a line or two, so that the board shows whole tiles.
    """
    if height < 8:
        return Layout(log=0, statistics=0, keys=0)
    if height < 16:
        return Layout(log=0, statistics=1, keys=1)
    statistics = 1 if width >= _ONE_LINE_OF_STATISTICS else 2
    log = 5 if height < 28 else 7 if height < 44 else 11
    board = height - 1 - statistics - 1 - log
    spare = (board + GAP) % PITCH
    return Layout(log - 1 if spare == PITCH - 1 else log + spare, statistics, 1)
