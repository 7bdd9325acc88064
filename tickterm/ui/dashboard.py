"""The panes of the main screen together: who gets which part of a snapshot, and which lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tickterm.market.snapshot import LinkPhase
from tickterm.ui.board import Board
from tickterm.ui.detail import DetailView
from tickterm.ui.dialogs import Prompt
from tickterm.ui.header import Header, View
from tickterm.ui.key_hints import KeyHints
from tickterm.ui.layout import share_out
from tickterm.ui.lower import Panes
from tickterm.ui.marks import Marks
from tickterm.ui.questions import Filter, Find, Question
from tickterm.ui.stats_footer import StatsFooter

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from tickterm.market.snapshot import Snapshot
    from tickterm.ui.event_pane import EventPane
    from tickterm.ui.log_pane import LogPane
    from tickterm.ui.status import Status

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
        self.panes = Panes()
        self.detail = DetailView(self.panes.events.view.buffer)
        self.statistics = StatsFooter()
        self.prompt = Prompt()
        self._lower = Vertical(self.banner, self.panes, id="lower")
        self._keys = Vertical(KeyHints(), self.prompt, id="keys")
        self._lower_lines = 0
        self._marks = Marks()
        self._question: Question | None = None

    @property
    def closely(self) -> bool:
        """Whether a chart stands in the place of the board."""
        return bool(self.detail.symbol)

    def compose(self) -> ComposeResult:
        """Put the panes on the screen, top to bottom."""
        yield from (self.header, self.board, self.detail, self._lower, self.statistics, self._keys)

    def on_resize(self, event: events.Resize) -> None:
        """Share out the lines anew."""
        width, height = event.size
        layout = share_out(width, height)
        self.statistics.styles.height = layout.statistics
        self._keys.styles.height = layout.keys
        self._lower_lines = layout.lower
        self.panes.fit(beside=layout.beside)
        self._fit_lower()

    def show(self, snapshot: Snapshot, now: float, wall_ms: int, status: Status | None) -> None:
        """Show a snapshot as of engine time `now` and wall clock `wall_ms`."""
        trouble = status.title if status is not None and status.engine else ""
        stale = bool(trouble) or snapshot.link.phase is not LinkPhase.UP
        board = self.board
        self.show_banner(status)
        self._marks.take(self.panes.show(snapshot, now))
        if self.paused:
            board.grey(stale=stale)
        else:
            board.show(snapshot.rows, now, self._marks.at(wall_ms), stale=stale)
        if self.closely:
            self.detail.show(snapshot.rows, snapshot.chart, stale=stale, frozen=self.paused)
        view = View(board.sort, board.reverse, board.found, self.paused, stale)
        self.header.show(snapshot, view, wall_ms)
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

    def look_closely(self, symbol: str) -> None:
        """Put the chart of a symbol in the place of the board; empty: the board again."""
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
        self._ask(Find(self.board, self._found))

    def ask_filter(self) -> None:
        """Open the line for the filter of the pane in use."""
        if not self._has_room():
            return
        pane = self.panes.active
        self.panes.bring(pane)
        self._fit_lower()
        self._ask(Filter(pane))

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
        self.remove_class("-asking")
        self._main.focus()

    @property
    def _main(self) -> Board | DetailView:
        return self.detail if self.closely else self.board

    def _found(self) -> None:
        if self.closely:
            self.look_closely(self.board.cursor_symbol)

    def _ask(self, question: Question) -> None:
        self._question = question
        self.add_class("-asking")
        self.prompt.ask(question.title, question.text)

    def _has_room(self) -> bool:
        """Say whether there is room below the board, on the screen if not."""
        if not self._lower_lines:
            self.notify("the terminal is too low for log and events", markup=False)
        return self._lower_lines > 0

    def _toggle(self, pane: LogPane | EventPane) -> None:
        if not self._has_room():
            return
        had_focus = pane.view.has_focus
        self.panes.toggle(pane)
        self._fit_lower()
        if had_focus and not pane.display:
            self._main.focus()

    def _fit_lower(self) -> None:
        shown = self.panes.any_shown and self._lower_lines > 0
        self.panes.display = shown
        self._lower.styles.height = self._lower_lines if shown else "auto"
