"""The pane of latencies and figures: beneath the board, or in its place where it is too low."""

from __future__ import annotations

import asyncio
from itertools import zip_longest
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.strip import Strip

from tickterm.market.snapshot import Snapshot, Timing
from tickterm.memory import Memory, resident_memory
from tickterm.ui.board.grid import PITCH
from tickterm.ui.board.tile import GAP
from tickterm.ui.draw.spans import Line, crop, fit, greyed
from tickterm.ui.figures.figure_lines import figure_lines
from tickterm.ui.figures.latency_table import TABLE_LINES, latency_table
from tickterm.ui.figures.loop_lag import LoopLag
from tickterm.ui.figures.stats_footer import REFRESH_SECONDS, next_refresh
from tickterm.ui.widgets.line_widget import LineWidget

if TYPE_CHECKING:
    from textual import events

__all__ = ["LatencyPanel", "in_sight", "panel_lines"]

_BESIDE_FROM = 150
"""Cells from which the figures stand beside the table."""
_MOST_TABLE = 100
_TITLE: Line = ((" FIGURES", "brand"), ("   i or esc closes", "muted"))
_LEAST_BOARD = 14
"""Lines that the board needs, for the panel to stand beneath it."""
_USUAL_FIGURES = 11
"""Lines of figures that there always are; more are a matter of luck."""
_LEAST_SCROLLED = 3
"""Lines in which there is room for a title, a line and what else there is."""
_GAP = 1
"""Lines between table and figures, or of a title above them."""


def panel_lines(
    snapshot: Snapshot, screen: Timing, memory: Memory, now: float, width: int, height: int
) -> list[Line]:
    """Return the panel at engine time `now` as lines of `width` cells, those too many for `height`
    as well.

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
    return lines


def in_sight(
    lines: list[Line], top: int, width: int, height: int, *, scrolls: bool = False
) -> list[Line]:
    """Return the `height` lines that are seen from `top` on, below the title, which always is.

    The last one says how many more there are; of a panel that `scrolls`, how to see them.
    """
    if len(lines) <= height or height < _LEAST_SCROLLED:
        return lines[:height]
    below = len(lines) - top - height
    seen = [*lines[:1], *lines[1 + top : height + top]]
    if below > 0:
        where = "↓ scrolls" if scrolls else "on a taller terminal"
        seen[-1] = ((fit(f" … {below + 1} more lines {where}", width), "muted"),)
    return seen


def _beside(table: list[Line], figures: list[Line], left: int) -> list[Line]:
    """Return two columns of lines, the left one of `left` cells."""
    lines = zip_longest(table, figures, fillvalue=())
    return [(*crop(one, left), *other) for one, other in lines]


class LatencyPanel(LineWidget, can_focus=True):
    """Draws `panel_lines` twice a second, and measures the screen's own loop all the time.

    In the place of the board keys scroll it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(keys, action, name, show=False, id=f"latency.{name}", tooltip=tooltip)
        for keys, action, name, tooltip in (
            ("up,k", "move(-1)", "up", "Scroll the figures up"),
            ("down,j", "move(1)", "down", "Scroll the figures down"),
            ("pageup", "move_pages(-1)", "page-up", "Scroll the figures a screenful up"),
            ("pagedown", "move_pages(1)", "page-down", "Scroll the figures a screenful down"),
            ("home,g", "first", "first", "Scroll the figures to their beginning"),
            ("end,G,shift+g", "last", "last", "Scroll the figures to their end"),
        )
    ]

    def __init__(self) -> None:
        super().__init__()
        self.can_focus = False
        self._all: list[Line] = []
        self._top = 0
        """Lines that are scrolled away, below the title."""
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
        self.can_focus = self.covers
        self._top = self._top if self.covers else 0

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
        self._all = [greyed(line) for line in lines] if trouble else lines
        self._scroll(self._top)

    def action_move(self, lines: int) -> None:
        """Scroll by lines."""
        self._scroll(self._top + lines)

    def action_move_pages(self, pages: int) -> None:
        """Scroll by screenfuls, less the title and a line that stays in sight."""
        self._scroll(self._top + pages * max(1, self.size.height - 2))

    def action_first(self) -> None:
        """Scroll to the beginning."""
        self._scroll(0)

    def action_last(self) -> None:
        """Scroll to the end."""
        self._scroll(len(self._all))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll up."""
        self._scroll_by_wheel(event, -1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll down."""
        self._scroll_by_wheel(event, 1)

    def _scroll_by_wheel(self, event: events.MouseEvent, lines: int) -> None:
        if self.covers:
            event.stop()
            self._scroll(self._top + lines)

    def _scroll(self, top: int) -> None:
        width, height = self.size
        self._top = max(0, min(top, len(self._all) - height))
        self.set_lines(in_sight(self._all, self._top, width, height, scrolls=self.covers))

    def render_line(self, y: int) -> Strip:
        """Draw one line; the first is the title."""
        if y or not self._lines:
            return super().render_line(y)
        return self._looks.strip(crop(self._lines[0], self.size.width), ground="card")
