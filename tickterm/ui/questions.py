"""What a text is typed for: each question applies the text while it is typed, or takes it back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from tickterm.ui.board import Board

__all__ = ["Filter", "Filtered", "Find", "Question"]


class Question(Protocol):
    """What the line for typing was opened for."""

    title: str
    text: str
    """What stands on the line at first."""

    def typed(self, text: str) -> str:
        """Apply a text and return what it leads to; raises ValueError, which says what is wrong."""
        ...

    def take_back(self) -> None:
        """Go back to what was before."""


class Find:
    """Marks a symbol on the board; `moved` is called when it has."""

    title = "find"
    text = ""

    def __init__(self, board: Board, moved: Callable[[], None]) -> None:
        self._board = board
        self._moved = moved
        self._before = (board.cursor_symbol, board.found)

    def typed(self, text: str) -> str:
        """Mark the best match, or nothing new; return how many there are."""
        matches = self._board.find(text)
        if not matches:
            self._board.mark(self._before[0])
        self._moved()
        return f"{matches} symbol{'' if matches == 1 else 's'}" if text else ""

    def take_back(self) -> None:
        """Mark and highlight what was marked and highlighted."""
        symbol, found = self._before
        self._board.find(found)
        self._board.mark(symbol)
        self._moved()


class Filtered(Protocol):
    """A pane that shows what passes a filter."""

    filter_title: str

    @property
    def filter_text(self) -> str:
        """The filter in force."""
        ...

    @property
    def passing(self) -> str:
        """How much passes it, in words."""
        ...

    def filter(self, text: str) -> None:
        """Put a filter in force; raises ValueError if it is none."""


class Filter:
    """Filters a pane."""

    def __init__(self, pane: Filtered) -> None:
        self.title = pane.filter_title
        self.text = pane.filter_text
        self._pane = pane

    def typed(self, text: str) -> str:
        """Put the filter in force; return how much passes it."""
        self._pane.filter(text)
        return self._pane.passing

    def take_back(self) -> None:
        """Put the filter in force that was there before."""
        self._pane.filter(self.text)
