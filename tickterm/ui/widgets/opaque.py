"""A widget that hides what is behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widget import Widget

if TYPE_CHECKING:
    from textual.color import Color

__all__ = ["Opaque"]


class Opaque(Widget):
    """Spares Textual to mix the colours of all its ancestors, at every drawing, for nothing."""

    @property
    def background_colors(self) -> tuple[Color, Color]:
        """What is around it and what is in it, which are the same without a border."""
        own = self.styles.background
        return (own, own) if own.a == 1 else super().background_colors
