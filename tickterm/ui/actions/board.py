"""What keys and the palette do to the board alone."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from textual.app import App

if TYPE_CHECKING:
    from tickterm.ui.dashboard import Dashboard

__all__ = ["BoardActions"]


class BoardActions(App[None], inherit_bindings=False):
    """The actions of an app with a board; each is shown at once."""

    dashboard: Dashboard

    @abstractmethod
    def look(self) -> None:
        """Show what is new."""

    def action_toggle_table(self) -> None:
        """Change between tiles and the table."""
        self.dashboard.board.toggle_table()
        self.look()

    def action_freeze_order(self) -> None:
        """Keep the order as it is, or let it go on."""
        self.dashboard.board.toggle_freeze()
        self.look()

    def action_sort_column(self, steps: int) -> None:
        """Sort by the column so many to the right."""
        self.dashboard.board.sort_by_neighbour(steps)
        self.look()
