"""The commands of groups, and of the symbols that are watched."""

from __future__ import annotations

from tickterm.ui.commands.command import Command

__all__ = ["GROUP_COMMANDS"]

_SHOW = [
    Command(
        f"groups.show-{key}",
        str(key),
        f"show_group({key})",
        "Group",
        f"groups: Show group {key}",
        "Show a group of symbols; 1: all that are watched",
        hint=key == 1,
        key_display="1-9",
    )
    for key in range(1, 10)
]

GROUP_COMMANDS = [
    *_SHOW,
    Command(
        "groups.list",
        "w",
        "list_groups",
        "Groups",
        "groups: List the groups",
        "List the groups: show, make, delete, use one",
        hint=False,
    ),
    Command(
        "groups.new",
        "",
        "new_list",
        "New",
        "groups: Make a list of your own",
        "Put the symbols shown, or those you type, on a digit",
        hint=False,
    ),
    Command(
        "groups.drop",
        "",
        "drop_list",
        "Delete",
        "groups: Delete the list shown",
        "Delete the list of your own that is shown",
        hint=False,
    ),
    Command(
        "groups.universe",
        "",
        "ask_universe",
        "Universe",
        "groups: Watch another universe",
        "Watch another universe of the table, for everybody",
        hint=False,
    ),
    Command(
        "symbols.add",
        "a",
        "add_symbols",
        "Add",
        "symbols: Add symbols",
        "Watch more symbols, and put them into the list shown",
        hint=False,
    ),
    Command(
        "symbols.remove",
        "d",
        "remove_symbol",
        "Remove",
        "symbols: Take the marked symbol away",
        "Take the marked symbol out of the list, or stop watching it",
        hint=False,
    ),
]
