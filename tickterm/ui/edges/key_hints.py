"""The line of key hints: as many as fit, each of them whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.widgets import Footer
from textual.widgets._footer import FooterKey

from tickterm.ui.draw.spans import text_width

if TYPE_CHECKING:
    from textual.app import ComposeResult

__all__ = ["KeyHints", "fitting"]

_WIDE = 120
"""Cells from which the hints stand further apart."""
_BORDER = 1
"""Cells of the line before the palette's hint."""
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


class KeyHints(Footer):
    """Textual's footer without the hints that its line has no room for."""

    def __init__(self) -> None:
        super().__init__(compact=True)

    def compose(self) -> ComposeResult:
        """Put the hints that fit."""
        hints = [hint for hint in super().compose() if isinstance(hint, FooterKey)]
        gap = _gap(self.size.width)
        for hint in fitting(hints, self.size.width):
            hint.styles.margin = (0, gap, 0, 0)
            yield hint

    async def on_resize(self) -> None:
        """Choose anew what fits."""
        await self.recompose()


def fitting(hints: Sequence[FooterKey], width: int) -> list[FooterKey]:
    """Return the hints that are to stand in `width` cells; help and quit are always among them."""
    kept = sorted(hints, key=_worth)
    while len(kept) > _ALWAYS and _room(kept, _gap(width)) > width:
        kept.pop()
    return sorted(kept, key=lambda hint: (hint.action == "quit", _worth(hint)))


def _worth(hint: FooterKey) -> int:
    action = hint.action.partition("(")[0]
    return _BY_WORTH.index(action) if action in _BY_WORTH else len(_BY_WORTH)


def _gap(width: int) -> int:
    return 2 if width >= _WIDE else 1


def _room(hints: Sequence[FooterKey], gap: int) -> int:
    texts = (f"{hint.key_display} {hint.description}" for hint in hints)
    return sum(text_width(text) + gap for text in texts) + _BORDER
