"""The panes of the main screen together: who gets which part of a snapshot, and which lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tickterm.market.freshness import NEVER, feed_view, known_since
from tickterm.ui.board.board import Board
from tickterm.ui.board.marks import Marks
from tickterm.ui.chart.detail import DetailView
from tickterm.ui.dialogs import Prompt
from tickterm.ui.edges.header import Header, View, feed_badge
from tickterm.ui.edges.key_hints import KeyHints
from tickterm.ui.figures.panel import LatencyPanel
from tickterm.ui.figures.stats_footer import StatsFooter
from tickterm.ui.first_run import HintLine
from tickterm.ui.groups.view import GroupView
from tickterm.ui.layout import share_out
from tickterm.ui.lower import Panes
from tickterm.ui.questions import Doing, Filter, Find, FindInLog, Question

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from tickterm.market.snapshot import Snapshot
    from tickterm.ui.edges.status import Status
    from tickterm.ui.events.pane import EventPane
    from tickterm.ui.events.view import EventView
    from tickterm.ui.log.pane import LogPane
    from tickterm.ui.log.view import LogView

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
        self.prompt = Prompt()
        self._lower = Vertical(self.hints, self.banner, self.panes, id="lower")
        self._keys = Vertical(KeyHints(), self.prompt, id="keys")
        self._lower_lines = 0
        self.groups = GroupView()
        self._marks = Marks()
        self._question: Question | None = None
        self._asked_from: LogView | EventView | None = None
        """Where the keys go after a question; None: to the board."""

    @property
    def closely(self) -> bool:
        """Whether a chart stands in the place of the board."""
        return bool(self.detail.symbol)

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
            board.show(rows, now, self._marks.at(wall_ms), since=since)
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
        self._uncover()
        focused = self.board.has_focus or self.detail.has_focus
        self.detail.symbol = symbol
        self.board.mark(symbol)
        self.set_class(self.closely, "-closely")
        if focused:
            self._main.focus()

    def look_at_next(self, symbols: int) -> None:
        """Look closely at the next symbol of the board's order, or one further on or back."""
        self.board.action_move(symbols)
        self.look_closely(self.board.cursor_symbol)

    def ask_symbol(self) -> None:
        """Open the line to find a symbol on."""
        self.ask(Find(self.board, self._found))

    def ask_filter(self) -> None:
        """Open the line for the filter of the pane in use."""
        if self.board.has_focus:
            self.ask(Filter(self.board))
            return
        pane = self.panes.active
        if self.bring(pane):
            self.ask(Filter(pane))

    def ask_expression(self) -> None:
        """Open the line for what to find in the log; the keys are for the log then."""
        if self.bring(self.panes.log_pane):
            self.ask(FindInLog(self.panes.log_pane))
            self._asked_from = self.panes.log_pane.view

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
        self._main.focus()

    def toggle_log(self) -> None:
        """Show or hide the log."""
        self._toggle(self.panes.log_pane)

    def toggle_events(self) -> None:
        """Show or hide the events."""
        self._toggle(self.panes.events)

    def on_prompt_changed(self, event: Prompt.Changed) -> None:
        """Find or filter while the text is typed."""
        if self._question is None:
            return
        try:
            self.prompt.answer(self._question.typed(event.text))
        except ValueError as error:
            self.prompt.answer(str(error), error=True)

    def on_prompt_closed(self, event: Prompt.Closed) -> None:
        """Keep what was typed, or go back to what was before; what is wrong is not kept."""
        if event.kept and self.prompt.is_wrong:
            return
        if self._question is not None and not event.kept:
            self._question.take_back()
        elif isinstance(self._question, Doing):
            self._question.do()
        self.remove_class("-asking")
        (self._asked_from or self._main).focus()

    @property
    def _main(self) -> Board | DetailView:
        return self.detail if self.closely else self.board

    def _found(self) -> None:
        if self.closely:
            self.look_closely(self.board.cursor_symbol)

    def _uncover(self) -> None:
        """Take latencies away that stand in the place of the board."""
        if self.latency.display and self.latency.covers:
            self.show_latency(shown=False)

    def ask(self, question: Question) -> None:
        """Open the line for typing."""
        self._uncover()
        self._question = question
        self._asked_from = self.panes.focused
        self.add_class("-asking")
        self.prompt.ask(question)

    def _has_room(self) -> bool:
        """Say whether there is room below the board, on the screen if not."""
        if not self._lower_lines:
            self.notify("the terminal is too low for log and events", markup=False)
        return self._lower_lines > 0

    def _toggle(self, pane: LogPane | EventPane) -> None:
        if not self._has_room():
            return
        had_focus = pane.view.has_focus
        if self.latency.display:  # it hides them all: the one asked for comes back
            self.latency.display = False
            self.panes.bring(pane)
        else:
            self.panes.toggle(pane)
        self._fit_lower()
        if had_focus and not pane.display:
            self._main.focus()

    def _fit_lower(self) -> None:
        measured = bool(self.latency.display)
        self.set_class(measured and self.latency.covers, "-covered")
        shown = self.panes.any_shown and self._lower_lines > 0 and not measured
        self.panes.display = shown
        self.hints.display = shown and bool(self.hints.hints)
        self._lower.styles.height = self._lower_lines if shown else "auto"
