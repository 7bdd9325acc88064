"""What a person can do: one table that makes the keys, the palette and the help."""

from __future__ import annotations

from textual.binding import Binding

from tickterm.ui.commands.alerts import ALERT_COMMANDS
from tickterm.ui.commands.appearance import APPEARANCE_COMMANDS
from tickterm.ui.commands.board import BOARD_COMMANDS
from tickterm.ui.commands.chart import CHART_COMMANDS
from tickterm.ui.commands.command import Command
from tickterm.ui.commands.figures import LATENCY_COMMANDS
from tickterm.ui.commands.groups import GROUP_COMMANDS
from tickterm.ui.commands.log import LOG_COMMANDS
from tickterm.ui.keymap import no_key

__all__ = ["BROWSER_KEYS", "COMMANDS", "app_bindings"]

BROWSER_KEYS = frozenset({"ctrl+q"})
"""Keys that a browser keeps for itself."""


COMMANDS = [
    *LATENCY_COMMANDS,  # before all others, for escape
    Command(
        "app.help",
        "question_mark",
        "help",
        "Help",
        "app: Show help",
        "List the keys of the pane in use, then all others",
    ),
    *APPEARANCE_COMMANDS,
    *GROUP_COMMANDS,
    *ALERT_COMMANDS,
    *BOARD_COMMANDS,
    *CHART_COMMANDS,
    *LOG_COMMANDS,
    Command(
        "view.focus",
        "tab",
        "focus_next",
        "Switch",
        "view: Switch between the panes",
        "Switch between board, log and events",
        hint=False,
        key_display="tab",
    ),
    Command("log.toggle", "l", "toggle_log", "Log", "log: Show or hide", "Show or hide the log"),
    Command(
        "events.toggle",
        "e",
        "toggle_events",
        "Events",
        "events: Show or hide",
        "Show or hide the patterns that were found",
    ),
    Command(
        "view.filter",
        "F,shift+f",
        "filter",
        "Filter",
        "view: Filter the pane in use",
        "Show only some symbols, log lines or events: the pane in use",
        key_display="F",
    ),
    Command(
        "view.follow",
        "p",
        "follow",
        "Follow",
        "view: Follow or pause log or events",
        "Keep the newest of log or events in sight, or stay here",
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
    """Return the app's bindings, made from the commands; those without keys can be given some."""
    bindings = [
        Binding(
            command.keys or no_key(command.id),
            command.action,
            command.label,
            show=command.hint and bool(command.keys),
            key_display=command.key_display,
            tooltip=command.tooltip,
            id=command.id,
        )
        for command in COMMANDS
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
