"""What a person can do: one table that makes the keys, the palette and the help."""

from __future__ import annotations

from textual.binding import Binding

from tickterm.ui.board.order import Sort
from tickterm.ui.commands.alerts import ALERT_COMMANDS
from tickterm.ui.commands.appearance import APPEARANCE_COMMANDS
from tickterm.ui.commands.board import BOARD_ACTIONS, BOARD_COMMANDS
from tickterm.ui.commands.chart import CHART_COMMANDS, CROSSHAIR
from tickterm.ui.commands.command import Command
from tickterm.ui.commands.figures import LATENCY_COMMANDS
from tickterm.ui.commands.groups import GROUP_COMMANDS
from tickterm.ui.commands.log import LOG_COMMANDS

__all__ = ["BOARD", "BROWSER_KEYS", "CHART", "COMMANDS", "app_bindings"]

BROWSER_KEYS = frozenset({"ctrl+q"})
"""Keys that a browser keeps for itself."""


_SORTS = [
    Command(
        f"board.sort-{sort.name.lower()}",
        "",
        f"sort('{sort.name}')",
        sort.value,
        f"board: Sort by {sort.value}",
        f"Show the symbols in the order: {sort.value}",
    )
    for sort in Sort
]

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
    *BOARD_COMMANDS,
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
    Command(
        "chart.open",
        "enter",
        "open_chart",
        "Chart",
        "chart: Look closely at a symbol",
        "Show the candles of the marked tile or event",
    ),
    Command(
        "chart.close",
        "escape",
        "close_chart",
        "Board",
        "chart: Go back to the board",
        "Go back from the chart to the board",
    ),
    Command(
        "chart.next",
        "right_square_bracket",
        "step_symbol(1)",
        "Symbol",
        "chart: Go to the next symbol",
        "Show the candles of the next symbol on the board",
        key_display="[ ]",
    ),
    Command(
        "chart.previous",
        "left_square_bracket",
        "step_symbol(-1)",
        "Symbol",
        "chart: Go to the symbol before",
        "Show the candles of the symbol before on the board",
        hint=False,
    ),
    Command(
        "chart.longer",
        "t",
        "step_timeframe(1)",
        "Time",
        "chart: Use a longer timeframe",
        "Show longer candles, up to a day each",
        key_display="t T",
    ),
    Command(
        "chart.shorter",
        "T,shift+t",
        "step_timeframe(-1)",
        "Time",
        "chart: Use a shorter timeframe",
        "Show shorter candles, down to a second each",
        hint=False,
        key_display="T",
    ),
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

BOARD = frozenset({"open_chart", "clear", "next_sort", "reverse_sort", "sort"}) | BOARD_ACTIONS
"""Actions that make sense only while the board is to be seen."""
CHART = frozenset({"close_chart", "step_symbol", "step_timeframe"}) | CROSSHAIR
"""Actions that make sense only while a chart is in its place."""


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
