"""What a person can do with the board besides finding and sorting."""

from __future__ import annotations

from tickterm.ui.commands.command import Command

__all__ = ["BOARD_ACTIONS", "BOARD_COMMANDS"]

BOARD_COMMANDS = [
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
]
BOARD_ACTIONS = frozenset({"toggle_table", "freeze_order", "sort_column"})
"""Of these, what makes sense only while the board is to be seen."""
