"""The list of the groups, where one is shown, made, deleted or used."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from tickterm.market.groups import EVERYTHING, OWN_KEYS, Group
from tickterm.market.text import clean
from tickterm.ui.draw import numbers
from tickterm.ui.draw.spans import Line, fit, justify
from tickterm.ui.widgets.line_widget import LineWidget

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

__all__ = ["Choice", "Deed", "GroupScreen", "group_line"]

WIDEST = 72
"""Cells of the list, frame included, where there is room for more."""
_FRAME = 4
_LOOK_AGAIN = 0.2
"""Seconds between looks at the groups: another screen may change them."""
_KIND = 10
_DIGITS = (EVERYTHING, *OWN_KEYS)


class Deed(enum.Enum):
    """What is to be done with a group."""

    SHOW = "show"
    NEW = "new"
    DROP = "drop"
    USE = "use"


class Choice(NamedTuple):
    """What was chosen."""

    deed: Deed
    key: int


def group_line(
    key: int, group: Group | None, width: int, *, marked: bool = False, shown: bool = False
) -> Line:
    """Return a digit, the name of its group, how many symbols it has, and whose it is."""
    bar = ("▌" if marked else " ", "edge")
    here = ("●" if shown else " ", "edge")
    if group is None:
        return justify([bar, (f" {key} ", "label"), here, (" free", "label")], [], width)
    kind = "all" if key == EVERYTHING else "own list" if group.own else "universe"
    count = f"{numbers.count(len(group.symbols))} symbol{'' if len(group.symbols) == 1 else 's'}"
    right = [(count, "value"), (f"  {kind:<{_KIND}}", "muted")]
    name = clean(group.name) or "all that is watched"
    room = width - sum(len(text) for text, _ in right) - 7
    left = [bar, (f" {key} ", "brand"), here, (" ", "blank"), (fit(name, room), "symbol")]
    return justify(left, right, width)


class GroupScreen(ModalScreen[Choice | None]):
    """The digits from 1 to 9; what is chosen is done after the list has closed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "up", id="groups.up", tooltip="Mark the group above"),
        Binding("down,j", "move(1)", "down", id="groups.down", tooltip="Mark the group below"),
        Binding("enter", "choose('SHOW')", "show", id="groups.choose", tooltip="Show the group"),
        Binding("n", "choose('NEW')", "new", id="groups.make", tooltip="Make a list"),
        Binding("x", "choose('DROP')", "delete", id="groups.delete", tooltip="Delete the list"),
        Binding("u", "choose('USE')", "use", id="groups.use", tooltip="Watch this universe only"),
        Binding("escape,q,w", "dismiss", "Close", id="groups.close", tooltip="Close this list"),
        *(
            Binding(str(key), f"show({key})", "show", id=f"groups.key-{key}", tooltip="Show it")
            for key in _DIGITS
        ),
    ]

    def __init__(self, groups: Callable[[], Sequence[Group]], shown: int) -> None:
        """Take what gives the groups of the moment, and the digit of the one on the board."""
        super().__init__()
        self._groups = groups
        self._shown = shown
        self._marked = shown
        self._lines = LineWidget()
        self._box = Vertical(self._lines, id="groups")

    def compose(self) -> ComposeResult:
        """Put the list into its frame."""
        self._box.border_title = Content("groups")
        yield self._box

    def on_mount(self) -> None:
        """Follow the groups."""
        self.set_interval(_LOOK_AGAIN, self._draw)

    def on_resize(self, event: events.Resize) -> None:
        """Fit the lines."""
        width = min(event.size.width, WIDEST)
        self._box.styles.width = width
        keys = "enter shows  n new  x deletes  u uses  esc closes"
        self._box.border_subtitle = Content(keys if width > len(keys) + _FRAME else "esc closes")
        self._draw()

    def on_click(self, event: events.Click) -> None:
        """Mark the group that was clicked; one that is marked already is shown."""
        if event.widget is not self._lines or not 0 <= event.y < len(_DIGITS):
            return
        key = _DIGITS[event.y]
        if key == self._marked:
            self.action_choose("SHOW")
        self._marked = key
        self._draw()

    def action_move(self, lines: int) -> None:
        """Mark another group."""
        at = _DIGITS.index(self._marked) + lines
        self._marked = _DIGITS[max(0, min(at, len(_DIGITS) - 1))]
        self._draw()

    def action_show(self, key: int) -> None:
        """Show a group."""
        self._marked = key
        self.action_choose("SHOW")

    def action_choose(self, deed: str) -> None:
        """Close, and do this with the marked group; a digit without one makes one."""
        chosen = Deed[deed]
        is_free = all(group.key != self._marked for group in self._groups())
        if chosen is Deed.SHOW and is_free:
            chosen = Deed.NEW
        self.dismiss(Choice(chosen, self._marked))

    def _draw(self) -> None:
        width = min(self.size.width, WIDEST) - _FRAME
        groups = {group.key: group for group in self._groups()}
        self._lines.set_lines(
            [
                group_line(
                    key,
                    groups.get(key),
                    width,
                    marked=key == self._marked,
                    shown=key == self._shown,
                )
                for key in _DIGITS
            ]
        )
