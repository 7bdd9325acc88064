"""Role names to styles: reads the roles' colours from the stylesheet, fades and greys them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tickterm.ui.draw.fading import STALE
from tickterm.ui.draw.plain_looks import PlainRole, plain_style
from tickterm.ui.draw.spans import Line, line_width

if TYPE_CHECKING:
    from textual.color import Color
    from textual.widget import Widget

__all__ = ["ROLES", "Looks"]

_NAMES = """
amber badge-bad badge-closed badge-delayed badge-error badge-live badge-plain badge-replay
badge-simulated blank brand card card-selected down edge fading-down fading-up flash-down flash-up
flat label log-debug log-error log-info
log-warning mark-amber mark-down mark-flat mark-up match muted past-amber past-down past-up price
range rule spark-down spark-flat spark-up symbol up value
"""
ROLES = {f"role--{name}" for name in _NAMES.split()}
"""The component classes that `tickterm.tcss` gives colours to."""

_FADE = (0.0, 0.1, 0.18, 0.26, 0.34, 0.38)
"""How far each quietness goes towards the background; the last one, stale, is grey besides.

As far as numbers can still be read in every one of our themes.
"""

_LINES = {"range", "rule", "spark-up", "spark-down", "spark-flat"}
"""What is no text: when stale it must not be louder than the numbers are."""
_FAINT_ALREADY = {"up", "down", "muted", "label", "flat", "edge", *_LINES}
_FAINT = 0.6
_DIM_FROM = 0.15


class Looks:
    """The styles of one widget, by role; made anew when its styles change."""

    def __init__(self, widget: Widget) -> None:
        self._widget = widget
        self._styles: dict[tuple[str, int, str], Style] = {}

    @property
    def is_true_colour(self) -> bool:
        """Whether the styles have colours of their own rather than the terminal's, or none."""
        widget = self._widget
        return widget.background_colors[1].ansi is None and not widget.app.no_color

    def clear(self) -> None:
        """Forget every style: the theme has changed."""
        self._styles.clear()

    def style(self, role: str, quiet: int = 0, ground: str = "blank") -> Style:
        """Return the style of `role` at a quietness, upon the background of the role `ground`."""
        key = (role, quiet, ground)
        style = self._styles.get(key)
        if style is None:
            style = self._styles[key] = self._make(role, quiet, ground)
        return style

    def strip(self, line: Line, quiet: int = 0, ground: str = "blank") -> Strip:
        """Return a line as Textual draws it."""
        return Strip(self.segments(line, quiet, ground), line_width(line))

    def segments(self, line: Line, quiet: int = 0, ground: str = "blank") -> list[Segment]:
        """Return the pieces of a line as Textual draws them."""
        return [Segment(text, self.style(role, quiet, ground)) for text, role in line]

    def _make(self, role: str, quiet: int, ground: str) -> Style:
        under = self._background(ground, self._widget.background_colors[1])
        styles = self._widget.get_component_styles(f"role--{role}")
        if not self.is_true_colour:
            plain = PlainRole(role, styles.color, styles.background, styles.text_style)
            return plain_style(plain, faded=_FADE[quiet] > _DIM_FROM, ground=ground)
        back = self._background(role, under)
        color = back + (back.get_contrast_text(1.0) if styles.auto_color else styles.color)
        fade = _FADE[quiet]
        if quiet >= STALE:
            grey = "role--spark-flat" if role in _LINES else "role--price"
            back, color = under, under + self._widget.get_component_styles(grey).color
        elif role in _FAINT_ALREADY:
            fade *= _FAINT
        style = styles.text_style + Style(bgcolor=back.rich_color)
        return style + Style(color=color.blend(under, fade).rich_color)

    def _background(self, role: str, under: Color) -> Color:
        return under + self._widget.get_component_styles(f"role--{role}").background
