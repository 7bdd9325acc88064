"""What keys and the palette do to the panes of the screen."""

from __future__ import annotations

from abc import abstractmethod

from tickterm.ui.actions.board import BoardActions
from tickterm.ui.actions.log import LogActions
from tickterm.ui.board.order import Sort
from tickterm.ui.commands.board import BOARD_ACTIONS
from tickterm.ui.commands.chart import CHART_ACTIONS
from tickterm.ui.dashboard import Dashboard

__all__ = ["PaneActions"]

_UNSEEN = BOARD_ACTIONS - {"clear", "open_chart"} | {"show_group"}
"""Actions of which nothing would be seen while the figures stand in the place of the board."""


class PaneActions(LogActions, BoardActions, inherit_bindings=False):
    """The actions of an app that has a dashboard; each is shown at once."""

    def __init__(self) -> None:
        super().__init__()
        self.dashboard = Dashboard()

    @abstractmethod
    def look(self) -> None:
        """Show what is new."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what makes sense for the board, or for the chart in its place."""
        events = self.dashboard.panes.events.view
        if action == "open_chart" and events.has_focus:
            return events.marked is not None
        if action == "close_latency":
            return bool(self.dashboard.latency.display)
        if action in (BOARD_ACTIONS if self.dashboard.closely else CHART_ACTIONS):
            return False
        if action in _UNSEEN and self.dashboard.is_covered:
            return False
        return super().check_action(action, parameters)

    def action_find(self) -> None:
        """Ask for a symbol, in the log for a regular expression."""
        if self.dashboard.panes.log_pane.view.has_focus:
            self.dashboard.ask_expression()
        else:
            self.dashboard.ask_symbol()

    def action_clear(self) -> None:
        """Forget what was found, or else the filter; what was told in passing goes, too."""
        self.clear_notifications()
        self.dashboard.board.clear()
        self.look()

    def action_next_sort(self) -> None:
        """Sort by the next thing."""
        self._sort(self.dashboard.board.sort.following)

    def action_sort(self, name: str) -> None:
        """Sort by the member of `Sort` with this name."""
        self._sort(Sort[name])

    def action_reverse_sort(self) -> None:
        """Turn the order round."""
        board = self.dashboard.board
        self._sort(board.sort, reverse=not board.reverse)

    def action_open_chart(self) -> None:
        """Look closely at the marked event, in its timeframe, or at the marked tile."""
        events = self.dashboard.panes.events.view
        event = events.marked if events.has_focus else None
        if event is not None:
            self.dashboard.detail.choose_timeframe(event.timeframe)
        self._look_closely(event.symbol if event else self.dashboard.board.cursor_symbol)

    def action_close_chart(self) -> None:
        """Take the crosshair away, or else go back to the board."""
        if self.dashboard.detail.has_crosshair:
            self.dashboard.detail.drop_crosshair()
        else:
            self._look_closely("")

    def action_move_crosshair(self, candles: int) -> None:
        """Move the crosshair of the chart to the right, or to the left."""
        self.dashboard.detail.move_crosshair(candles)

    def action_step_symbol(self, symbols: int) -> None:
        """Look closely at another symbol of the board's order."""
        self.dashboard.look_at_next(symbols)
        self.look()

    def action_step_timeframe(self, steps: int) -> None:
        """Use longer or shorter candles."""
        self.dashboard.detail.step_timeframe(steps)
        self.look()

    def action_pause(self) -> None:
        """Freeze the board or the chart, or let it go on."""
        self.dashboard.paused = not self.dashboard.paused
        self.look()

    def action_toggle_log(self) -> None:
        """Show or hide the log."""
        self.dashboard.toggle_log()

    def action_toggle_events(self) -> None:
        """Show or hide the pattern events."""
        self.dashboard.toggle_events()

    def action_toggle_latency(self) -> None:
        """Show or hide latencies and figures."""
        self.dashboard.show_latency(shown=not self.dashboard.latency.display)
        self.look()

    def action_close_latency(self) -> None:
        """Take the latencies away."""
        self.dashboard.show_latency(shown=False)

    def action_filter(self) -> None:
        """Ask for what log lines or events must contain."""
        self.dashboard.ask_filter()

    def action_follow(self) -> None:
        """Follow the newest log line or event, or stop here."""
        self.dashboard.panes.active.toggle_following()

    def on_prompt_changed(self) -> None:
        """Show what was found at once."""
        self.look()

    def on_prompt_closed(self) -> None:
        """Show what was kept or given up at once."""
        self.look()

    def _look_closely(self, symbol: str) -> None:
        self.dashboard.look_closely(symbol)
        self.look()
        self.refresh_bindings()

    def _sort(self, sort: Sort, *, reverse: bool = False) -> None:
        self.dashboard.board.sort_by(sort, reverse=reverse)
        self.look()
