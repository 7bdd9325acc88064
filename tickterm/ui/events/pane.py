"""The pane of pattern events: a title line and the list below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickterm.market.snapshot import DetectionView
from tickterm.ui.draw import numbers
from tickterm.ui.draw.spans import Span, justify, line_width
from tickterm.ui.events.detection import detection_detail, detection_word
from tickterm.ui.events.filter import parse
from tickterm.ui.events.view import EventView
from tickterm.ui.widgets.list_pane import ListPane

if TYPE_CHECKING:
    from tickterm.market.snapshot import PatternEvent, Snapshot

__all__ = ["EventPane"]

_LONGEST_FILTER = 24
_WORTH_SHOWING = 10
"""Cells of the detector's detail, of which less says nothing."""


class EventPane(ListPane[EventView]):
    """The events and their title."""

    def __init__(self) -> None:
        super().__init__("events", EventView(), "events")
        self._detection = DetectionView()
        self._now = 0.0

    def show(self, snapshot: Snapshot, now: float) -> list[PatternEvent]:
        """Add what is new; say who looks for patterns at engine time `now`; return the new."""
        self._detection, self._now = snapshot.detection, now
        fresh = self.view.take(snapshot.patterns)
        if self.view.on_view:
            self.refresh_title()
        return fresh

    def filter(self, text: str) -> None:
        """Show only events that the filter `text` lets pass; raises ValueError if it is none."""
        self.view.filter(parse(text))
        self.filter_text = text.strip()
        self.refresh_title()

    def on_show(self) -> None:
        """Bring the title up to date."""
        self.refresh_title()

    def refresh_title(self) -> None:
        """Say what is shown, what was missed, and who looks."""
        width = self.title.size.width
        head = [*self._heading(), (" ", "blank"), *self._counts(_LONGEST_FILTER)]
        word = detection_word(self._detection)
        looks = [("  ", "blank"), *([word] if word else [])]
        losses, right = self._losses(), [("  ", "blank"), *self._following()]
        room = width - line_width([*head, *looks, *losses, *right])
        if room >= _WORTH_SHOWING:
            text, role = detection_detail(self._detection, self._now, room - bool(word))
            looks.append((" " * bool(word) + text, role))
        self.title.set_lines([justify([*head, *looks, *losses], right, width)])

    def _losses(self) -> list[Span]:
        spans: list[Span] = []
        if missed := self.view.buffer.missed:
            spans.append((f"  {numbers.count(missed)} missed", "amber"))
        if gaps := self._detection.gaps:
            plural = "" if gaps == 1 else "s"
            spans.append((f"  cut off {numbers.count(gaps)} time{plural}", "amber"))
        return spans
