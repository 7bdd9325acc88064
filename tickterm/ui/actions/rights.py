"""Whether a screen may do what it is told, and what is said where it may only look."""

from __future__ import annotations

from abc import abstractmethod

from textual.app import App

__all__ = ["HOW_TO_CONTROL", "READ_ONLY", "Rights"]

READ_ONLY = "this screen is read-only"
HOW_TO_CONTROL = (
    "to control the engine: tickterm attach --control, on its machine or with its TICKTERM_TOKEN"
)


class Rights(App[None], inherit_bindings=False):
    """An app that some engines let only look."""

    @property
    @abstractmethod
    def _can_act(self) -> bool:
        """Whether the engine, or the attempt to reach one, does what this screen says."""

    def _may_act(self) -> bool:
        """Say whether the engine does what this screen says; on the screen, why it does not."""
        if not self._can_act:
            self.notify(f"{READ_ONLY}; {HOW_TO_CONTROL}", markup=False)
        return self._can_act
