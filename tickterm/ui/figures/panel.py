"""The pane of latencies and figures: beneath the board, or in its place where it is too low."""

from __future__ import annotations

import asyncio
from itertools import zip_longest

from textual.strip import Strip

from tickterm.market.snapshot import Snapshot, Timing
from tickterm.memory import Memory, resident_memory
from tickterm.ui.board.grid import PITCH
from tickterm.ui.board.tile import GAP
from tickterm.ui.draw.spans import Line, crop, fit
from tickterm.ui.figures.figure_lines import figure_lines
from tickterm.ui.figures.latency_table import TABLE_LINES, latency_table
from tickterm.ui.figures.loop_lag import LoopLag
from tickterm.ui.figures.stats_footer import REFRESH_SECONDS, next_refresh
from tickterm.ui.widgets.line_widget import LineWidget

__all__ = ["LatencyPanel", "panel_lines"]

_BESIDE_FROM = 150
"""Cells from which the figures stand beside the table."""
_MOST_TABLE = 100
_TITLE: Line = ((" FIGURES", "brand"), ("   i or esc closes", "muted"))
_LEAST_BOARD = 14
"""Lines that the board needs, for the panel to stand beneath it."""
_USUAL_FIGURES = 11
"""Lines of figures that there always are; more are a matter of luck."""
_GAP = 1
"""Lines between table and figures, or of a title above them."""


def panel_lines(
    snapshot: Snapshot, screen: Timing, memory: Memory, now: float, width: int, height: int
) -> list[Line]:
    """Return the panel at engine time `now` as at most `height` lines of `width` cells.

    `screen` and `memory` are this process's own.
    """
    left = min(width // 2, _MOST_TABLE) if width >= _BESIDE_FROM else width
    table = latency_table(snapshot, screen, now, left)
    if left < width:
        lines = _beside(table, [_TITLE, *figure_lines(snapshot, memory, width - left)], left)
    else:
        figures = figure_lines(snapshot, memory, width)
        gap = [()] * (len(table) + len(figures) < height)
        lines = [*table, *gap, *figures]
    if len(lines) > height > 0:
        left_out = len(lines) - height + 1
        more = fit(f" … {left_out} more lines on a taller terminal", width)
        lines[height - 1 :] = [((more, "muted"),)]
    return lines


def _beside(table: list[Line], figures: list[Line], left: int) -> list[Line]:
    """Return two columns of lines, the left one of `left` cells."""
    lines = zip_longest(table, figures, fillvalue=())
    return [(*crop(one, left), *other) for one, other in lines]


class LatencyPanel(LineWidget):
    """Draws `panel_lines` twice a second, and measures the screen's own loop all the time."""

    def __init__(self) -> None:
        super().__init__()
        self.lag = LoopLag()
        self.covers = False
        """Whether it stands in the place of the board."""
        self._shown: tuple[object, ...] = ()
        self._next = float("-inf")
        self._last: tuple[Snapshot, float, str] = (Snapshot(), 0.0, "")

    def on_mount(self) -> None:
        """Begin to measure."""
        self.lag.start(asyncio.get_running_loop())

    def on_unmount(self) -> None:
        """Measure no more."""
        self.lag.stop()

    def on_resize(self) -> None:
        """Fit the lines."""
        self.show(*self._last)

    def fit_into(self, width: int, room: int) -> None:
        """Choose the place in the `room` lines that it shares with the board.

        Beneath a board it gives or takes a line or two, so that the board shows whole tiles.
        """
        needed = _USUAL_FIGURES + _GAP + 1
        if width < _BESIDE_FROM:
            needed += TABLE_LINES
        self.covers = room - needed < _LEAST_BOARD
        spare = (room - needed + GAP) % PITCH
        needed += -1 if spare == PITCH - 1 else spare
        self.styles.height = "1fr" if self.covers else needed

    def show(self, snapshot: Snapshot, now: float, trouble: str = "") -> None:
        """Show the figures at engine time `now`; grey where `trouble` keeps the engine silent."""
        self._last = (snapshot, now, trouble)
        if not self.display:
            return
        shown = (trouble, self.size)
        is_fresh = shown == self._shown and self._next - REFRESH_SECONDS <= now < self._next
        if is_fresh or not self.size:
            return
        self._shown, self._next = shown, next_refresh(now)
        width, height = self.size
        memory = resident_memory()
        lines = panel_lines(snapshot, self.lag.timing(), memory, now, width, height)
        self.set_lines([_grey(line) for line in lines] if trouble else lines)

    def render_line(self, y: int) -> Strip:
        """Draw one line; the first is the title."""
        if y or not self._lines:
            return super().render_line(y)
        return self._looks.strip(crop(self._lines[0], self.size.width), ground="card")


def _grey(line: Line) -> Line:
    return tuple((text, "muted") for text, _ in line)
