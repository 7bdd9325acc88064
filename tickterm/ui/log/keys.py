"""The keys that go through the log."""

from __future__ import annotations

from textual.binding import Binding

__all__ = ["log_bindings"]

_KEYS = (
    ("up,k", "move(-1)", "up", "Mark the line before and stop following"),
    ("down,j", "move(1)", "down", "Mark the next line, follow after the newest"),
    ("pageup", "move_pages(-1)", "page-up", "Mark a line one screenful up"),
    ("pagedown", "move_pages(1)", "page-down", "Mark a line one screenful down"),
    ("ctrl+u", "move_pages(-0.5)", "half-up", "Mark a line half a screenful up"),
    ("ctrl+d", "move_pages(0.5)", "half-down", "Mark a line half a screenful down"),
    ("home,g", "oldest", "first", "Mark the oldest line"),
    ("end,G,shift+g", "newest", "last", "Go to the newest line and follow"),
    ("escape", "forget", "forget", "Take the mark and what was found away"),
)


def log_bindings() -> list[Binding]:
    """Return them as the log view has them."""
    return [
        Binding(keys, action, name, show=False, id=f"log.{name}", tooltip=tooltip)
        for keys, action, name, tooltip in _KEYS
    ]
