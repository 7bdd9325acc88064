"""The help screen, and the line where a text is typed."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static

from tickterm.ui.widgets.typed_line import TypedLine

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual import events
    from textual.app import ComposeResult

    from tickterm.ui.questions import Question

__all__ = ["HelpScreen", "Prompt"]

Section = tuple[str, "Iterable[Binding]"]

_WIDEST = 76
"""Cells of the help, frame included, where there is room for more."""
_FRAME = 6
"""Cells that border, padding and scrollbar take."""
_KEYS = 12


class HelpScreen(ModalScreen[None]):
    """All keys, made from the bindings themselves, and what words on the screen mean."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape,q,question_mark,enter",
            "dismiss",
            "Close",
            id="help.close",
            tooltip="Close this help",
        ),
        *(
            Binding(key, f"scroll({direction}, {share})", name, id=f"help.{name}", tooltip=tooltip)
            for key, direction, share, name, tooltip in (
                ("up,k", -1, 0, "up", "Go up one line"),
                ("down,j", 1, 0, "down", "Go down one line"),
                ("ctrl+u", -1, 0.5, "half-up", "Go up half a screenful"),
                ("ctrl+d", 1, 0.5, "half-down", "Go down half a screenful"),
                ("pageup", -1, 1, "page-up", "Go up one screenful"),
                ("pagedown,space", 1, 1, "page-down", "Go down one screenful"),
                ("home,g", -1, 1000, "first", "Go to the beginning"),
                ("end,G,shift+g", 1, 1000, "last", "Go to the end"),
            )
        ),
    ]

    def __init__(self, sections: Iterable[Section], words: Sequence[tuple[str, str]]) -> None:
        """Take the keys of each place, and words with what they mean."""
        super().__init__()
        self._words = words
        self._sections = tuple((title, tuple(bindings)) for title, bindings in sections)
        self._box = VerticalScroll(can_focus=False)
        self._width = 0
        """For which the lines are broken."""

    def compose(self) -> ComposeResult:
        """List the sections in a box that scrolls where the terminal is small."""
        with self._box:
            self._box.border_title = Content("keys")
            self._box.border_subtitle = Content("↑ ↓  esc closes")
            titles = [title for title, _ in self._sections]
            titles += ["words on the screen"] if self._words else []
            # Filled at once: what comes with the first resize would jump into place.
            for title, content in zip(titles, self._contents(self.app.size.width), strict=True):
                yield Static(Content(title), classes="help-title")
                yield Static(content, classes="help-keys")

    def on_resize(self, event: events.Resize) -> None:
        """Break the lines anew."""
        if event.size.width == self._width:
            return
        contents = self._contents(event.size.width)
        for place, content in zip(self.query(".help-keys").results(Static), contents, strict=True):
            place.update(content)

    def action_scroll(self, direction: int, share: float) -> None:
        """Scroll by a share of the box, at least a line."""
        lines = max(1, int(self._box.size.height * share))
        self._box.scroll_relative(y=direction * lines, animate=False)

    def _contents(self, width: int) -> list[Content]:
        self._width = width
        tables = [self._table(bindings) for _, bindings in self._sections]
        tables += [list(self._words)] if self._words else []
        return [_columns(table, min(width, _WIDEST) - _FRAME) for table in tables]

    def _table(self, bindings: Iterable[Binding]) -> list[tuple[str, str]]:
        keys: dict[str, list[str]] = {}
        for binding in bindings:
            keys.setdefault(binding.tooltip, []).append(self.app.get_key_display(binding))
        return [(" ".join(dict.fromkeys(names)), tip) for tip, names in keys.items()]


def _columns(pairs: Iterable[tuple[str, str]], width: int) -> Content:
    """Return two columns, of which the left one gives way where its text is too long."""
    lines = []
    for left, right in pairs:
        first = max(_KEYS, len(left) + 1)
        rest = wrap(right, max(10, width - _KEYS - 2), initial_indent=" " * (first - _KEYS))
        texts = [text.strip() for text in rest]
        lines.append(Content.assemble((f"  {left:<{first}}", "$primary"), texts[0]))
        lines += [Content(" " * (_KEYS + 2) + text) for text in texts[1:]]
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
        yield TypedLine()
        yield Label(id="answer")

    def ask(self, question: Question) -> None:
        """Show the line with the question's text to change."""
        self.query_one("#question", Label).update(Content(question.title))
        field = self._field
        field.placeholder = question.hint or "enter keeps, esc goes back"
        field.begin(question.text, question.longest)
        self.answer("")
        field.focus()

    def answer(self, text: str, *, error: bool = False) -> None:
        """Say what the typed text leads to, or what is wrong with it; first what was cut."""
        self.is_wrong = error
        label = self.query_one("#answer", Label)
        told = self._field.told
        label.update(Content("; ".join(part for part in (told, text) if part)))
        label.set_class(error or bool(told), "-error")

    @property
    def _field(self) -> TypedLine:
        return self.query_one(TypedLine)

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
