"""The help screen, and the line where a text is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static

from tickterm.ui.stats_footer import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import ComposeResult

__all__ = ["HelpScreen", "Prompt"]

Section = tuple[str, "Iterable[Binding]"]


class HelpScreen(ModalScreen[None]):
    """All keys, made from the bindings themselves, and what words on the screen mean."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape,q,question_mark,enter",
            "dismiss",
            "Close",
            id="help.close",
            tooltip="Close this help",
        )
    ]

    def __init__(self, sections: Iterable[Section]) -> None:
        super().__init__()
        self._sections = tuple(sections)

    def compose(self) -> ComposeResult:
        """List the sections in a box that scrolls where the terminal is small."""
        with VerticalScroll() as box:
            box.border_title = Content("keys")
            box.border_subtitle = Content("esc closes")
            for title, bindings in self._sections:
                yield Static(Content(title), classes="help-title")
                yield Static(self._table(bindings))
            yield Static(Content("words on the screen"), classes="help-title")
            yield Static(_columns(WORDS))

    def _table(self, bindings: Iterable[Binding]) -> Content:
        keys: dict[str, list[str]] = {}
        for binding in bindings:
            keys.setdefault(binding.tooltip, []).append(self.app.get_key_display(binding))
        return _columns((" ".join(dict.fromkeys(names)), tip) for tip, names in keys.items())


def _columns(pairs: Iterable[tuple[str, str]]) -> Content:
    lines = [Content.assemble((f"  {left:<12}", "$primary"), right) for left, right in pairs]
    return Content("\n").join(lines)


class Prompt(Horizontal):
    """One line to type a text on; tells of every change, and how it ended."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Back", id="prompt.cancel", tooltip="Leave as it was before")
    ]

    is_wrong = False
    """Whether the answer says that there is a mistake in the text."""

    class Changed(Message):
        """The text is now `text`."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Closed(Message):
        """Typing is over; the text counts only if `kept`."""

        def __init__(self, *, kept: bool) -> None:
            super().__init__()
            self.kept = kept

    def compose(self) -> ComposeResult:
        """Put the question, the input and the answer on one line."""
        yield Label(id="question")
        # A pasted escape sequence must not come to the screen.
        yield Input(
            compact=True,
            restrict=r"[^\x00-\x1f\x7f-\x9f]*",
            max_length=60,
            placeholder="enter keeps, esc goes back",
        )
        yield Label(id="answer")

    def ask(self, question: str, text: str) -> None:
        """Show the line with `text` to change."""
        self.query_one("#question", Label).update(Content(question))
        self.answer("")
        field = self.query_one(Input)
        with self.prevent(Input.Changed):
            field.value = text
        field.cursor_position = len(text)
        field.focus()

    def answer(self, text: str, *, error: bool = False) -> None:
        """Say what the typed text leads to, or what is wrong with it."""
        self.is_wrong = error
        label = self.query_one("#answer", Label)
        label.update(Content(text))
        label.set_class(error, "-error")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell of the new text."""
        event.stop()
        self.post_message(self.Changed(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the text."""
        event.stop()
        self.post_message(self.Closed(kept=True))

    def action_cancel(self) -> None:
        """Drop the text."""
        self.post_message(self.Closed(kept=False))
