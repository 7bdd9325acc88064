"""The line of key hints: as many as fit, each of them whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from tickterm.ui.draw.spans import Line, Span, line_width, text_width
from tickterm.ui.widgets.line_widget import LineWidget

if TYPE_CHECKING:
    from textual import events
    from textual.binding import Binding
    from textual.screen import Screen

__all__ = ["Hint", "KeyHints", "Placed", "hint_line", "place"]

_WIDE = 120
"""Cells from which the hints stand further apart."""
_BY_WORTH = (
    "help",
    "quit",
    "close_chart",
    "open_chart",
    "find",
    "step_symbol",
    "step_timeframe",
    "toggle_table",
    "next_sort",
    "toggle_events",
    "toggle_log",
    "filter",
    "command_palette",
    "list_alerts",
    "freeze_order",
    "show_group",
    "toggle_latency",
    "pause",
    "reconnect",
)
"""Actions by how much their hints are worth: the last go first where the line is short."""
_ALWAYS = 2
"""So many of them, help and quit, stay in the shortest line."""
_PALETTE = "command_palette"
_BORDER: Span = ("▏", "rule")
"""Stands before the palette's hint, which is at the right end."""


class Hint(NamedTuple):
    """A key and what it does."""

    key: str
    """Its name."""
    shown: str
    """As a person reads it."""
    label: str
    action: str
    """Without its parameters."""
    tooltip: str = ""

    @property
    def width(self) -> int:
        """Cells that it takes, without those between it and the next one."""
        return text_width(f"{self.shown} {self.label}") + (self.action == _PALETTE)


class Placed(NamedTuple):
    """A hint that is shown, and its first cell."""

    start: int
    hint: Hint


def place(hints: Sequence[Hint], width: int) -> list[Placed]:
    """Return the hints that are to stand in `width` cells; help and quit are always among them."""
    gap = 2 if width >= _WIDE else 1
    kept = sorted(hints, key=_worth)
    while len(kept) > _ALWAYS and sum(hint.width + gap for hint in kept) > width:
        kept.pop()
    placed, end = [], 0
    for hint in sorted(kept, key=_place):
        start = max(end, width - gap - hint.width) if hint.action == _PALETTE else end
        placed.append(Placed(start, hint))
        end = start + hint.width + gap
    return placed


def hint_line(placed: Sequence[Placed]) -> Line:
    """Return the line of the hints."""
    line: list[Span] = []
    for start, hint in placed:
        line.append((" " * (start - line_width(line)), "blank"))
        line += [_BORDER] if hint.action == _PALETTE else []
        line += [(hint.shown, "brand"), (f" {hint.label}", "muted")]
    return tuple(span for span in line if span[0])


def _place(hint: Hint) -> tuple[bool, bool, int]:
    return hint.action == _PALETTE, hint.action == "quit", _worth(hint)


def _worth(hint: Hint) -> int:
    return _BY_WORTH.index(hint.action) if hint.action in _BY_WORTH else len(_BY_WORTH)


class KeyHints(LineWidget):
    """Draws `hint_line` of the keys that do something now; a click does what the key does.

    Textual's own footer is made of a widget a key, which are taken away and made anew whenever the
    focus moves: that takes longer than all else that a key does, and meanwhile the line is empty.
    """

    def __init__(self) -> None:
        super().__init__()
        self._hints: list[Hint] = []
        self._placed: list[Placed] = []

    def on_mount(self) -> None:
        """Follow the keys."""
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    def on_resize(self) -> None:
        """Choose anew what fits."""
        self._show()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Say what the key below the pointer does."""
        hint = self._at(event.x)
        self.tooltip = hint.tooltip if hint is not None else None

    def on_click(self, event: events.Click) -> None:
        """Press the key."""
        if (hint := self._at(event.x)) is not None:
            self.app.simulate_key(hint.key)

    def _at(self, x: int) -> Hint | None:
        return next((hint for start, hint in self._placed if 0 <= x - start < hint.width), None)

    def _bindings_changed(self, screen: Screen[object]) -> None:
        if screen is self.screen and self.app.app_focus:
            self.call_after_refresh(self._take_bindings)

    def _take_bindings(self) -> None:
        """Take a hint an action: with its first key, and of the palette's with the last one."""
        hints: dict[str, Hint] = {}
        for _, binding, _, tooltip in self.screen.active_bindings.values():
            palette = binding.action.endswith(_PALETTE)
            if palette or (binding.show and binding.action not in hints):
                hints[binding.action] = self._hint(binding, tooltip)
        self._hints = list(hints.values())
        self._show()

    def _hint(self, binding: Binding, tooltip: str) -> Hint:
        shown = self.app.get_key_display(binding)
        action = binding.action.partition("(")[0].removeprefix("app.")
        told = tooltip or binding.tooltip or binding.description
        return Hint(binding.key, shown, binding.description, action, told)

    def _show(self) -> None:
        self._placed = place(self._hints, self.size.width)
        self.set_lines([hint_line(self._placed)])
