"""The line of key hints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Footer
from textual.widgets._footer import FooterKey

from tickterm.ui.commands import SELDOM

if TYPE_CHECKING:
    from textual.app import ComposeResult

__all__ = ["KeyHints"]


class KeyHints(Footer):
    """Textual's footer; where the line is short it leaves out what is seldom needed."""

    def __init__(self) -> None:
        super().__init__(compact=True)

    def compose(self) -> ComposeResult:
        """Mark the hints that are seldom needed."""
        for hint in super().compose():
            if isinstance(hint, FooterKey):
                hint.set_class(hint.action in SELDOM, "-seldom")
            yield hint
