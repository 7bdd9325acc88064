"""Write the reference of commands, settings and keys, and the README's synopsis of commands.

`python scripts/write_reference.py REFERENCE README`
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
from textual.keys import format_key

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.synopsis import put_synopsis, walk
from tickterm.cli.main import cli
from tickterm.ui import app  # noqa: F401  what it imports has bindings
from tickterm.ui.commands.command import Command
from tickterm.ui.commands.everything import COMMANDS
from tickterm.ui.keymap import KeyBinding, all_bindings, is_other_name
from tickterm.ui.preferences import THEMES

WIDTH = 80
ROOT = Path(__file__).resolve().parents[1]
HELP = cli.context_settings["help_option_names"]
EXIT_CODES = (
    (0, "fine"),
    (1, "failed"),
    (2, "a setting, a flag or a file is wrong"),
    (3, "something needed could not be reached"),
    (130, "interrupted"),
    (141, "the reader of a pipe has gone"),
)
PLACES = {
    "TickTermApp": "everywhere",
    "Board": "board",
    "DetailView": "chart",
    "LogView": "log",
    "EventView": "events",
    "Prompt": "the line where a text is typed",
    "HelpScreen": "help",
}


def reference() -> str:
    """Return the whole reference as Markdown."""
    parts = [
        "# Reference",
        "Made from the program by `make reference`. What it is all about: [README](../README.md).",
        "## Commands",
        *commands(),
        "## Exit codes",
        table(("code", ""), [(str(code), what) for code, what in EXIT_CODES]),
        "## Settings",
        "From the file `.env` in the working directory, then from the environment; the later wins.",
        table(("key", "such as", ""), settings()),
        f"Themes: {', '.join(f'`{name}`' for name in THEMES)}.",
        "## Keys",
        "The first column names an action in `TICKTERM_KEYS`. "
        "All actions are also in the palette (`:`), those without a key only there until you "
        "give them one.",
        *keys(),
    ]
    return "\n\n".join(parts) + "\n"


def commands() -> Iterator[str]:
    """Yield the help of every command."""
    for path, command in walk(cli, ("tickterm",)):
        name = " ".join(path)
        with click.Context(
            command, info_name=name, terminal_width=WIDTH, help_option_names=HELP
        ) as context:
            text = command.get_help(context)
        yield f"### {name}"
        yield f"```text\n{text.rstrip()}\n```"


def settings() -> Iterator[tuple[str, str, str]]:
    """Yield the settings as `.env.example` has them, which a test holds to the program."""
    told: list[str] = []
    was_key = True
    for line in (ROOT / ".env.example").read_text(encoding="utf-8").splitlines():
        setting = re.fullmatch(r"#?([A-Z_]+)=(.*)", line)
        if setting is not None:
            name, value = setting.groups()
            yield f"`{name}`", f"`{value}`" if value else "", "" if was_key else " ".join(told)
        elif line.startswith("# "):
            told = [line[2:]] if was_key or not told else [*told, line[2:]]
        else:
            told = []
        was_key = setting is not None


def keys() -> Iterator[str]:
    """Yield a table of keys for every place on the screen, and one of what has none."""
    bindings = all_bindings()
    places = dict.fromkeys(binding.place for binding in bindings)
    for place in sorted(places, key=lambda place: [*PLACES, place.__name__].index(place.__name__)):
        name = (
            PLACES.get(place.__name__) or re.sub(r"(?<=.)([A-Z])", r" \1", place.__name__).lower()
        )
        yield f"**{name}**"
        bound = (b for b in bindings if b.place is place and b.keys)
        yield table(("action", "keys", ""), map(row, bound))
    yield "**without a key**"
    rest = (command for command in COMMANDS if not command.keys)
    yield table(("action", "in the palette", ""), map(palette_row, rest))


def row(binding: KeyBinding) -> tuple[str, str, str]:
    """Return the row of an action with keys."""
    shown = [shown_key(key) for key in binding.keys if not is_other_name(key)]
    return f"`{binding.id}`", " ".join(f"`{key}`" for key in shown), binding.tooltip


def shown_key(key: str) -> str:
    """Return a key as it is written on keyboards."""
    *modifiers, last = key.split("+")
    name = {"escape": "esc", "enter": "enter", "question_mark": "?"}.get(last) or format_key(last)
    return "+".join([*modifiers, name])


def palette_row(command: Command) -> tuple[str, str, str]:
    """Return the row of an action that only the palette has."""
    return f"`{command.id}`", command.title, command.tooltip


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ("---",) * len(head), *rows]
    escaped = ([cell.replace("|", "\\|") for cell in line] for line in lines)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in escaped)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(reference(), encoding="utf-8")
    put_synopsis(Path(sys.argv[2]), cli)
