"""The pane of pattern events: a title line and the list below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical

from tickterm.market.snapshot import DetectionView
from tickterm.market.text import clean
from tickterm.ui import numbers
from tickterm.ui.detection import detection_detail, detection_word
from tickterm.ui.event_filter import parse
from tickterm.ui.event_view import EventView
from tickterm.ui.line_widget import LineWidget
from tickterm.ui.spans import Span, fit, justify, line_width

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tickterm.market.snapshot import PatternEvent, Snapshot

__all__ = ["EventPane"]

_LONGEST_FILTER = 24
_WORTH_SHOWING = 10
"""Cells of the detector's detail, of which less says nothing."""


class EventPane(Vertical):
    """Title and list."""

    filter_title = "events filter"

    def __init__(self) -> None:
        super().__init__()
        self.view = EventView()
        self.title = LineWidget()
        self.filter_text = ""
        self._detection = DetectionView()
        self._now = 0.0

    def compose(self) -> ComposeResult:
        """Put the title above the list."""
        yield self.title
        yield self.view

    def show(self, snapshot: Snapshot, now: float) -> list[PatternEvent]:
        """Add what is new; say who looks for patterns at engine time `now`; return the new."""
        self._detection, self._now = snapshot.detection, now
        fresh = self.view.take(snapshot.patterns)
        if self.view.on_view:
            self.refresh_title()
        return fresh

    @property
    def passing(self) -> str:
        """How many events pass the filter, in words."""
        buffer = self.view.buffer
        return f"{numbers.count(len(buffer.shown))} of {numbers.count(len(buffer))} events"

    def filter(self, text: str) -> None:
        """Show only events that the filter `text` lets pass; raises ValueError if it is none."""
        self.view.filter(parse(text))
        self.filter_text = text.strip()
        self.refresh_title()

    def toggle_following(self) -> None:
        """Follow the newest event, or stop here."""
        self.view.follow(following=not self.view.following)
        self.refresh_title()

    def on_resize(self) -> None:
        """Fit the title."""
        self.refresh_title()

    def on_show(self) -> None:
        """Bring the title up to date."""
        self.refresh_title()

    def on_descendant_focus(self) -> None:
        """Show that the keys move the events now."""
        self.refresh_title()

    def on_descendant_blur(self) -> None:
        """Show that they move them no more."""
        self.refresh_title()

    def on_event_view_moved(self) -> None:
        """Say whether the view still follows."""
        self.refresh_title()

    def refresh_title(self) -> None:
        """Say what is shown, what was missed, and who looks."""
        width = self.title.size.width
        head = [*self._heading(), *self._counts()]
        word = detection_word(self._detection)
        looks = [("  ", "blank"), *([word] if word else [])]
        losses, right = self._losses(), self._following()
        room = width - line_width([*head, *looks, *losses, *right])
        if room >= _WORTH_SHOWING:
            text, role = detection_detail(self._detection, self._now, room - bool(word))
            looks.append((" " * bool(word) + text, role))
        self.title.set_lines([justify([*head, *looks, *losses], right, width)])

    def _heading(self) -> list[Span]:
        if self.view.has_focus:
            return [("▌", "edge"), ("events ", "badge-plain"), (" ", "blank")]
        return [(" events ", "brand"), (" ", "blank")]

    def _counts(self) -> list[Span]:
        total = numbers.count(len(self.view.buffer))
        if not self.filter_text:
            return [(total, "muted")]
        text = fit(clean(self.filter_text), _LONGEST_FILTER)
        shown = numbers.count(len(self.view.buffer.shown))
        return [("filter: ", "label"), (text, "match"), (f" ({shown} of {total})", "muted")]

    def _losses(self) -> list[Span]:
        spans: list[Span] = []
        if missed := self.view.buffer.missed:
            spans.append((f"  {numbers.count(missed)} missed", "amber"))
        if gaps := self._detection.gaps:
            plural = "" if gaps == 1 else "s"
            spans.append((f"  cut off {numbers.count(gaps)} time{plural}", "amber"))
        return spans

    def _following(self) -> list[Span]:
        if self.view.following:
            return [("  following ", "muted")]
        waiting = self.view.buffer.waiting
        new = f", {numbers.count(waiting)} new" if waiting else ""
        return [("  ", "blank"), (f" paused{new} ", "badge-plain"), ("  p follows ", "muted")]
