"""A list in a frame above all else, of which one entry is marked, chosen and acted upon."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar, Generic, NamedTuple, TypeVar

from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from tickterm.ui.draw.spans import Line, crop
from tickterm.ui.widgets.line_widget import LineWidget
from tickterm.ui.widgets.steady_mark import SteadyMark

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

__all__ = ["ListDialog", "Row", "list_keys", "window"]

_FRAME_WIDTH, _FRAME_HEIGHT = 4, 2
_LOOK_AGAIN = 0.2
"""Seconds between looks: what is listed changes by itself, or by other screens."""
_FAR = 1_000_000
"""More entries than any list has."""

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


class Row(NamedTuple):
    """A line of a list."""

    line: Line
    place: int | None = None
    """Which entry it is, the first is 0; None: it is none."""


def list_keys(dialog: str, entry: str) -> list[Binding]:
    """Return the keys of every list: `dialog` begins their ids, `entry` is what is marked."""
    keys = (
        ("up,k", "move(-1)", "up", f"Mark the {entry} above"),
        ("down,j", "move(1)", "down", f"Mark the {entry} below"),
        ("pageup", "move_pages(-1)", "page-up", "Go up one screenful"),
        ("pagedown", "move_pages(1)", "page-down", "Go down one screenful"),
        ("home,g", f"move(-{_FAR})", "first", f"Mark the first {entry}"),
        ("end,G,shift+g", f"move({_FAR})", "last", f"Mark the last {entry}"),
        ("question_mark", "app.help", "help", "List the keys of this list"),
    )
    return [
        Binding(key, action, name, id=f"{dialog}.{name}", tooltip=tooltip)
        for key, action, name, tooltip in keys
    ]


def window(rows: Sequence[Row], marked: int, room: int, width: int) -> list[Row]:
    """Return `room` rows of a list with the one at `marked` among them, blank where it ends."""
    first = max(0, min(marked - room // 2, len(rows) - room))
    shown = list(rows[first : first + room])
    return shown + [Row(crop((), width))] * (room - len(shown))


class ListDialog(ModalScreen[Result | None], Generic[Result, Key], inherit_bindings=False):
    """Frame, mark and mouse of a list; closes with what was chosen, None: nothing."""

    WIDEST: ClassVar[int]
    """Cells, frame included, where there is room for more."""
    HINT: ClassVar[str]
    """The keys in few words."""

    def __init__(self, heading: str, marked: Key | None = None) -> None:
        """Take what the list is called, and which entry is marked at first; None: the first."""
        super().__init__()
        self.heading = heading
        self._mark: SteadyMark[Key] = SteadyMark(marked)
        self._height = 0
        self._rows: Sequence[Row] = ()
        self._lines = LineWidget()
        self._box = Vertical(self._lines)

    @abstractmethod
    def entry_keys(self) -> Sequence[Key]:
        """Return what tells the entries apart, in their order."""

    @abstractmethod
    def rows(self, marked: int, width: int, height: int) -> list[Row]:
        """Return the rows to show, at most `height`, those around the marked entry."""

    @abstractmethod
    def needed_height(self) -> int:
        """Return how many rows there should be, where there is room for them."""

    @abstractmethod
    def action_act(self) -> None:
        """Do what enter and a double click do."""

    def compose(self) -> ComposeResult:
        """Put the list into its frame."""
        self._box.border_title = Content(self.heading)
        yield self._box

    def on_mount(self) -> None:
        """Follow what is listed."""
        self.set_interval(_LOOK_AGAIN, self._draw)

    def on_resize(self, event: events.Resize) -> None:
        """Fit the lines."""
        width = min(event.size.width, self.WIDEST)
        height = min(event.size.height, self.needed_height() + _FRAME_HEIGHT)
        self._height = max(0, height - _FRAME_HEIGHT)
        self._box.styles.width, self._box.styles.height = width, height
        self._lines.styles.height = self._height
        has_room = width > len(self.HINT) + _FRAME_WIDTH
        self._box.border_subtitle = Content(self.HINT if has_room else "? keys  esc closes")
        self._draw()

    def on_click(self, event: events.Click) -> None:
        """Mark the entry that was clicked, act upon it the second time."""
        place = self._place_at(event)
        if place is None:
            return
        if event.chain == 2 and place == self._mark.place(self.entry_keys()):
            self.action_act()
        else:
            self._put_mark(place)

    def on_mouse_scroll_down(self) -> None:
        """Move the mark down."""
        self.action_move(1)

    def on_mouse_scroll_up(self) -> None:
        """Move the mark up."""
        self.action_move(-1)

    def action_move(self, entries: int) -> None:
        """Mark another entry."""
        self._put_mark(self._mark.place(self.entry_keys()) + entries)

    def action_move_pages(self, pages: int) -> None:
        """Move the mark by as many entries as are shown beside it."""
        marked = self._mark.place(self.entry_keys())
        places = (row.place for row in self._rows)
        runs = [list(run) for is_entry, run in groupby(places, _is_entry) if is_entry]
        page = next((len(run) for run in runs if marked in run), 1)
        self._put_mark(marked + pages * page)

    def _chosen(self) -> int | None:
        """Return the place of the marked entry, None where there is none.

        Of one that is gone this is said, and what is in its place is only marked.
        """
        keys = self.entry_keys()
        place = self._mark.place(keys)
        if self._mark.is_gone(keys):
            self.notify("what was marked is gone", markup=False)
            self._put_mark(place)
            return None
        return place if keys else None

    def _place_at(self, event: events.Click) -> int | None:
        lines = self._lines.region
        line = event.screen_y - lines.y
        is_inside = lines.contains(event.screen_x, event.screen_y) and line < len(self._rows)
        return self._rows[line].place if is_inside else None

    def _put_mark(self, place: int) -> None:
        self._mark.put(self.entry_keys(), place)
        self._draw()

    def _draw(self) -> None:
        width = max(0, min(self.size.width, self.WIDEST) - _FRAME_WIDTH)
        self._rows = self.rows(self._mark.place(self.entry_keys()), width, self._height)
        self._lines.set_lines([row.line for row in self._rows])


def _is_entry(place: int | None) -> bool:
    return place is not None
