"""The panes of the main screen together: who gets which part of a snapshot, and which lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Footer, Static

from tickterm.market.snapshot import LinkPhase
from tickterm.ui.board import Board
from tickterm.ui.dialogs import Prompt
from tickterm.ui.header import Header, View
from tickterm.ui.layout import share_out
from tickterm.ui.log_pane import LogPane
from tickterm.ui.stats_footer import StatsFooter

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from tickterm.market.snapshot import Snapshot
    from tickterm.ui.status import Status

__all__ = ["Dashboard"]

NARROW, WIDE = 76, 100
"""Cells at which the key hints move closer together, or apart."""


class Dashboard(Vertical):
    """Header, board, banner, log, statistics and key hints."""

    def __init__(self) -> None:
        super().__init__()
        self.paused = False
        """Whether the board is frozen."""
        self.header = Header()
        self.board = Board()
        self.banner = Static(id="banner")
        self.log_pane = LogPane()
        self.statistics = StatsFooter()
        self.prompt = Prompt()
        self._lower = Vertical(self.banner, self.log_pane, id="lower")
        self._keys = Vertical(Footer(compact=True), self.prompt, id="keys")
        self._log_wanted = True
        self._log_lines = 0
        self._asking = ""
        self._before_find = ("", "")
        """The marked symbol and the text that was highlighted."""
        self._before_filter = ""

    def compose(self) -> ComposeResult:
        """Put the panes on the screen, top to bottom."""
        yield from (self.header, self.board, self._lower, self.statistics, self._keys)

    def on_resize(self, event: events.Resize) -> None:
        """Share out the lines anew."""
        width, height = event.size
        self.set_class(width < NARROW, "-narrow")
        self.set_class(width >= WIDE, "-wide")
        layout = share_out(width, height)
        self.statistics.styles.height = layout.statistics
        self._keys.styles.height = layout.keys
        self._log_lines = layout.log
        self._fit_log()

    def show(self, snapshot: Snapshot, now: float, wall_ms: int, status: Status | None) -> None:
        """Show a snapshot as of engine time `now` and wall clock `wall_ms`."""
        trouble = status.title if status is not None and status.engine else ""
        stale = bool(trouble) or snapshot.link.phase is not LinkPhase.UP
        board = self.board
        self.show_banner(status)
        if self.paused:
            board.grey(stale=stale)
        else:
            board.show(snapshot.rows, now, stale=stale)
        view = View(board.sort, board.reverse, board.found, self.paused, stale)
        self.header.show(snapshot, view, wall_ms)
        self.log_pane.show(snapshot.notices)
        self.statistics.show(snapshot, now, trouble)

    def show_banner(self, status: Status | None) -> None:
        """Say a sentence above the log, or nothing."""
        self.banner.display = status is not None
        if status is None:
            return
        text = Content.assemble((status.title, "bold $text"), f"  {status.text}")
        if self.banner.content != text:
            self.banner.update(text)
            self.banner.set_classes(f"-{status.level}")

    def ask_symbol(self) -> None:
        """Open the line to find a symbol on."""
        self._before_find = (self.board.cursor_symbol, self.board.found)
        self._ask("find", "")

    def ask_filter(self) -> None:
        """Open the line for the text that log lines must contain."""
        self.show_log(shown=True)
        self._before_filter = self.log_pane.view.buffer.filter
        self._ask("log filter", self._before_filter)

    def toggle_log(self) -> None:
        """Show or hide the log."""
        self.show_log(shown=not self._log_wanted)

    def show_log(self, *, shown: bool) -> None:
        """Show or hide the log, where there is room for it."""
        self._log_wanted = shown
        self._fit_log()
        if not shown and self.log_pane.view.has_focus:
            self.board.focus()

    def on_prompt_changed(self, event: Prompt.Changed) -> None:
        """Find or filter while the text is typed."""
        if self._asking == "find":
            matches = self.board.find(event.text)
            if not matches:
                self.board.mark(self._before_find[0])
            answer = f"{matches} symbol{'' if matches == 1 else 's'}" if event.text else ""
        else:
            self.log_pane.filter(event.text)
            view = self.log_pane.view
            answer = f"{view.shown} of {len(view.buffer)} lines"
        self.prompt.answer(answer)

    def on_prompt_closed(self, event: Prompt.Closed) -> None:
        """Keep what was typed, or go back to what was before."""
        if not event.kept:
            self._take_back()
        self.remove_class("-asking")
        self.board.focus()

    def _ask(self, question: str, text: str) -> None:
        self._asking = question
        self.add_class("-asking")
        self.prompt.ask(question, text)

    def _take_back(self) -> None:
        if self._asking != "find":
            self.log_pane.filter(self._before_filter)
            return
        symbol, found = self._before_find
        self.board.find(found)
        self.board.mark(symbol)

    def _fit_log(self) -> None:
        shown = self._log_wanted and self._log_lines > 0
        self.log_pane.display = shown
        self._lower.styles.height = self._log_lines if shown else "auto"
