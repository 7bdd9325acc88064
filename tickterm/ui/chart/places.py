"""How the cells of the detail view are shared out; pure."""

from __future__ import annotations

import enum
from typing import NamedTuple

from tickterm.ui.chart.day_statistics import PANEL_LINES

__all__ = ["Area", "Arrangement", "Places", "places_for"]

_ROOM_BESIDE, _LINES_BESIDE = 120, 13
"""Cells and lines from which a panel stands beside the chart."""
_BESIDE, _MOST_BESIDE = 48, 60
"""Cells of that panel: it grows with the screen, up to all that the longest names fill."""
_ROOM_FOR_TAPE = 180
"""Cells from which the tape has a column of its own."""
_TAPE, _TAPE_COLUMN = 34, 36
"""Cells of the tape below the chart, and beside it."""
_ROOM_FOR_BOTH = 66
"""Cells from which tape and events stand side by side below the chart."""
_LOWEST_CHART = 8
"""Lines of a chart before anything stands below it."""


class Area(NamedTuple):
    """Cells and lines of one part."""

    width: int
    height: int


class Arrangement(enum.Enum):
    """Where tape and events stand."""

    BELOW = enum.auto()
    """Side by side."""
    STACKED = enum.auto()
    """One below the other, below the chart."""
    BESIDE = enum.auto()
    """One below the other in a panel beside the chart, below the statistics."""
    COLUMNS = enum.auto()
    """The tape between the chart and that panel."""


class Places(NamedTuple):
    """The parts of a view, without a cell between those that stand side by side."""

    arrangement: Arrangement
    chart: Area
    tape: Area
    events: Area
    statistics: int
    """Lines of statistics above the chart; none where a panel has them."""
    values: int
    """Lines of the crosshair's values above the chart."""


def places_for(width: int, height: int) -> Places:
    """Return the parts of a view of `width` x `height` cells, without its title."""
    if width >= _ROOM_BESIDE and height >= _LINES_BESIDE:
        return _beside(width, height)
    values, statistics = int(height >= 6), (height >= 8) + (height >= 22)
    rest = height - values - statistics
    below = max(0, min(rest - _LOWEST_CHART, 3 + height // 4))
    chart = Area(width, rest - below)
    if width >= _ROOM_FOR_BOTH:
        tape, events = Area(_TAPE, below), Area(width - _TAPE - 1, below)
        return Places(Arrangement.BELOW, chart, tape, events, statistics, values)
    tape, events = Area(width, below // 2), Area(width, below - below // 2)
    return Places(Arrangement.STACKED, chart, tape, events, statistics, values)


def _beside(width: int, height: int) -> Places:
    panel = min(_MOST_BESIDE, _BESIDE + (width - _ROOM_BESIDE) // 5)
    lists = height - PANEL_LINES
    if width < _ROOM_FOR_TAPE:
        chart = Area(width - panel - 1, height - 1)
        tape, events = Area(panel, (lists + 1) // 2), Area(panel, lists // 2)
        return Places(Arrangement.BESIDE, chart, tape, events, 0, 1)
    chart = Area(width - panel - _TAPE_COLUMN - 2, height - 1)
    tape, events = Area(_TAPE_COLUMN, height), Area(panel, lists)
    return Places(Arrangement.COLUMNS, chart, tape, events, 0, 1)
