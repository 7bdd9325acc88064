"""`tickterm analytics`: bars, indicators and patterns, in a process of its own."""

from __future__ import annotations

import asyncio
import logging
import re
import sys
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import click

from tickterm import settings
from tickterm.cli.logs import JsonLines, configure, on_stderr
from tickterm.cli.stop_signals import StopSignals
from tickterm.errors import SettingsError, TickTermError, first_error
from tickterm.market.text import clean
from tickterm.market.timeframe import Timeframe
from tickterm.settings import Settings

if TYPE_CHECKING:
    from tickterm.analytics.service import AnalyticsOptions

__all__ = ["analytics"]

_GROUP = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def _list_patterns(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    """Print all patterns and end; neither settings nor TA-Lib are needed for it."""
    if not wanted:
        return
    from tickterm.analytics.talib_patterns import PATTERNS

    for pattern in PATTERNS:
        meaning = "neutral" if pattern.neutral else "bullish or bearish"
        click.echo(f"{pattern.name:<29} {pattern.function:<20} {meaning}")
    context.exit()


@click.command(short_help="Bars, indicators and patterns from the ticks on Redis.")
@click.option(
    "--group",
    metavar="NAME",
    default="tickterm",
    show_default=True,
    help="Processes that share work; another group publishes everything once more.",
)
@click.option("--timeframes", metavar="1min,5min", help="Instead of TICKTERM_TIMEFRAMES.")
@click.option("--patterns", metavar="A,B", help="Instead of TICKTERM_PATTERNS.")
@click.option(
    "--list-patterns",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_list_patterns,
    help="Print the names of all patterns, ours and TA-Lib's, and what they announce.",
)
@click.option(
    "--from-start", is_flag=True, help="A new group begins with the oldest ticks of the stream."
)
def analytics(group: str, timeframes: str | None, patterns: str | None, from_start: bool) -> None:
    """Make bars of the ticks on Redis, look for patterns, calculate indicators.

    Ticks come from the channel tickstock:market:ticks, or from the stream where TICKTERM_STREAM is
    set; then several processes of one group share its partitions. Without REDIS_URL it is the Redis
    of the engine that runs on TICKTERM_PORT, such as a demo's own. What is found goes to the
    channels tickstock.events.patterns, tickstock:patterns:streaming and
    tickstock:indicators:streaming, bars to TICKTERM_BARS_URL. Log lines go to stderr as JSON.
    """
    if not _GROUP.fullmatch(group):
        allowed = "letters, digits, . _ -, 64 at most"
        raise SettingsError(f"--group {clean(group, 40)}: {allowed}")
    configured = settings.load()
    if from_start and not configured.stream:
        raise SettingsError("--from-start goes with TICKTERM_STREAM: a channel keeps no ticks")
    options = _options(configured, group, timeframes, patterns, from_start)
    configure(configured, on_stderr(JsonLines()))
    for warning in configured.warnings:
        logging.getLogger("tickterm").warning("%s", warning)
    from tickterm.cli.engine_redis import redis_url_beside_engine

    sys.exit(_run(replace(options, redis_url=redis_url_beside_engine(configured))))


def _options(
    configured: Settings, group: str, timeframes: str | None, patterns: str | None, from_start: bool
) -> AnalyticsOptions:
    try:
        from tickterm.analytics.service import AnalyticsOptions
        from tickterm.analytics.talib_patterns import chosen
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in ("talib", "numpy"):
            raise
        told = "tickterm analytics needs more: pip install 'tickterm[analytics]'"
        raise SettingsError(told) from None
    names = configured.patterns if patterns is None else _words(patterns)
    return AnalyticsOptions(
        configured.redis_url,
        configured.bars_url,
        configured.timeframes if timeframes is None else _timeframes(timeframes),
        chosen(names),
        configured.stream,
        configured.stream_partitions,
        group,
        from_start,
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").split())


def _timeframes(text: str) -> tuple[Timeframe, ...]:
    try:
        wanted = {Timeframe.parse(name) for name in _words(text)}
    except ValueError:
        wanted = set()
    if not wanted:
        allowed = ", ".join(Timeframe)
        raise SettingsError(f"--timeframes {clean(text, 60)}: allowed are {allowed}")
    return tuple(frame for frame in Timeframe if frame in wanted)


def _run(options: AnalyticsOptions) -> int:
    """Work until a signal; return the exit code."""
    from tickterm.analytics.service import AnalyticsService
    from tickterm.engine.thread import run_loop

    signals = StopSignals()

    async def main() -> None:
        service = AnalyticsService(options)
        signals.heed(partial(asyncio.get_running_loop().call_soon_threadsafe, service.stop))
        await service.run()

    try:
        run_loop(main())
    except BaseExceptionGroup as group:  # boundary: a command says one error, not a group of tasks
        said, defects = group.split(TickTermError)
        if said is None or defects is not None:
            raise
        raise first_error(said) from None
    return signals.exit_code
