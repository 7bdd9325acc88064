"""What help says: the keys as they are bound now, those of the pane in use first."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from tickterm.ui.actions.screen import PaneActions
from tickterm.ui.commands.board import BOARD_ACTIONS
from tickterm.ui.commands.chart import CHART_ACTIONS
from tickterm.ui.commands.everything import BROWSER_KEYS
from tickterm.ui.dialogs import HelpScreen
from tickterm.ui.figures.stats_footer import WORDS
from tickterm.ui.first_run import FIRST_HINTS
from tickterm.ui.keymap import is_no_key, is_other_name
from tickterm.ui.widgets.list_dialog import ListDialog

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.binding import Binding
    from textual.dom import DOMNode

__all__ = ["HelpActions"]


class HelpActions(PaneActions, inherit_bindings=False):
    """The app's actions that tell of keys."""

    def action_help(self) -> None:
        """List the keys of the pane in use, then those of everywhere and of the other panes.

        Of a dialog that lists something its own are enough: no others do anything there.
        """
        if isinstance(self.screen, ListDialog):
            self.push_screen(HelpScreen([(self.screen.heading, self._keys_of(self.screen))], ()))
            return
        sections = {
            "board": [*self._keys_of(self.dashboard.board), *self._ours(BOARD_ACTIONS)],
            "chart": [*self._keys_of(self.dashboard.detail), *self._ours(CHART_ACTIONS)],
            "log": self._keys_of(self.dashboard.panes.log_pane.view),
            "events": self._keys_of(self.dashboard.panes.events.view),
            "figures": self._keys_of(self.dashboard.latency),
        }
        everywhere = [
            key for key in self._keys_of(self) if _verb(key) not in BOARD_ACTIONS | CHART_ACTIONS
        ]
        used = self._pane_in_use()
        first = (used, sections.pop(used))
        self.push_screen(HelpScreen([first, ("everywhere", everywhere), *sections.items()], WORDS))

    def first_hints(self) -> list[tuple[str, str]]:
        """Return what a newcomer has to know, by the keys that are set."""
        keys = {binding.id: binding for binding in reversed(self._keys_of(self))}
        hints = ((keys.get(name), what) for name, what in FIRST_HINTS)
        return [(self.get_key_display(key), what) for key, what in hints if key is not None]

    def _pane_in_use(self) -> str:
        panes = self.dashboard.panes
        if panes.log_pane.view.has_focus:
            return "log"
        if panes.events.view.has_focus:
            return "events"
        if self.dashboard.is_covered:
            return "figures"
        return "chart" if self.dashboard.closely else "board"

    def _ours(self, actions: Iterable[str]) -> list[Binding]:
        return [binding for binding in self._keys_of(self) if _verb(binding) in actions]

    def _keys_of(self, node: DOMNode) -> list[Binding]:
        """Return the keys of a node that can reach it and do something."""
        bindings = node._bindings.copy()  # noqa: SLF001  public only per screen
        bindings.apply_keymap(self._keymap)
        return [
            binding
            for key, binding in bindings
            if self.is_ours(binding.action) and not (self.is_web and key in BROWSER_KEYS)
            if not (is_other_name(key) or is_no_key(key))
        ]

    @abstractmethod
    def is_ours(self, action: str) -> bool:
        """Say whether this screen may do an action at all."""


def _verb(binding: Binding) -> str:
    return binding.action.partition("(")[0]
