"""`tickterm`: a screen over its engine, or the engine alone."""

from __future__ import annotations

import sys
from collections.abc import Collection
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import click
from click.core import ParameterSource

from tickterm import __version__
from tickterm.cli.options import RunOptions, finite
from tickterm.errors import TickTermError

__all__ = ["cli", "main"]


_GROUPS = {
    "Screens on a running engine": ("attach", "serve"),
    "Its data, for scripts and pipes": ("snapshot", "tail", "status"),
    "Symbols, alerts and set-up": ("universe", "alert", "check"),
    "Programs beside it": ("analytics", "simulate"),
}


class _Commands(click.Group):
    """Sub-commands that are imported when they are used: the dashboard must start at once."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sub-commands by what they are for."""
        found = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        said = {name: command.get_short_help_str() for name, command in found if command}
        width = max(map(len, said))
        for title, names in _GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(f"{name:<{width}}", said[name]) for name in names])

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return sorted(name for names in _GROUPS.values() for name in names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = import_module(f"tickterm.cli.{cmd_name}")
        command = getattr(module, cmd_name)
        assert isinstance(command, click.Command)  # noqa: S101 - for the type checker
        return command


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, "-V", "--version", prog_name="tickterm")
@click.option("--headless", is_flag=True, help="The engine alone; JSON lines on stderr.")
@click.option("--demo", is_flag=True, help="Simulated feed, own Redis, nothing to configure.")
@click.option(
    "--replay",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A recording as the feed: one frame a line, .jsonl or .jsonl.gz.",
)
@click.option(
    "--speed",
    type=click.FloatRange(min=0),
    callback=finite,
    default=1.0,
    show_default=True,
    metavar="X",
    help="How much faster than real time the replay goes; 0 is flat out.",
)
@click.option("--universe", metavar="NAME:KEY", help="Instead of SYMBOL_UNIVERSE_KEY.")
@click.option("--symbols", metavar="A,B,C", help="These symbols instead of a universe.")
@click.option("--for-screens", is_flag=True, hidden=True)
@click.pass_context
def cli(
    context: click.Context,
    headless: bool,
    demo: bool,
    replay: Path | None,
    speed: float,
    universe: str | None,
    symbols: str | None,
    for_screens: bool,
) -> None:
    """A terminal dashboard that is a market-data gateway.

    Holds one connection to Massive (formerly Polygon.io), shows it, and forwards every per-second
    bar to Redis and to WebSocket viewers. Without a key it shows a simulated feed.
    """
    given = [p for p in context.params if _was_given(context, p)]
    if context.invoked_subcommand is not None:
        if given:
            raise click.UsageError(
                f"{_flag(given[0])} does not go with {context.invoked_subcommand}"
            )
        return
    _refuse_mixture(given)
    options = RunOptions(demo, replay, speed, universe, symbols, headless, for_screens)
    if headless or for_screens:
        from tickterm.cli.run import run_engine

        context.exit(run_engine(options))
    from tickterm.cli.screen import own_screen

    context.exit(own_screen(options.flags))


def _refuse_mixture(given: Collection[str]) -> None:
    """Refuse flags that make no sense together.

    Raises:
        click.UsageError: there are some.
    """
    if "speed" in given and "replay" not in given:
        raise click.UsageError("--speed goes with --replay")
    for one, other in (("universe", "symbols"), ("demo", "replay"), ("headless", "for_screens")):
        if one in given and other in given:
            raise click.UsageError(f"{_flag(one)} and {_flag(other)} exclude each other")


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _was_given(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is ParameterSource.COMMANDLINE


def main() -> NoReturn:
    """Run the command line; every deliberate error is one line on stderr and an exit code."""
    try:
        code = cli(prog_name="tickterm", standalone_mode=False)
    except click.exceptions.Exit as end:
        code = end.exit_code
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        code = 130
    except TickTermError as error:
        click.echo(f"tickterm: {error}", err=True)
        code = error.exit_code
    sys.exit(code)
