"""The commands of the log, and the one that copies from any pane."""

from __future__ import annotations

from tickterm.ui.commands.command import Command

__all__ = ["LOG_COMMANDS"]

LOG_COMMANDS = [
    Command(
        "log.find",
        "",
        "find_in_log",
        "Find",
        "log: Find by a regular expression",
        "Mark the lines that a regular expression matches",
    ),
    Command(
        "log.next",
        "n",
        "match(1)",
        "Next",
        "log: Go to the next match",
        "Mark the next line of the log that matches",
        hint=False,
    ),
    Command(
        "log.previous",
        "N,shift+n",
        "match(-1)",
        "Previous",
        "log: Go to the match before",
        "Mark the line before that matches",
        hint=False,
        key_display="N",
    ),
    Command(
        "log.level",
        "L,shift+l",
        "step_level",
        "Level",
        "log: Change the lowest level",
        "Show all lines of the log, info, warning or error",
        hint=False,
        key_display="L",
    ),
    Command(
        "view.copy",
        "y",
        "copy",
        "Copy",
        "view: Copy what is marked",
        "Copy what is marked in the pane in use",
        hint=False,
    ),
    Command(
        "log.copy",
        "",
        "copy_log",
        "Copy",
        "log: Copy",
        "Copy the marked line, or all that pass the filter",
    ),
    Command(
        "log.save",
        "W,shift+w",
        "save_log",
        "Save",
        "log: Save to a file",
        "Save the lines that pass the filter to a file",
        hint=False,
        key_display="W",
    ),
]
