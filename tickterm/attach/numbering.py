"""Numbering: what engines number, under numbers that go on rising whatever engine it comes from."""

from __future__ import annotations

from tickterm.attach.bounds import bounded

__all__ = ["Numbering"]


class Numbering:
    """Gives our numbers. One that is left out means something that was never seen here.

    What an engine numbered before its first item here does not count as that.
    """

    def __init__(self) -> None:
        self._newest = 0
        self._theirs: int | None = None
        """The engine's number of its newest item here."""

    def begin(self) -> None:
        """Take items of another run of the engine from now on: its numbers begin anew."""
        self._theirs = None

    def start(self) -> None:
        """Know that this run has numbered nothing yet, unless there was an item of it here."""
        if self._theirs is None:
            self._theirs = 0

    def skip(self, number: int) -> None:
        """Know that item `number` is here already, under our number of another run's."""
        number = bounded(number)
        if self._theirs is None or number > self._theirs:
            self._theirs = number

    def of(self, number: int) -> int | None:
        """Return our number of the engine's item `number`; None: it is here already."""
        number = bounded(number)
        missed = 0 if self._theirs is None else number - self._theirs - 1
        if missed < 0:
            return None
        self._theirs = number
        self._newest += missed
        return self.own()

    def own(self) -> int:
        """Return the number of an item of our own."""
        self._newest += 1
        return self._newest
