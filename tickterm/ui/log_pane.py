"""The log pane: a title line and the line-drawn log below it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.geometry import Size

from tickterm.ui.list_pane import Counts, FollowingView, ListPane
from tickterm.ui.log_buffer import LogBuffer, wrap_entry
from tickterm.ui.spans import Line, crop, justify

if TYPE_CHECKING:
    from textual.strip import Strip

    from tickterm.market.snapshot import Notice

__all__ = ["LogPane", "LogView"]

_LONGEST_FILTER = 30


class LogView(FollowingView):
    """The buffer's lines; scrolling up stops following, reaching the end follows again."""

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

    def __init__(self) -> None:
        super().__init__()
        self.buffer = LogBuffer()
        self._seen = 0
        """The serial after the newest entry that was on show while following."""
        self._next = 0
        self._blocks: deque[tuple[int, int]] = deque()
        """Serial and lines of each entry on show."""
        self._lines: list[Line] = []

    @property
    def counts(self) -> Counts:
        """How many entries there are."""
        unseen = 0 if self.following else self.buffer.added - self._seen
        return Counts(len(self.buffer), len(self._blocks), unseen)

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


class LogPane(ListPane[LogView]):
    """The log and its title."""

    def __init__(self) -> None:
        super().__init__("log", LogView(), "lines")

    def show(self, notices: tuple[Notice, ...]) -> None:
        """Add what is new."""
        if self.view.take(notices) or not self.title.text:
            self.refresh_title()

    def filter(self, text: str) -> None:
        """Show only lines that contain `text`."""
        self.view.filter(text)
        self.filter_text = text
        self.refresh_title()

    def refresh_title(self) -> None:
        """Say what is shown."""
        left = [*self._heading(), ("  ", "blank"), *self._counts(_LONGEST_FILTER, " lines")]
        self.title.set_lines([justify(left, self._following(), self.title.size.width)])
