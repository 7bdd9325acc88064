"""A widget that shows a few lines of spans and redraws only those that changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.geometry import Region
from textual.strip import Strip

from tickterm.ui.draw.looks import ROLES, Looks
from tickterm.ui.draw.spans import Line, crop, line_text
from tickterm.ui.widgets.opaque import Opaque

__all__ = ["LineWidget"]


class LineWidget(Opaque):
    """Lines of spans, cut or padded to the widget's width."""

    COMPONENT_CLASSES: ClassVar[set[str]] = ROLES
    ALLOW_SELECT = False

    def __init__(self) -> None:
        super().__init__()
        self._looks = Looks(self)
        self._lines: tuple[Line, ...] = ()

    @property
    def text(self) -> str:
        """The lines without their looks, as a person reads them."""
        return "\n".join(line_text(line) for line in self._lines)

    def set_lines(self, lines: Sequence[Line]) -> None:
        """Show these lines."""
        before, self._lines = self._lines, tuple(lines)
        if len(before) != len(lines):
            self.refresh()
            return
        for y, (old, new) in enumerate(zip(before, lines, strict=True)):
            if old != new:
                self.refresh(Region(0, y, self.size.width, 1))

    def notify_style_update(self) -> None:
        """Take the colours of a new theme."""
        super().notify_style_update()
        self._looks.clear()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        line = self._lines[y] if y < len(self._lines) else ()
        return self._looks.strip(crop(line, self.size.width))
