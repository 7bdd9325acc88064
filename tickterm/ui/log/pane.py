"""The log pane: a title line and the line-drawn log below it."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from tickterm.ui.draw import numbers
from tickterm.ui.draw.spans import justify, line_width
from tickterm.ui.log.filter import HINT, parse, step_level
from tickterm.ui.log.find import Search
from tickterm.ui.log.lines import newest_within, plain
from tickterm.ui.log.title import Facts, Found, title_spans
from tickterm.ui.log.view import LogView
from tickterm.ui.widgets.list_pane import ListPane

if TYPE_CHECKING:
    from tickterm.market.snapshot import Notice

__all__ = ["MOST_COPIED", "LogPane"]

MOST_COPIED = 55_000
"""Bytes; in base 64 they are 74 kB, and many terminals ignore what is longer."""


class LogPane(ListPane[LogView]):
    """The log and its title."""

    def __init__(self) -> None:
        super().__init__("log", LogView(), "lines")
        self.filter_hint = HINT
        self._hidden = 0

    def show(self, notices: tuple[Notice, ...], hidden: int = 0) -> None:
        """Add what is new, and how many lines rate limiting has hidden so far."""
        changed = hidden != self._hidden
        self._hidden = hidden
        if self.view.take(notices) or changed or not self.title.text:
            self.refresh_title()

    def filter(self, text: str) -> None:
        """Show only lines that the filter `text` lets pass; raises ValueError if it is none."""
        self.view.filter(parse(text))
        self.filter_text = text.strip()
        self.refresh_title()

    def step_level(self) -> None:
        """Show only lines of the next level and above, after `error` all again."""
        self.filter(step_level(self.filter_text))

    def find(self, text: str) -> int:
        """Look for a regular expression and return how many lines match.

        Raises:
            ValueError: it is none, or takes too long; the text says so.
        """
        search = Search(text)
        try:
            self.view.find(search)
        finally:
            self.refresh_title()
        return len(search.serials)

    def copied(self) -> tuple[str, str]:
        """Return the marked line, or the newest that pass the filter, and how many these are."""
        marked = self.view.marked
        lines = [plain(entry) for entry in (self.view.shown if marked is None else [marked])]
        taken = newest_within(lines, MOST_COPIED)
        told = f"{numbers.count(len(lines))} line{'' if len(lines) == 1 else 's'}"
        if len(taken) < len(lines):
            newest = numbers.count(len(taken))
            told = f"the newest {newest} of {told}, as much as terminals take,"
        return "\n".join(taken), told

    def refresh_title(self) -> None:
        """Say what is shown, what was found and what was hidden."""
        width = self.title.size.width
        head, right = [*self._heading(), ("  ", "blank")], self._following()
        facts, room = self._facts(), width - line_width(head) - 1
        spans = title_spans(facts, room - line_width(right))
        if line_width(spans) > room - line_width(right):  # then without the key that follows
            right = right[:1]
            spans = title_spans(facts, room - line_width(right))
        self.title.set_lines([justify([*head, *spans], right, width)])

    def _facts(self) -> Facts:
        view, counts = self.view, self.view.counts
        return Facts(
            counts.total,
            counts.shown,
            view.buffer.ever,
            self.filter_text,
            self._found(),
            self._hidden,
            view.buffer.missed,
        )

    def _found(self) -> Found | None:
        search, marked = self.view.search, self.view.marked
        if search is None:
            return None
        position = None
        if marked is not None:
            index = bisect_left(search.serials, marked.serial)
            position = index + 1 if search.serials[index : index + 1] == [marked.serial] else None
        return Found(search.text, len(search.serials), position, self.view.wrapped)
