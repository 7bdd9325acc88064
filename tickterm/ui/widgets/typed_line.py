"""An input that takes of a paste what fits, and tells what it has cut."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from textual.widgets import Input

if TYPE_CHECKING:
    from textual import events

__all__ = ["TypedLine"]

_CONTROL = r"\x00-\x1f\x7f-\x9f"
_CONTROLS = re.compile(f"[{_CONTROL}]+")


class TypedLine(Input):
    """One line of text. Lines that are pasted follow each other; control characters are blanks."""

    def __init__(self) -> None:
        # A pasted escape sequence must not come to the screen.
        super().__init__(compact=True, restrict=f"[^{_CONTROL}]*")
        self._told = ("", "")

    @property
    def told(self) -> str:
        """What was cut from the newest paste; empty once the text is another."""
        text, of = self._told
        return text if of == self.value else ""

    def begin(self, text: str, longest: int) -> None:
        """Show a text to change, which may become so many characters long; nobody is told."""
        self.max_length = longest
        self._told = ("", "")
        with self.prevent(self.Changed):
            self.value = text
        self.cursor_position = len(text)
        self.select_on_focus = not text.endswith(" ")  # a blank: to be continued

    def _on_paste(self, event: events.Paste) -> None:
        """Put the paste in the place of what is selected; only whole words, where it is cut."""
        event.stop()
        event.prevent_default()
        text = _CONTROLS.sub(" ", event.text).strip()
        start, end = sorted(self.selection)
        kept = _beginning(text, (self.max_length or 0) - len(self.value) + end - start)
        before = self.value
        self.replace(kept, start, end)
        cut = len(text) - len(kept)
        told = f"{cut:,} of {len(text):,} pasted characters cut: {self.max_length:,} fit"
        self._told = (told if cut else "", self.value)
        if self.value == before:
            self.post_message(self.Changed(self, before))


def _beginning(text: str, room: int) -> str:
    """Return as many whole words as there is room for; of one that is too long, its beginning."""
    if len(text) <= room:
        return text
    words, _, _ = text[: room + 1].rpartition(" ")
    return words or text[:room]
