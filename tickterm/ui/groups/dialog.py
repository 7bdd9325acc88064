"""The list of the groups, where one is shown, made, deleted or used."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from textual.binding import Binding, BindingType

from tickterm.market.groups import EVERYTHING, OWN_KEYS, Group
from tickterm.market.text import clean
from tickterm.ui.draw import numbers
from tickterm.ui.draw.spans import Line, fit, justify
from tickterm.ui.widgets.list_dialog import ListDialog, Row, list_keys, window

__all__ = ["Choice", "Deed", "GroupScreen", "group_line"]

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


class GroupScreen(ListDialog[Choice, int]):
    """The digits from 1 to 9; what is chosen is done after the list has closed."""

    WIDEST = 72
    HINT = "enter shows  n new  x deletes  u uses  ? keys  esc closes"
    BINDINGS: ClassVar[list[BindingType]] = [
        *list_keys("groups", "group"),
        Binding("enter", "act", "show", id="groups.choose", tooltip="Show the group"),
        Binding("n", "choose('NEW')", "new", id="groups.make", tooltip="Make a list"),
        Binding("x", "choose('DROP')", "delete", id="groups.delete", tooltip="Delete the list"),
        Binding("u", "choose('USE')", "use", id="groups.use", tooltip="Watch this universe only"),
        Binding("escape,q,w", "dismiss", "Close", id="groups.close", tooltip="Close this list"),
        *(
            Binding(str(key), f"show({key})", "show", id=f"groups.key-{key}", tooltip="Show it")
            for key in _DIGITS
        ),
    ]

    def __init__(
        self,
        groups: Callable[[], Sequence[Group]],
        shown: int,
        marked: int,
        may: Callable[[Choice], bool],
    ) -> None:
        """Take what gives the groups of the moment, the digits of the one on the board and of the
        one to mark, and what says whether a choice can be done, on the screen if not."""
        super().__init__("groups", marked)
        self._groups = groups
        self._shown = shown
        self._may = may

    def entry_keys(self) -> Sequence[int]:
        """Return the digits, with a group or without."""
        return _DIGITS

    def rows(self, marked: int, width: int, height: int) -> list[Row]:
        """Return the digits and their groups."""
        groups = {group.key: group for group in self._groups()}
        rows = []
        for place, key in enumerate(_DIGITS):
            is_marked, shown = place == marked, key == self._shown
            line = group_line(key, groups.get(key), width, marked=is_marked, shown=shown)
            rows.append(Row(line, place))
        return window(rows, marked, height, width)

    def needed_height(self) -> int:
        """Return a row for each digit."""
        return len(_DIGITS)

    def action_act(self) -> None:
        """Show the marked group."""
        self.action_choose("SHOW")

    def action_show(self, key: int) -> None:
        """Show a group."""
        self._put_mark(_DIGITS.index(key))
        self.action_choose("SHOW")

    def action_choose(self, deed: str) -> None:
        """Close, and do this with the marked group; a digit without one makes one."""
        chosen, key = Deed[deed], _DIGITS[self._mark.place(_DIGITS)]
        is_free = all(group.key != key for group in self._groups())
        if chosen is Deed.SHOW and is_free:
            chosen = Deed.NEW
        choice = Choice(chosen, key)
        if self._may(choice):
            self.dismiss(choice)
