"""What a person can do: one table that makes the keys, the palette and the help."""

from __future__ import annotations

from typing import NamedTuple

from textual.binding import Binding

from tickterm.ui.order import Sort

__all__ = ["BROWSER_KEYS", "COMMANDS", "Command", "app_bindings"]

BROWSER_KEYS = frozenset({"ctrl+q"})
"""Keys that a browser keeps for itself."""


class Command(NamedTuple):
    """An action of the app; `keys` is empty when only the palette has it."""

    id: str
    keys: str
    action: str
    label: str
    """One word for the key hints."""
    title: str
    """`group: Verb object`, for the palette."""
    tooltip: str
    hint: bool = True
    """Whether the key hints show it."""
    key_display: str | None = None


_SORTS = [
    Command(
        f"board.sort-{sort.name.lower()}",
        "",
        f"sort('{sort.name}')",
        sort.value,
        f"board: Sort by {sort.value}",
        f"Show the tiles in the order: {sort.value}",
    )
    for sort in Sort
]

COMMANDS = [
    Command("app.help", "question_mark", "help", "Help", "app: Show help", "List all keys"),
    Command(
        "board.find",
        "slash",
        "find",
        "Find",
        "board: Find a symbol",
        "Type part of a symbol to mark its tile",
    ),
    Command(
        "board.clear",
        "escape",
        "clear",
        "Clear",
        "board: Clear what was found",
        "Take the highlight off the symbols found",
        hint=False,
    ),
    Command(
        "board.sort",
        "s",
        "next_sort",
        "Sort",
        "board: Change the sort order",
        "Sort by symbol, % change, volume, newest, as listed",
    ),
    Command(
        "board.reverse",
        "S,shift+s",
        "reverse_sort",
        "Reverse",
        "board: Reverse the sort order",
        "Turn the present order round",
        hint=False,
        key_display="S",
    ),
    *_SORTS,
    Command(
        "board.pause",
        "space",
        "pause",
        "Pause",
        "board: Pause looking",
        "Freeze the tiles; feed, statistics and log go on",
        key_display="space",
    ),
    Command(
        "log.focus",
        "tab",
        "focus_next",
        "Switch",
        "log: Switch between board and log",
        "Switch between board and log",
        hint=False,
        key_display="tab",
    ),
    Command("log.toggle", "l", "toggle_log", "Log", "log: Show or hide", "Show or hide the log"),
    Command(
        "log.filter",
        "f",
        "filter",
        "Filter",
        "log: Filter lines",
        "Show only log lines that contain a text",
    ),
    Command(
        "log.follow",
        "p",
        "follow",
        "Follow",
        "log: Follow or pause",
        "Keep the newest log line in sight, or stay here",
        hint=False,
    ),
    Command(
        "feed.reconnect",
        "r",
        "reconnect",
        "Reconnect",
        "feed: Reconnect now",
        "Try the link now instead of waiting",
    ),
    Command(
        "app.quit",
        "q,ctrl+q",
        "quit",
        "Quit",
        "app: Quit",
        "Leave; a started engine ends with its last screen",
    ),
]


def app_bindings() -> list[Binding]:
    """Return the app's bindings, made from the commands that have keys."""
    bindings = [
        Binding(
            command.keys,
            command.action,
            command.label,
            show=command.hint,
            key_display=command.key_display,
            tooltip=command.tooltip,
            id=command.id,
        )
        for command in COMMANDS
        if command.keys
    ]
    # Whatever has the focus, ctrl+c leaves: people expect it, and some terminals eat ctrl+q.
    always = Binding(
        "ctrl+c",
        "quit",
        "Quit",
        show=False,
        priority=True,
        id="app.quit-always",
        tooltip="Leave from anywhere",
    )
    return [*bindings, always]
