"""What a text is typed for: each question applies the text while it is typed, or takes it back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from tickterm.market.row_filter import LONGEST
from tickterm.ui.board.board import Board

if TYPE_CHECKING:
    from tickterm.ui.log.pane import LogPane

__all__ = ["Doing", "Filter", "Filtered", "Find", "FindInLog", "Question"]


class Question(Protocol):
    """What the line for typing was opened for."""

    title: str
    text: str
    """What stands on the line at first."""
    hint: str
    """What may be typed, in few words; empty where everybody knows."""
    longest: int
    """Characters that there is room for."""

    def typed(self, text: str) -> str:
        """Apply a text and return what it leads to; raises ValueError, which says what is wrong."""
        ...

    def take_back(self) -> None:
        """Go back to what was before."""


@runtime_checkable
class Doing(Question, Protocol):
    """A question whose answer is acted upon at its end alone."""

    def do(self) -> None:
        """Do what was typed."""


class Find:
    """Marks a symbol on the board; `moved` is called when it has."""

    title = "find"
    text = ""
    hint = ""
    longest = LONGEST

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


class FindInLog:
    """Marks the nearest line above, or the next one, that a regular expression matches."""

    title = "log find"
    text = ""
    hint = "a regular expression; then n goes down, N up"
    longest = LONGEST

    def __init__(self, pane: LogPane) -> None:
        self._pane = pane
        self._before = pane.view.place

    def typed(self, text: str) -> str:
        """Mark the nearest match; return how many there are."""
        view = self._pane.view
        view.go_back(self._before)
        if not text:
            return ""
        matches = self._pane.find(text)
        view.go_to_match(-1, or_stay=True)
        return f"{matches} line matches" if matches == 1 else f"{matches} lines match"

    def take_back(self) -> None:
        """Go back to where the reader was, and to what was found there."""
        self._pane.view.go_back(self._before)


class Filtered(Protocol):
    """A pane that shows what passes a filter."""

    filter_title: str
    filter_hint: str
    """What may be typed, in few words."""

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

    longest = LONGEST

    def __init__(self, pane: Filtered) -> None:
        self.title = pane.filter_title
        self.text = pane.filter_text
        self.hint = pane.filter_hint
        self._pane = pane

    def typed(self, text: str) -> str:
        """Put the filter in force; return how much passes it."""
        self._pane.filter(text)
        return self._pane.passing

    def take_back(self) -> None:
        """Put the filter in force that was there before."""
        self._pane.filter(self.text)
