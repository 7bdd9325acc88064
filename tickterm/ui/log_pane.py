"""The log pane: a title line and the line-drawn log below it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView

from tickterm.market.text import clean
from tickterm.ui import numbers
from tickterm.ui.line_widget import LineWidget
from tickterm.ui.log_buffer import LogBuffer, wrap_entry
from tickterm.ui.looks import ROLES, Looks
from tickterm.ui.spans import Line, Span, crop, fit, justify

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.strip import Strip

    from tickterm.market.snapshot import Notice

__all__ = ["LogPane", "LogView"]


class LogView(ScrollView, inherit_bindings=False):
    """The buffer's lines; scrolling up stops following, reaching the end follows again."""

    COMPONENT_CLASSES: ClassVar[set[str]] = ROLES
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, action, name, show=False, id=f"log.{name}", tooltip=tooltip)
        for key, action, name, tooltip in (
            ("up,k", "scroll_up", "up", "Look back one line and stop following"),
            ("down,j", "scroll_down", "down", "Look ahead one line"),
            ("pageup", "page_up", "page-up", "Look back one screenful"),
            ("pagedown", "page_down", "page-down", "Look ahead one screenful"),
            ("home", "scroll_home", "first", "Go to the oldest line"),
            ("end", "scroll_end", "last", "Go to the newest line and follow"),
        )
    ]

    class Moved(Message):
        """The reader has scrolled: what the title says may have changed."""

    def __init__(self) -> None:
        super().__init__()
        self.buffer = LogBuffer()
        self.following = True
        self._seen = 0
        """The serial after the newest entry that was on show while following."""
        self._next = 0
        self._looks = Looks(self)
        self._blocks: deque[tuple[int, int]] = deque()
        """Serial and lines of each entry on show."""
        self._lines: list[Line] = []

    @property
    def unseen(self) -> int:
        """Entries that came in since following stopped."""
        return 0 if self.following else self.buffer.added - self._seen

    @property
    def shown(self) -> int:
        """Entries that pass the filter."""
        return len(self._blocks)

    def take(self, notices: Iterable[Notice]) -> bool:
        """Add new notices; say whether there were any."""
        before = self.buffer.added
        self.buffer.take(notices)
        if self.buffer.added == before:
            return False
        dropped = self._drop_old()
        self._append_new()
        self._settle(dropped)
        return True

    def follow(self, *, following: bool) -> None:
        """Keep the newest line in sight, or stay here."""
        self.following = following
        self._seen = self.buffer.added
        self._settle(0)

    def filter(self, text: str) -> None:
        """Show only entries that contain `text`."""
        self.buffer.filter = text
        self._rebuild()

    def on_resize(self) -> None:
        """Wrap anew."""
        self._rebuild()

    def watch_show_vertical_scrollbar(self) -> None:
        """Give the scrollbar its cell, or take it back."""
        self._rebuild()

    def notify_style_update(self) -> None:
        """Take the colours of a new theme."""
        super().notify_style_update()
        self._looks.clear()
        self.refresh()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Follow at the end, stop following when scrolled up from there."""
        super().watch_scroll_y(old_value, new_value)
        at_end = new_value >= self.max_scroll_y
        if at_end == self.following or (at_end and new_value < old_value):
            return
        self.following = at_end
        self._seen = self.buffer.added
        self.post_message(self.Moved())

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        index = y + self.scroll_offset.y
        line = self._lines[index] if index < len(self._lines) else ()
        return self._looks.strip(crop(line, self._width))

    @property
    def _width(self) -> int:
        return self.scrollable_size.width

    def _drop_old(self) -> int:
        dropped = 0
        while self._blocks and self._blocks[0][0] < self.buffer.oldest:
            dropped += self._blocks.popleft()[1]
        del self._lines[:dropped]
        return dropped

    def _append_new(self) -> None:
        for entry in self.buffer.since(self._next):
            lines = wrap_entry(entry, self._width)
            self._blocks.append((entry.serial, len(lines)))
            self._lines += lines
        self._next = self.buffer.added

    def _rebuild(self) -> None:
        self._blocks.clear()
        self._lines.clear()
        self._next = 0
        self._append_new()
        self._settle(0)

    def _settle(self, dropped: int) -> None:
        """Put the view where it belongs: at the end, or still over the same lines."""
        here = max(0, self.scroll_offset.y - dropped)
        with self.prevent(self.Moved):
            following, seen = self.following, self._seen
            self.virtual_size = Size(self._width, len(self._lines))
            end = max(0, len(self._lines) - self.size.height)
            self.scroll_to(y=end if following else min(here, end), animate=False, force=True)
            self.following, self._seen = following, seen
        self.refresh()


class LogPane(Vertical):
    """Title and view."""

    filter_title = "log filter"

    def __init__(self) -> None:
        super().__init__()
        self.view = LogView()
        self.title = LineWidget()

    def compose(self) -> ComposeResult:
        """Put the title above the view."""
        yield self.title
        yield self.view

    def show(self, notices: tuple[Notice, ...]) -> None:
        """Add what is new."""
        if self.view.take(notices) or not self.title.text:
            self.refresh_title()

    @property
    def filter_text(self) -> str:
        """What lines must contain."""
        return self.view.buffer.filter

    @property
    def passing(self) -> str:
        """How many lines contain it, in words."""
        return f"{self.view.shown} of {len(self.view.buffer)} lines"

    def filter(self, text: str) -> None:
        """Show only lines that contain `text`."""
        self.view.filter(text)
        self.refresh_title()

    def toggle_following(self) -> None:
        """Follow the newest line, or stop here."""
        self.view.follow(following=not self.view.following)
        self.refresh_title()

    def on_resize(self) -> None:
        """Fit the title."""
        self.refresh_title()

    def on_descendant_focus(self) -> None:
        """Show that the keys move the log now."""
        self.refresh_title()

    def on_descendant_blur(self) -> None:
        """Show that they move it no more."""
        self.refresh_title()

    def on_log_view_moved(self) -> None:
        """Say whether the view still follows."""
        self.refresh_title()

    def refresh_title(self) -> None:
        """Say what is shown."""
        view, buffer = self.view, self.view.buffer
        left: list[Span] = [(" log ", "brand"), ("  ", "blank")]
        if view.has_focus:
            left[:1] = [("▌", "edge"), ("log ", "badge-plain")]
        if buffer.filter:
            text = fit(clean(buffer.filter), 30)
            numbers_of = f" ({numbers.count(view.shown)} of {numbers.count(len(buffer))})"
            left += [("filter: ", "label"), (text, "match"), (numbers_of, "muted")]
        else:
            left.append((f"{numbers.count(len(buffer))} lines", "muted"))
        right: list[Span] = [("following ", "muted")]
        if not view.following:
            new = f", {numbers.count(view.unseen)} new" if view.unseen else ""
            right = [(f" paused{new} ", "badge-plain"), ("  p follows ", "muted")]
        self.title.set_lines([justify(left, right, self.title.size.width)])
