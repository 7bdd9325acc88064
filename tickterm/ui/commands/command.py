"""Command: one thing that a person can do, as keys, palette and help show it."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Command"]


class Command(NamedTuple):
    """An action of the app; `keys` is empty when only the palette has it."""

    id: str
    keys: str
    action: str
    label: str
    """One word for the key hints."""
    title: str
    """`group: Verb object`, for the palette."""
    tooltip: str
    hint: bool = True
    """Whether the key hints show it."""
    key_display: str | None = None
