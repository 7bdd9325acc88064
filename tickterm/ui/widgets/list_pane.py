"""What log and events have in common: a title line, and below it a list that follows the newest."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, Generic, NamedTuple, TypeVar

from textual.containers import Vertical
from textual.message import Message
from textual.scroll_view import ScrollView

from tickterm.market.text import clean
from tickterm.ui.draw import numbers
from tickterm.ui.draw.looks import ROLES, Looks
from tickterm.ui.draw.spans import Span, fit
from tickterm.ui.widgets.line_widget import LineWidget
from tickterm.ui.widgets.opaque import Opaque

if TYPE_CHECKING:
    from textual.app import ComposeResult

__all__ = ["Counts", "FollowingView", "ListPane"]


class Counts(NamedTuple):
    """How many entries a list has."""

    total: int
    shown: int
    """Those that pass the filter."""
    unseen: int
    """Those that came in since following stopped."""


class FollowingView(ScrollView, Opaque, inherit_bindings=False):
    """A list that keeps its newest entry in sight until the reader goes elsewhere."""

    COMPONENT_CLASSES: ClassVar[set[str]] = ROLES

    class Moved(Message):
        """The reader has moved: what the title says may have changed."""

    def __init__(self) -> None:
        super().__init__()
        self.following = True
        self._looks = Looks(self)

    @property
    @abstractmethod
    def counts(self) -> Counts:
        """How many entries there are."""

    @abstractmethod
    def follow(self, *, following: bool) -> None:
        """Keep the newest entry in sight, or stay here."""

    def watch_show_vertical_scrollbar(self) -> None:
        """Let a scrollbar that comes only now stand where the view is."""
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.position = self.scroll_y

    def notify_style_update(self) -> None:
        """Take the colours of a new theme."""
        super().notify_style_update()
        self._looks.clear()
        self.refresh()


View = TypeVar("View", bound=FollowingView)


class ListPane(Vertical, Generic[View]):
    """Title and list."""

    def __init__(self, heading: str, view: View, entries: str) -> None:
        """Take what the list is called, the list, and what is in it, such as `lines`."""
        super().__init__()
        self.heading = heading
        self.view = view
        self.title = LineWidget()
        self.entries = entries
        self.filter_title = f"{heading} filter"
        self.filter_hint = ""
        """What may be typed as a filter, in few words."""
        self.filter_text = ""
        """What the entries shown must match."""

    @property
    def passing(self) -> str:
        """How many entries pass the filter, in words."""
        counts = self.view.counts
        shown, total = numbers.count(counts.shown), numbers.count(counts.total)
        return f"{shown} of {total} {self.entries}"

    def compose(self) -> ComposeResult:
        """Put the title above the list."""
        yield self.title
        yield self.view

    def toggle_following(self) -> None:
        """Follow the newest entry, or stop here."""
        self.view.follow(following=not self.view.following)
        self.refresh_title()

    def on_resize(self) -> None:
        """Fit the title."""
        self.refresh_title()

    def on_descendant_focus(self) -> None:
        """Show that the keys move the list now."""
        self.refresh_title()

    def on_descendant_blur(self) -> None:
        """Show that they move it no more."""
        self.refresh_title()

    def on_following_view_moved(self) -> None:
        """Say whether the view still follows."""
        self.refresh_title()

    @abstractmethod
    def refresh_title(self) -> None:
        """Say what is shown."""

    def _heading(self) -> list[Span]:
        if self.view.has_focus:
            return [("▌", "edge"), (f"{self.heading} ", "badge-plain")]
        return [(f" {self.heading} ", "brand")]

    def _counts(self, longest_filter: int, noun: str = "") -> list[Span]:
        """Return how many there are; with a filter, at most so long, also how many pass it."""
        counts = self.view.counts
        total = numbers.count(counts.total)
        if not self.filter_text:
            return [(f"{total}{noun}", "muted")]
        text = fit(clean(self.filter_text), longest_filter)
        passing = f" ({numbers.count(counts.shown)} of {total})"
        return [("filter: ", "label"), (text, "match"), (passing, "muted")]

    def _following(self) -> list[Span]:
        if self.view.following:
            return [("following ", "muted")]
        unseen = self.view.counts.unseen
        new = f", {numbers.count(unseen)} new" if unseen else ""
        return [(f" paused{new} ", "badge-plain"), ("  p follows ", "muted")]
