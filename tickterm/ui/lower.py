"""The panes below the board: log and events, of which a narrow screen shows one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal

from tickterm.ui.events.pane import EventPane
from tickterm.ui.log.pane import LogPane

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tickterm.market.snapshot import PatternEvent, Snapshot
    from tickterm.ui.events.view import EventView
    from tickterm.ui.log.view import LogView

__all__ = ["Panes"]

Pane = LogPane | EventPane


class Panes(Horizontal):
    """Log and events, side by side where there is room."""

    def __init__(self) -> None:
        super().__init__(id="panes")
        self.log_pane = LogPane()
        self.events = EventPane()
        self.active: Pane = self.log_pane
        """The one that keys are for: that in sight, or of two the last one chosen."""
        self._wanted: set[Pane] = {self.log_pane, self.events}
        self._beside = False

    def compose(self) -> ComposeResult:
        """Put the log to the left."""
        yield self.log_pane
        yield self.events

    def fit(self, *, beside: bool) -> None:
        """Say whether there is room for both."""
        self._beside = beside
        self._arrange()

    def toggle(self, pane: Pane) -> None:
        """Show a pane, or hide it; where events go, the log comes back."""
        if pane.display:
            self._wanted.discard(pane)
            self.active = self.log_pane
        else:
            self.bring(pane)
        self._arrange()

    def bring(self, pane: Pane) -> None:
        """Show a pane."""
        self._wanted.add(pane)
        self.active = pane
        self._arrange()

    def show(self, snapshot: Snapshot, now: float) -> list[PatternEvent]:
        """Add what is new at engine time `now`; return the new events, oldest first."""
        self.log_pane.show(snapshot.notices, sum(snapshot.counts.hidden.values()))
        return self.events.show(snapshot, now)

    @property
    def any_shown(self) -> bool:
        """Whether a pane is to be seen."""
        return self.log_pane.display or self.events.display

    @property
    def focused(self) -> LogView | EventView | None:
        """The list that has the focus."""
        views = (self.log_pane.view, self.events.view)
        return next((view for view in views if view.has_focus), None)

    def on_descendant_focus(self) -> None:
        """Let keys be for the pane that has the focus."""
        for pane in (self.log_pane, self.events):
            if pane.view.has_focus:
                self.active = pane

    def _arrange(self) -> None:
        for pane in (self.log_pane, self.events):
            pane.display = pane in self._wanted and (self._beside or pane is self.active)
