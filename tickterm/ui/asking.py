"""Asking: the line for typing, with the question that is open on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from tickterm.ui.dialogs import Prompt
from tickterm.ui.questions import Doing, Question

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Asking"]

Origin = TypeVar("Origin")


class Asking(Generic[Origin]):
    """Asks one question at a time: another one takes back what was typed for the one before."""

    def __init__(self) -> None:
        self.prompt = Prompt()
        self.is_open = False
        self.origin: Origin | None = None
        """Where the keys were when the line was opened, and go again; None: to the board."""
        self._question: Question | None = None
        self._then: Callable[[], None] | None = None

    def ask(
        self, question: Question, origin: Origin | None, then: Callable[[], None] | None
    ) -> None:
        """Put a question; `then` is called once it has been closed, whatever the answer."""
        self.take_back()
        self._question, self._then = question, then
        if not self.is_open:
            self.is_open, self.origin = True, origin
        self.prompt.ask(question)

    def take_back(self) -> None:
        """Undo what was typed for the question that is open, if there is one."""
        question, self._question = self._question, None
        if question is not None:
            question.take_back()

    def typed(self, text: str) -> None:
        """Say what a text leads to, or what is wrong with it."""
        if self._question is None:
            return
        try:
            self.prompt.answer(self._question.typed(text))
        except ValueError as error:
            self.prompt.answer(str(error), error=True)

    def close(self, *, kept: bool) -> bool:
        """Act upon what was typed, or take it back; return False, and do neither, at a mistake."""
        if kept and self.prompt.is_wrong:
            return False
        if not kept:
            self.take_back()
        elif isinstance(self._question, Doing):
            self._question.do()
        self._question, self.is_open = None, False
        return True

    def go_on(self) -> None:
        """Do what is to be done after the question."""
        then, self._then = self._then, None
        if then is not None:
            then()
