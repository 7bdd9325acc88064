"""The synopsis of every command, as a manual page has it, put into the README."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import click

__all__ = ["put_synopsis", "walk"]

WIDTH = 80
TOGETHER = "\0"
"""Between an option and its value, which stay on one line."""
BEGIN, END = "<!-- synopsis: made by `make reference` -->", "<!-- end of the synopsis -->"


def put_synopsis(readme: Path, cli: click.Group) -> None:
    """Write the synopsis between the two marks of a README.

    Raises:
        ValueError: it has no such marks.
    """
    text = readme.read_text(encoding="utf-8")
    whole = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    if whole.search(text) is None:
        raise ValueError(f"{readme} has no place for the synopsis: {BEGIN}")
    made = f"{BEGIN}\n```text\n{synopsis(cli)}\n```\n{END}"
    readme.write_text(whole.sub(lambda _: made, text), encoding="utf-8")


def synopsis(cli: click.Group) -> str:
    """Return how each command is called, and below it what it does."""
    entries = (entry(path, command) for path, command in walk(cli, ("tickterm",)))
    return "\n".join(line for lines in entries for line in lines)


def walk(
    command: click.Command, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield a command and all below it."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            if found is not None:
                yield from walk(found, (*path, name))


def entry(path: tuple[str, ...], command: click.Command) -> list[str]:
    """Return the lines of one command; a group that only has others below it has none."""
    if isinstance(command, click.Group) and not command.invoke_without_command:
        return []
    context = click.Context(command, info_name=" ".join(path))
    called = " ".join([*path, *pieces(command, context)])
    lines = textwrap.wrap(
        called, WIDTH, subsequent_indent=" " * 8, break_on_hyphens=False, break_long_words=False
    )
    return [
        *(line.replace(TOGETHER, " ") for line in lines),
        f"    {command.get_short_help_str(200)}",
    ]


def pieces(command: click.Command, context: click.Context) -> Iterator[str]:
    """Yield the options and arguments of a command, those that may be left out in brackets."""
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            yield from parameter.get_usage_pieces(context)
        elif isinstance(parameter, click.Option) and not (parameter.is_eager or parameter.hidden):
            name = max(parameter.opts, key=len)
            value = "" if parameter.is_flag else f"{TOGETHER}{parameter.make_metavar(context)}"
            both = "".join(f"|{other}" for other in parameter.secondary_opts)
            yield f"{name}{value}" if parameter.required else f"[{name}{both}{value}]"
