"""The list of pattern events, newest first, of which one is marked."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.geometry import Size

from tickterm.ui.draw.spans import crop
from tickterm.ui.events.buffer import EventBuffer
from tickterm.ui.events.filter import EventFilter
from tickterm.ui.events.lines import event_line
from tickterm.ui.widgets.list_pane import Counts, FollowingView

if TYPE_CHECKING:
    from textual import events
    from textual.strip import Strip

    from tickterm.market.snapshot import PatternEvent

__all__ = ["EventView"]


class EventView(FollowingView):
    """The buffer's events; going down the list holds it, reaching the top follows again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, action, name, show=False, id=f"events.{name}", tooltip=tooltip)
        for key, action, name, tooltip in (
            ("up,k", "move(-1)", "up", "Mark the newer event"),
            ("down,j", "move(1)", "down", "Mark the older event and stop following"),
            ("pageup", "move_pages(-1)", "page-up", "Mark an event one screenful newer"),
            ("pagedown", "move_pages(1)", "page-down", "Mark an event one screenful older"),
            ("ctrl+u", "move_halves(-1)", "half-up", "Mark an event half a screenful newer"),
            ("ctrl+d", "move_halves(1)", "half-down", "Mark an event half a screenful older"),
            ("home,g", "newest", "newest", "Mark the newest event and follow"),
            ("end,G,shift+g", "oldest", "oldest", "Mark the oldest event"),
        )
    ]

    def __init__(self) -> None:
        super().__init__()
        self.buffer = EventBuffer()
        self._marked = 0
        """Number of the marked event, while not following."""
        self._settling = False
        self.on_view = False
        """Whether the list has a place on the screen."""

    @property
    def counts(self) -> Counts:
        """How many events there are."""
        return Counts(len(self.buffer), len(self.buffer.shown), self.buffer.waiting)

    @property
    def marked(self) -> PatternEvent | None:
        """The marked event, None where there is none."""
        return self._at(self._cursor)

    def take(self, patterns: Sequence[PatternEvent]) -> list[PatternEvent]:
        """Add new events; return them, oldest first."""
        fresh = self.buffer.take(patterns)
        if fresh and self.on_view and self.following:
            self._settle(None)
        return fresh

    def follow(self, *, following: bool) -> None:
        """Keep the newest event in sight, or stay here with the list as it is."""
        marked, top = self.marked, self._at(self.scroll_offset.y)
        self.following = following
        self.buffer.hold(held=not following)
        self._marked = marked.number if marked else 0
        self._settle(top)

    def filter(self, wanted: EventFilter) -> None:
        """Show only what passes."""
        top = self._at(self.scroll_offset.y)
        self.buffer.filter(wanted)
        self._settle(top)

    def action_move(self, events: int) -> None:
        """Move the mark."""
        self._place(self._cursor + events)

    def action_move_pages(self, pages: int) -> None:
        """Move the mark by screenfuls."""
        self._place(self._cursor + pages * max(1, self.size.height))

    def action_move_halves(self, halves: int) -> None:
        """Move the mark by halves of a screenful."""
        self._place(self._cursor + halves * max(1, self.size.height // 2))

    def action_newest(self) -> None:
        """Mark the newest event."""
        self._place(0)

    def action_oldest(self) -> None:
        """Mark the oldest event."""
        self._place(len(self.buffer.shown) - 1)

    async def on_click(self, event: events.Click) -> None:
        """Mark the event that was clicked, look closely at it the second time."""
        self._place(event.y + self.scroll_offset.y)
        if event.chain == 2:
            await self.run_action("app.open_chart")

    def on_resize(self) -> None:
        """Draw for another width."""
        self._settle(self._at(self.scroll_offset.y))

    def on_show(self) -> None:
        """Catch up with what came in."""
        self.on_view = True
        self._settle(self._at(self.scroll_offset.y))

    def on_hide(self) -> None:
        """Draw nothing, which would cost as much as if it were seen."""
        self.on_view = False

    def watch_has_focus(self, _has_focus: bool) -> None:
        """Show whether the keys move the mark."""
        super().watch_has_focus(_has_focus)
        self.refresh()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Stop following when scrolled away from the top, follow again there."""
        super().watch_scroll_y(old_value, new_value)
        if not self._settling and self.following == bool(new_value):
            self.follow(following=not new_value)
            self.post_message(self.Moved())

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        position, width = y + self.scroll_offset.y, self.scrollable_size.width
        event = self._at(position)
        if event is None:
            told = (
                ""
                if self.buffer.shown or y
                else f" no {'event passes' if len(self.buffer) else 'patterns yet'}"
            )
            return self._looks.strip(crop(((told, "muted"),), width))
        line = event_line(event, width)
        if position != self._cursor or not self.has_focus:
            return self._looks.strip(line)
        return self._looks.strip((("▌", "edge"), *line[1:]), ground="card-selected")

    @property
    def _cursor(self) -> int:
        """Position of the mark, 0 is the newest."""
        return (
            0 if self.following else min(self._position(self._marked), len(self.buffer.shown) - 1)
        )

    def _at(self, position: int) -> PatternEvent | None:
        shown = self.buffer.shown
        return shown[-1 - position] if 0 <= position < len(shown) else None

    def _position(self, number: int) -> int:
        """Return how many events shown are newer than the one with a number."""
        shown = self.buffer.shown
        return len(shown) - bisect_left(shown, number + 1, key=lambda event: event.number)

    def _place(self, position: int) -> None:
        position = max(0, min(position, len(self.buffer.shown) - 1))
        event = self._at(position)
        if event is None:
            return
        if self.following != (not position):
            self.follow(following=not position)
        self._marked = event.number
        self._scroll(max(min(self.scroll_offset.y, position), position + 1 - self.size.height))
        self.refresh()
        self.post_message(self.Moved())

    def _settle(self, top: PatternEvent | None) -> None:
        """Put the view where it belongs: at the top, or still with `top` as its first line."""
        y = self._position(top.number) if top and not self.following else 0
        self._settling = True
        self.virtual_size = Size(self.scrollable_size.width, len(self.buffer.shown))
        self._settling = False
        self._scroll(y)
        self.refresh()

    def _scroll(self, y: int) -> None:
        self._settling = True
        self.scroll_to(y=y, animate=False, force=True)
        self._settling = False
