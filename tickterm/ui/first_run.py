"""The line of hints that a newcomer sees until a key is pressed."""

from __future__ import annotations

from typing import Protocol

from textual.message import Message

from tickterm.ui.draw.spans import Line, Span, line_width
from tickterm.ui.widgets.line_widget import LineWidget

__all__ = ["FIRST_HINTS", "SECONDS", "FirstRun", "HintLine", "hint_line"]

SECONDS = 30.0
"""How long the line stays when nobody presses a key."""
FIRST_HINTS = (
    ("app.help", "keys"),
    ("app.palette", "everything"),
    ("board.view", "table"),
    ("board.find", "find"),
    ("app.quit", "quit"),
)
"""Ids of bindings, and what a newcomer has to know of them; those that matter least last."""
_BETWEEN: Span = ("  ·  ", "muted")


class FirstRun(Protocol):
    """What remembers whether the person knows the screen."""

    @property
    def first_run(self) -> bool:
        """Whether hints are of use."""

    def seen(self) -> None:
        """Remember that they have been shown."""


def hint_line(hints: list[tuple[str, str]], width: int) -> Line:
    """Return keys and what they do in at most `width` cells; the last go where it is short."""
    line: list[Span] = [(" ", "blank")]
    for key, what in hints:
        between = [_BETWEEN] if len(line) > 1 else []
        new: list[Span] = [*line, *between, (key, "brand"), (f" {what}", "value")]
        if line_width(new) > width:
            break
        line = new
    return tuple(line)


class HintLine(LineWidget):
    """Draws `hint_line`; not to be seen unless it is told to, and then only where there is room."""

    class Seen(Message):
        """The hints have a place on the screen."""

    def __init__(self) -> None:
        super().__init__()
        self.display = False
        self.hints: list[tuple[str, str]] = []
        """Keys and what they do."""
        self._told = False

    def on_resize(self) -> None:
        """Show what fits; the first time, say so."""
        self.set_lines([hint_line(self.hints, self.size.width)])
        if self.hints and not self._told:
            self._told = True
            self.post_message(self.Seen())
