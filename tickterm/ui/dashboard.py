"""The panes of the main screen together: who gets which part of a snapshot, and which lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tickterm.market.freshness import NEVER, feed_view, known_since
from tickterm.ui.asking import Asking
from tickterm.ui.board.board import Board
from tickterm.ui.board.marks import Marks
from tickterm.ui.chart.detail import DetailView
from tickterm.ui.edges.header import Header, View, feed_badge
from tickterm.ui.edges.key_hints import KeyHints
from tickterm.ui.figures.panel import LatencyPanel
from tickterm.ui.figures.stats_footer import StatsFooter
from tickterm.ui.first_run import HintLine
from tickterm.ui.groups.view import GroupView
from tickterm.ui.layout import share_out
from tickterm.ui.lower import Panes
from tickterm.ui.questions import Filter, Find, FindInLog

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.app import ComposeResult
    from textual.widget import Widget

    from tickterm.market.snapshot import Snapshot
    from tickterm.ui.dialogs import Prompt
    from tickterm.ui.edges.status import Status
    from tickterm.ui.events.pane import EventPane
    from tickterm.ui.events.view import EventView
    from tickterm.ui.log.pane import LogPane
    from tickterm.ui.log.view import LogView
    from tickterm.ui.questions import Question

__all__ = ["Dashboard"]


class Dashboard(Vertical):
    """Header, board or chart, banner, log and events, statistics and key hints."""

    def __init__(self) -> None:
        super().__init__()
        self.paused = False
        """Whether the board, or the chart in its place, is frozen."""
        self.header = Header()
        self.board = Board()
        self.banner = Static(id="banner")
        self.hints = HintLine()
        self.fps = 0.0
        """Looks a second, where the terminal does not bear as many as it should; else 0."""
        self.panes = Panes()
        self.detail = DetailView(self.panes.events.view.buffer)
        self.latency = LatencyPanel()
        self.statistics = StatsFooter()
        self._asking: Asking[LogView | EventView] = Asking()
        self._lower = Vertical(self.hints, self.banner, self.panes, id="lower")
        self._keys = Vertical(KeyHints(), self._asking.prompt, id="keys")
        self._lower_lines = 0
        self.groups = GroupView()
        self._marks = Marks()

    @property
    def closely(self) -> bool:
        """Whether a chart stands in the place of the board."""
        return bool(self.detail.symbol)

    @property
    def is_covered(self) -> bool:
        """Whether latencies and figures stand in the place of the board, or of the chart."""
        return bool(self.latency.display) and self.latency.covers

    def compose(self) -> ComposeResult:
        """Put the panes on the screen, top to bottom."""
        yield from (self.header, self.board, self.detail, self.latency)
        yield from (self._lower, self.statistics, self._keys)

    def on_resize(self, event: events.Resize) -> None:
        """Share out the lines anew."""
        width, height = event.size
        layout = share_out(width, height)
        self.statistics.styles.height = layout.statistics
        self._keys.styles.height = layout.keys
        self._lower_lines = layout.lower
        self.panes.fit(beside=layout.beside)
        self.latency.fit_into(width, height - 1 - layout.statistics - layout.keys)
        self._fit_lower()

    def show(self, snapshot: Snapshot, now: float, wall_ms: int, status: Status | None) -> None:
        """Show a snapshot as of engine time `now` and wall clock `wall_ms`."""
        trouble = status.title if status is not None and status.engine else ""
        since = NEVER if trouble else known_since(snapshot, now)
        board = self.board
        rows = self.groups.rows(snapshot)
        board.say_if_empty(self.groups.emptiness)
        self.show_banner(status)
        self._marks.take(self.panes.show(snapshot, now))
        if self.paused:
            board.grey(since=since)
        else:
            marks, group = self._marks.at(wall_ms), self.groups.key
            board.show(rows, now, marks, since=since, group=group)
        if self.closely:
            self.detail.show(snapshot, now, since=since, frozen=self.paused)
        badge = feed_badge(snapshot, feed_view(snapshot, now), trouble)
        view = View(
            board.sort,
            board.reverse,
            board.found,
            self.paused,
            board.is_frozen,
            board.passing,
            badge,
            fps=self.fps,
        )
        view = view._replace(group=self.groups.title, size=self.groups.size)
        self.header.show(snapshot, view, wall_ms)
        self.latency.show(snapshot, now, trouble)
        self.statistics.show(snapshot, now, trouble)

    def show_banner(self, status: Status | None) -> None:
        """Say a sentence above the panes, or nothing."""
        self.banner.display = status is not None
        if status is None:
            return
        text = Content.assemble((status.title, "bold $text"), f"  {status.text}")
        if self.banner.content != text:
            self.banner.update(text)
            self.banner.set_classes(f"-{status.level}")

    def show_hints(self, hints: list[tuple[str, str]]) -> None:
        """Say what a newcomer has to know, if there is room below the board."""
        self.hints.hints = hints
        self._fit_lower()

    def hide_hints(self) -> None:
        """Take the hints away."""
        self.hints.hints = []
        self.hints.display = False

    def look_closely(self, symbol: str) -> None:
        """Put the chart of a symbol in the place of the board; empty: the board again."""
        focused = self._main.has_focus
        self._uncover()
        self.detail.symbol = symbol
        self.board.mark(symbol)
        self.set_class(self.closely, "-closely")
        if focused:
            self._main.focus()

    def look_at_next(self, symbols: int) -> None:
        """Look closely at the next symbol of the board's order, or one further on or back."""
        beside = self.board.beside(self.detail.symbol, symbols)
        if beside:
            self.look_closely(beside)

    def ask_symbol(self) -> None:
        """Open the line to find a symbol on."""
        self._asking.take_back()
        self.ask(Find(self.board, self._found))

    def ask_filter(self) -> None:
        """Open the line for the filter of the pane in use."""
        self._asking.take_back()
        if self._board_in_use:
            self.ask(Filter(self.board))
            return
        pane = self.panes.active
        if self.bring(pane):
            self.ask(Filter(pane))

    def ask_expression(self) -> None:
        """Open the line for what to find in the log; the keys are for the log then."""
        self._asking.take_back()
        if self.bring(self.panes.log_pane):
            self.ask(FindInLog(self.panes.log_pane))
            self._asking.origin = self.panes.log_pane.view

    def bring(self, pane: LogPane | EventPane) -> bool:
        """Show a pane, and say whether there was room for it."""
        if not self._has_room():
            return False
        self.latency.display = False
        self.panes.bring(pane)
        self._fit_lower()
        return True

    def show_latency(self, *, shown: bool) -> None:
        """Show latencies and figures in the place of the lower panes, or also of the board."""
        self.latency.display = shown
        self._fit_lower()

    def toggle_log(self) -> None:
        """Show or hide the log."""
        self._toggle(self.panes.log_pane)

    def toggle_events(self) -> None:
        """Show or hide the events."""
        self._toggle(self.panes.events)

    def on_prompt_changed(self, event: Prompt.Changed) -> None:
        """Find or filter while the text is typed."""
        self._asking.typed(event.text)

    def on_prompt_closed(self, event: Prompt.Closed) -> None:
        """Keep what was typed, or go back to what was before; what is wrong is not kept."""
        if not self._asking.close(kept=event.kept):
            return
        self.remove_class("-asking")
        origin = self._asking.origin
        (origin if origin and _is_placed(origin) else self._main).focus()
        self._asking.go_on()

    @property
    def _main(self) -> Board | DetailView | LatencyPanel:
        if self.is_covered:
            return self.latency
        return self.detail if self.closely else self.board

    def _keep_focus(self) -> None:
        """Let the keys be for the board where what had them has no place any more."""
        view = self.panes.focused
        placed = view is not None and _is_placed(view)
        if self.app.app_focus and not (self._asking.is_open or placed):
            self._main.focus()

    def _found(self) -> None:
        if self.closely:
            self.look_closely(self.board.cursor_symbol)

    def _uncover(self) -> None:
        """Take latencies away that stand in the place of the board."""
        if self.is_covered:
            self.show_latency(shown=False)

    @property
    def _board_in_use(self) -> bool:
        if self._asking.is_open:
            return self._asking.origin is None and not self.closely
        return self.board.has_focus

    def ask(self, question: Question, then: Callable[[], None] | None = None) -> None:
        """Open the line for typing, in the place of a question that is open there; `then` is called
        once it is closed, whatever the answer."""
        self._uncover()
        self.add_class("-asking")
        self._asking.ask(question, self.panes.focused, then)

    def _has_room(self) -> bool:
        """Say whether there is room below the board, on the screen if not."""
        if not self._lower_lines:
            self.notify("the terminal is too low for log and events", markup=False)
        return self._lower_lines > 0

    def _toggle(self, pane: LogPane | EventPane) -> None:
        if not self._has_room():
            return
        if self.latency.display:  # it hides them all: the one asked for comes back
            self.latency.display = False
            self.panes.bring(pane)
        else:
            self.panes.toggle(pane)
        self._fit_lower()

    def _fit_lower(self) -> None:
        measured = bool(self.latency.display)
        self.set_class(self.is_covered, "-covered")
        shown = self.panes.any_shown and self._lower_lines > 0 and not measured
        self.panes.display = shown
        self.hints.display = shown and bool(self.hints.hints)
        self._lower.styles.height = self._lower_lines if shown else "auto"
        self._keep_focus()


def _is_placed(widget: Widget) -> bool:
    """Say whether a widget has a place on the screen."""
    return all(node.display for node in widget.ancestors_with_self)
