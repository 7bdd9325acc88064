"""What a person can do with the board."""

from __future__ import annotations

from tickterm.ui.board.order import Sort
from tickterm.ui.commands.command import Command

__all__ = ["BOARD_ACTIONS", "BOARD_COMMANDS"]

_SORTS = [
    Command(
        f"board.sort-{sort.name.lower()}",
        "",
        f"sort('{sort.name}')",
        sort.value,
        f"board: Sort by {sort.value}",
        f"Sort by {sort.value}, {sort.usual}",
    )
    for sort in Sort
]
BOARD_COMMANDS = [
    Command(
        "board.find",
        "slash",
        "find",
        "Find",
        "board: Find a symbol",
        "Find a symbol, in the log a regular expression",
    ),
    Command(
        "board.clear",
        "escape",
        "clear",
        "Clear",
        "board: Clear what was found",
        "Forget what was found, or else the board's filter",
        hint=False,
    ),
    Command(
        "board.sort",
        "s",
        "next_sort",
        "Sort",
        "board: Change the sort order",
        "Sort by symbol, % change, volume, age, as listed",
    ),
    Command(
        "board.reverse",
        "S,shift+s",
        "reverse_sort",
        "Reverse",
        "board: Reverse the sort order",
        "Turn the order round: ▲ is A to Z or small to large, ▼ the other way",
        hint=False,
        key_display="S",
    ),
    Command(
        "board.view",
        "v",
        "toggle_table",
        "Table",
        "board: Show a table, or tiles",
        "Change between tiles and the table",
    ),
    Command(
        "board.freeze",
        "f",
        "freeze_order",
        "Freeze",
        "board: Freeze the order, or let it go on",
        "Keep every symbol in its place, whatever the values do",
    ),
    Command(
        "board.sort-left",
        "less_than_sign",
        "sort_column(-1)",
        "Column",
        "board: Sort by the column to the left",
        "Sort by the column to the left",
        hint=False,
        key_display="<",
    ),
    Command(
        "board.sort-right",
        "greater_than_sign",
        "sort_column(1)",
        "Column",
        "board: Sort by the column to the right",
        "Sort by the column to the right",
        hint=False,
        key_display=">",
    ),
    Command(
        "board.pause",
        "space",
        "pause",
        "Pause",
        "board: Pause looking",
        "Freeze tiles or chart; all else goes on",
        key_display="space",
    ),
    *_SORTS,
]
BOARD_ACTIONS = frozenset(
    "clear next_sort reverse_sort sort toggle_table freeze_order sort_column open_chart".split()
)
"""Actions that make sense only while the board is to be seen."""
