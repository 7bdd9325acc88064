"""`tickterm`: the dashboard with its engine, or the engine alone."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import click
from click.core import ParameterSource

from tickterm import __version__, settings
from tickterm.cli.logs import JsonLines, configure
from tickterm.cli.wiring import RunOptions, plan
from tickterm.engine.notices import NoticeBoard
from tickterm.engine.thread import Engine
from tickterm.errors import TickTermError

__all__ = ["cli", "main"]

STOP_WITHIN = 2.8
"""Seconds from a signal to the end, at most."""


class _Commands(click.Group):
    """Sub-commands that are imported when they are used: the dashboard must start at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return ["check", "simulate", "universe"]

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
    default=1.0,
    show_default=True,
    metavar="X",
    help="Of the replay; 0 is as fast as it goes.",
)
@click.option("--universe", metavar="NAME:KEY", help="Instead of SYMBOL_UNIVERSE_KEY.")
@click.option("--symbols", metavar="A,B,C", help="These symbols, without any table.")
@click.pass_context
def cli(
    context: click.Context,
    headless: bool,
    demo: bool,
    replay: Path | None,
    speed: float,
    universe: str | None,
    symbols: str | None,
) -> None:
    """A terminal dashboard that is a market-data gateway.

    Holds one connection to Massive (formerly Polygon.io), shows it, and forwards every per-second
    bar to Redis and to WebSocket viewers. Without a key it shows a simulated feed.
    """
    given = [p for p in context.params if _was_given(context, p)]
    if context.invoked_subcommand is not None:
        if given:
            raise click.UsageError(f"--{given[0]} does not go with {context.invoked_subcommand}")
        return
    if "speed" in given and replay is None:
        raise click.UsageError("--speed goes with --replay")
    if universe is not None and symbols is not None:
        raise click.UsageError("--universe and --symbols exclude each other")
    if demo and replay is not None:
        raise click.UsageError("--demo and --replay exclude each other")
    options = RunOptions(demo, replay, speed, universe, symbols, headless)
    context.exit(_run(options))


def _was_given(context: click.Context, name: str) -> bool:
    return context.get_parameter_source(name) is ParameterSource.COMMANDLINE


def main() -> NoReturn:
    """Run the command line; every deliberate error is one line on stderr and an exit code."""
    try:
        code = cli(standalone_mode=False)
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


def _run(options: RunOptions) -> int:
    configured = settings.load()
    notices = NoticeBoard()
    handlers: list[logging.Handler] = [notices]
    if options.headless:
        stderr = logging.StreamHandler(sys.stderr)
        stderr.setFormatter(JsonLines())
        handlers.append(stderr)
    configure(configured.log_level, configured.secrets, handlers, configured.log_file)
    for warning in configured.warnings:
        logging.getLogger("tickterm").warning("%s", warning)
    engine = Engine(plan(configured, options, notices))
    return _headless(engine) if options.headless else _screen(engine)


def _screen(engine: Engine) -> int:
    if not sys.stdin.isatty() or not sys.stderr.isatty():
        raise TickTermError("this is no terminal: use tickterm --headless")
    # Textual is a quarter of a second of imports that a headless engine need not pay for.
    from tickterm.ui.app import TickTermApp

    sys.setswitchinterval(0.0005)  # the engine's thread waits at most this long for the screen's
    app = TickTermApp(engine)
    app.run()
    lost = engine.snapshot().redis.channels.values()
    if dropped := max((channel.dropped_total for channel in lost), default=0):
        click.echo(f"tickterm: {dropped:,} ticks did not reach Redis", err=True)
    return app.return_code or 0


def _headless(engine: Engine) -> int:
    """Run until a signal, the end of a recording or an error; exit 130 on ctrl+c."""
    stopped_by: list[int] = []

    def on_signal(number: int, _frame: object) -> None:
        if not stopped_by:
            # Whatever hangs, the process ends: a service manager waits for it.
            watchdog = threading.Timer(STOP_WITHIN, signal.raise_signal, [signal.SIGKILL])
            watchdog.daemon = True
            watchdog.start()
        stopped_by.append(number)
        engine.stop()

    for number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        signal.signal(number, on_signal)
    engine.run()
    return 130 if stopped_by and stopped_by[0] == signal.SIGINT else 0
