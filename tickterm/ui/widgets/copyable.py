"""What a pane must know so that it can be copied from."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

__all__ = ["Copyable"]


@runtime_checkable
class Copyable(Protocol):
    """A pane of which something can be copied."""

    def copied(self) -> tuple[str, str]:
        """Return what is marked, empty if nothing is, and in few words what it is (`3 lines`)."""
        ...
