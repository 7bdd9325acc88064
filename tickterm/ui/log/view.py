"""The lines of the log: they follow the newest, or stay where the reader looks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual.geometry import Size

from tickterm.ui.draw.spans import crop
from tickterm.ui.log.buffer import Entry, LogBuffer
from tickterm.ui.log.filter import LogFilter
from tickterm.ui.log.find import Search, TooSlow
from tickterm.ui.log.keys import log_bindings
from tickterm.ui.log.lines import draw
from tickterm.ui.log.wrapped import WrappedLog
from tickterm.ui.widgets.list_pane import Counts, FollowingView

if TYPE_CHECKING:
    from textual import events
    from textual.binding import BindingType
    from textual.strip import Strip

    from tickterm.market.snapshot import Notice

__all__ = ["LogView", "Place"]


class Place(NamedTuple):
    """Where a reader is in the log."""

    following: bool
    marked: int | None
    """Serial of an entry."""
    y: int
    """The first line in sight."""
    search: Search | None


class LogView(FollowingView):
    """The buffer's lines; marking one stops following, going past the newest follows again."""

    BINDINGS: ClassVar[list[BindingType]] = [*log_bindings()]

    def __init__(self) -> None:
        super().__init__()
        self.buffer = LogBuffer()
        self.search: Search | None = None
        """What is looked for, among the entries on show."""
        self.wrapped = 0
        """1 if the last step to a match went round to the top, -1 if to the bottom, else 0."""
        self._seen = 0
        """The serial after the newest entry that was on show while following."""
        self._unseen = 0
        """Lines that passed the filter since then."""
        self._next = 0
        self._lines = WrappedLog()
        self._marked: int | None = None
        """Serial of the marked entry; None while following."""
        self._settling = False

    @property
    def counts(self) -> Counts:
        """How many entries there are."""
        buffer, shown = self.buffer, self._lines
        gaps = sum(serial in shown for serial in buffer.gaps)
        return Counts(buffer.lines, len(shown.serials) - gaps, self._unseen)

    @property
    def marked(self) -> Entry | None:
        """The marked entry, None where none is marked or the filter hides it."""
        if self._marked is None or self._marked not in self._lines:
            return None
        return self.buffer.at(self._marked)

    @property
    def shown(self) -> list[Entry]:
        """The entries that pass the filter, oldest first."""
        return self.buffer.since(0)

    def take(self, notices: Iterable[Notice]) -> bool:
        """Add new notices; say whether there were any."""
        before = self.buffer.added
        self.buffer.take(notices)
        if self.buffer.added == before:
            return False
        dropped = self._drop_old()
        self._append_new()
        self._settle(self.scroll_offset.y - dropped)
        return True

    def follow(self, *, following: bool) -> None:
        """Keep the newest line in sight, or stay here."""
        self._stop_or_follow(following=following)
        self._settle(self.scroll_offset.y)

    def filter(self, wanted: LogFilter) -> None:
        """Show only what passes."""
        self.buffer.filter = wanted
        if self.search is not None:
            self.search.clear()
            self._seek(self.shown)
        self._unseen = 0
        self._count(self.buffer.since(self._seen))
        self._wrap_anew()

    def find(self, search: Search | None) -> None:
        """Look for something else, or for nothing; raises TooSlow, and looks for nothing."""
        self.search, self.wrapped = None, 0
        self.refresh()
        if search is not None:
            search.take(self.shown)
            self.search = search

    def go_to_match(self, step: int, *, or_stay: bool = False) -> None:
        """Mark the next match up (-1) or down (1); the marked line may be the one that is meant."""
        here = self._marked
        if here is not None and or_stay:
            here -= step
        if self.search is not None and (match := self.search.step(here, step)) is not None:
            serial, wrapped = match
            self.wrapped = step if wrapped else 0
            self.mark(serial)

    @property
    def place(self) -> Place:
        """Where the reader is."""
        return Place(self.following, self._marked, self.scroll_offset.y, self.search)

    def go_back(self, place: Place) -> None:
        """Bring the reader back to where he was."""
        self._stop_or_follow(following=place.following)
        self._marked, self.search = place.marked, place.search
        self._settle(place.y)
        self.post_message(self.Moved())

    def mark(self, serial: int) -> None:
        """Mark an entry, and stay with it."""
        self._stop_or_follow(following=False)
        self._marked = serial
        self._bring_into_sight(serial)
        self.refresh()
        self.post_message(self.Moved())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the key to others when there is nothing to take away."""
        if action == "forget":
            return self.search is not None or self._marked is not None
        return super().check_action(action, parameters)

    def action_move(self, entries: int) -> None:
        """Move the mark; at first it comes to the last line in sight."""
        if not self._lines or (self.following and entries > 0):
            return
        if self._marked is None:
            bottom = min(self.scroll_offset.y + self.size.height, len(self._lines)) - 1
            self._mark_line(bottom)
            return
        self._mark_at(self._lines.position(self._marked) + entries)

    def action_move_pages(self, pages: float) -> None:
        """Move the mark by screenfuls."""
        if not self._lines or (self.following and pages > 0):
            return
        here = self.scroll_offset.y + self.size.height - 1
        if self._marked is not None:
            here = self._lines.line(self._marked)
        there = here + (int(pages * self.size.height) or (1 if pages > 0 else -1))
        if there >= len(self._lines):
            self.action_newest()
        else:
            self._mark_line(max(0, there))

    def action_oldest(self) -> None:
        """Mark the oldest line."""
        if self._lines:
            self._mark_at(0)

    def action_newest(self) -> None:
        """Follow the newest line."""
        self.follow(following=True)
        self.post_message(self.Moved())

    def action_forget(self) -> None:
        """Take the highlights away, and the mark."""
        self.find(None)
        self._marked = None
        self.post_message(self.Moved())

    def on_click(self, event: events.Click) -> None:
        """Mark the line that was clicked."""
        self._mark_line(event.y + self.scroll_offset.y)

    def on_resize(self) -> None:
        """Wrap anew."""
        self._wrap_anew()

    def watch_show_vertical_scrollbar(self) -> None:
        """Give the scrollbar its cell, or take it back."""
        super().watch_show_vertical_scrollbar()
        self._wrap_anew()

    def watch_has_focus(self, _has_focus: bool) -> None:
        """Show whether the keys move the mark."""
        super().watch_has_focus(_has_focus)
        self.refresh()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Follow at the end, stop following when scrolled up from there."""
        super().watch_scroll_y(old_value, new_value)
        at_end = new_value >= self.max_scroll_y
        if self._settling or at_end == self.following or (at_end and new_value < old_value):
            return
        self._stop_or_follow(following=at_end)
        self.refresh()
        self.post_message(self.Moved())

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        piece, width = self._lines.at(y + self.scroll_offset.y), self._width
        if piece is None:
            return self._looks.strip(crop((), width))
        found = self.search.spans(piece.entry.text) if self.search is not None else ()
        marked = piece.serial == self._marked
        line = draw(piece, found, marked=marked and self.has_focus)
        return self._looks.strip(crop(line, width), ground="card-selected" if marked else "blank")

    @property
    def _width(self) -> int:
        return self.scrollable_size.width

    def _mark_at(self, position: int) -> None:
        """Mark the entry at a position; after the newest, follow."""
        if position >= len(self._lines.serials):
            self.action_newest()
        else:
            self.mark(self._lines.serials[max(0, position)])

    def _mark_line(self, line: int) -> None:
        """Mark the entry that stands on a line, if there is one."""
        piece = self._lines.at(line)
        if piece is not None:
            self.mark(piece.serial)

    def _stop_or_follow(self, *, following: bool) -> None:
        if following or self.following:
            self._seen, self._unseen = self.buffer.added, 0
        if following:
            self._marked = None
        self.following = following

    def _drop_old(self) -> int:
        """Forget what has fallen out of the buffer; return how many lines that were."""
        oldest = self.buffer.oldest
        dropped = self._lines.drop(oldest)
        if self.search is not None:
            self.search.drop(oldest)
        if self._marked is not None and self._marked < oldest:
            self._marked = None
        return dropped

    def _append_new(self) -> None:
        entries = self.buffer.since(self._next)
        self._lines.append(entries, self._width)
        self._next = self.buffer.added
        self._count(entries)
        self._seek(entries)

    def _count(self, entries: Iterable[Entry]) -> None:
        """Count what comes while the reader stays elsewhere."""
        if not self.following:
            self._unseen += sum(not entry.is_gap for entry in entries)

    def _seek(self, entries: Iterable[Entry]) -> None:
        """Look for matches among entries, or no more for any if it takes too long."""
        try:
            if self.search is not None:
                self.search.take(entries)
        except TooSlow:
            self.search = None
            self.notify("find was ended: it takes too long", severity="warning", markup=False)

    def _wrap_anew(self) -> None:
        """Make all lines anew, for another width or filter, and stay where we were."""
        top = self._lines.at(self.scroll_offset.y)
        self._lines.wrap(self.shown, self._width)
        self._settle(self._lines.line(top.serial if top is not None else 0))
        if self._marked is not None and self._marked in self._lines:
            self._bring_into_sight(self._marked)

    def _bring_into_sight(self, serial: int) -> None:
        first, end = self._lines.line(serial), self._lines.line(serial + 1)
        self._scroll(min(max(self.scroll_offset.y, end - self.size.height), first))

    def _settle(self, here: int) -> None:
        """Put the view where it belongs: at the end, or with line `here` as its first."""
        self._settling = True
        self.virtual_size = Size(self._width, len(self._lines))
        self._settling = False
        end = max(0, len(self._lines) - self.size.height)
        self._scroll(end if self.following else max(0, min(here, end)))
        self.refresh()

    def _scroll(self, y: int) -> None:
        self._settling = True
        self.scroll_to(y=y, animate=False, force=True)
        self._settling = False
