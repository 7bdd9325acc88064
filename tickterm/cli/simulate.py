"""`tickterm simulate`: the feed simulator as a server of its own."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Iterable
from pathlib import Path
from textwrap import fill
from typing import Any

import click
from click.core import ParameterSource

from tickterm.cli.options import finite
from tickterm.errors import SettingsError, TickTermError
from tickterm.market.symbols import split_symbols
from tickterm.market.text import clean
from tickterm.simulator.faults import FAULTS, parse_faults
from tickterm.simulator.generated import GeneratedSource, numbered_symbols
from tickterm.simulator.server import SimulatedFeed
from tickterm.simulator.source import FrameSource, RecordedSource

__all__ = ["simulate"]

_INTERRUPTED = 130
_MOST_SYMBOLS = 100_000
_FOR_GENERATED = ("symbols", "rate", "delay", "spread", "sessions", "seed")
_FOR_RECORDED = ("speed", "loop")


def _in_lines(title: str, names: Iterable[str]) -> str:
    """Return names in lines that click leaves as they are: it would break them at hyphens."""
    return "\b\n" + fill(f"{title}: {', '.join(names)}", 72, break_on_hyphens=False)


@click.command(
    short_help="Serve a simulated feed, with faults on demand.",
    epilog=_in_lines("Faults", FAULTS),
)
@click.option(
    "--host", metavar="HOST", default="127.0.0.1", show_default=True, help="Address to listen on."
)
@click.option(
    "--port",
    metavar="PORT",
    type=click.IntRange(0, 65535),
    default=8767,
    show_default=True,
    help="Port to listen on; 0 takes a free one.",
)
@click.option("--key", metavar="KEY", help="The only API key that is accepted.  [default: any]")
@click.option(
    "--max-connections",
    metavar="N",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Connections that one key may have; one more evicts the oldest.",
)
@click.option(
    "--symbols",
    metavar="A,B,C",
    help="Only these have data: A,B,C or a number of made-up ones.  [default: any]",
)
@click.option(
    "--rate",
    metavar="X",
    type=click.FloatRange(0, min_open=True),
    callback=finite,
    help="Bars per second in total, instead of real time.",
)
@click.option(
    "--delay",
    metavar="SECONDS",
    type=click.FloatRange(0),
    callback=finite,
    default=0.0,
    show_default=True,
    help="Seconds that bars are held back; the real feed takes about 2.",
)
@click.option(
    "--spread",
    metavar="SECONDS",
    type=click.FloatRange(0, 1, max_open=True),
    callback=finite,
    default=0.0,
    show_default=True,
    help="Seconds over which the bars of one second leave, instead of at once.",
)
@click.option("--sessions", is_flag=True, help="Honour New York trading hours.")
@click.option(
    "--seed",
    metavar="N",
    type=int,
    default=0,
    show_default=True,
    help="Another number, another market.",
)
@click.option(
    "--file",
    "recording",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Send this recording (.jsonl, .jsonl.gz: one frame a line) instead.",
)
@click.option(
    "--speed",
    metavar="X",
    type=click.FloatRange(0),
    callback=finite,
    default=1.0,
    show_default=True,
    help="How much faster than real time the recording goes; 0 is flat out.",
)
@click.option("--loop", is_flag=True, help="Begin the recording again at its end.")
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="NAME[=VALUE]",
    help="Do this wrong, of those below; may be repeated.",
)
@click.pass_context
def simulate(
    ctx: click.Context,
    /,
    *,
    host: str,
    port: int,
    key: str | None,
    max_connections: int,
    recording: Path | None,
    faults: tuple[str, ...],
    **options: Any,
) -> None:
    """Serve a simulated market feed that any client of Massive's WebSocket can use.

    A recording is sent to each client from its start. After its last frame a status message
    `end_of_recording` says so, the connection is closed, and the server waits for the next client.
    """
    try:
        _refuse_mixture(ctx, recording)
        feed = SimulatedFeed(
            _source(recording, **options),
            host=host,
            port=port,
            key=key,
            faults=parse_faults(faults),
            max_connections=max_connections,
        )
        code = asyncio.run(_serve(feed, "any" if key is None else "<the key>"))
    except TickTermError as error:
        click.echo(f"tickterm simulate: {error}", err=True)
        code = error.exit_code
    raise SystemExit(code)


async def _serve(feed: SimulatedFeed, key: str) -> int:
    """Run until a signal comes and return the exit code; raises RecordingError."""
    told: asyncio.Queue[int] = asyncio.Queue()  # a queue of signals: bounded by the user's fingers
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, told.put_nowait, _INTERRUPTED)
    loop.add_signal_handler(signal.SIGTERM, told.put_nowait, 0)
    async with feed:
        click.echo(
            f"{feed.url}  Use it: MASSIVE_WEBSOCKET_URL={feed.url} MASSIVE_API_KEY={key} "
            "USE_MASSIVE_API=true tickterm"
        )
        sys.stdout.flush()
        async with asyncio.TaskGroup() as group:
            signalled = group.create_task(told.get())
            failed = group.create_task(feed.failed.wait())
            await asyncio.wait((signalled, failed), return_when=asyncio.FIRST_COMPLETED)
            signalled.cancel()
            failed.cancel()
    if feed.error is not None:
        raise feed.error
    return signalled.result()


def _refuse_mixture(ctx: click.Context, recording: Path | None) -> None:
    foreign = _FOR_RECORDED if recording is None else _FOR_GENERATED
    for name in foreign:
        if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            rule = "needs" if recording is None else "does not go with"
            raise SettingsError(f"--{name} {rule} --file")


def _source(
    recording: Path | None, symbols: str | None, speed: float, loop: bool, **options: Any
) -> FrameSource:
    if recording is not None:
        return RecordedSource(recording, speed, loop=loop)
    return GeneratedSource(None if symbols is None else _symbols(symbols), **options)


def _symbols(text: str) -> tuple[str, ...]:
    if text.isdecimal() and len(text) < 12:
        count = int(text)
        if not 1 <= count <= _MOST_SYMBOLS:
            raise SettingsError(f"--symbols {count}: give 1 to {_MOST_SYMBOLS:,} or a list: A,B,C")
        return numbered_symbols(count)
    good, bad = split_symbols(text.split(","))
    if bad or not good:
        wrong = clean(bad[0] if bad else text, 40)
        raise SettingsError(f"--symbols: {wrong!r} is not a symbol; write a list like AAPL,BRK.B")
    return good
