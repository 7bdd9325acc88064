"""`tickterm check`: tries everything the program needs, one line each."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import click

from tickterm import settings
from tickterm.backends.redis_link import RedisLost, open_redis, where
from tickterm.cli.check_analytics import look_at_analytics
from tickterm.cli.universe_loader import universe_loader
from tickterm.engine.feed.handshake import try_handshake
from tickterm.engine.ports import free_port, place, refusal_to_listen, somebody_listens
from tickterm.engine.redis.embedded import embedded_redis
from tickterm.engine.redis.stream_append import refusal_of, trial
from tickterm.errors import SettingsError, TickTermError, UnreachableError
from tickterm.market.text import clean
from tickterm.market.tick_stream import stream_names
from tickterm.settings import Settings

__all__ = ["check"]


class Finding(NamedTuple):
    """What one look found: fine or not, and the words."""

    fine: bool
    text: str


@click.command(short_help="Try everything, and say what to mend.")
def check() -> None:
    """Try everything tickterm needs, and say how to mend what is wrong.

    Nothing is subscribed and nothing is changed, but for the default database, which is made if it
    is missing. Exit code 0: all fine; 2: a setting is wrong; 3: something could not be reached.
    """
    try:
        configured = settings.load()
    except TickTermError as error:
        _say("settings", Finding(False, str(error)))
        sys.exit(error.exit_code)
    sys.exit(asyncio.run(_check_all(configured)))


async def _check_all(configured: Settings) -> int:
    """Print what each look found and return the exit code."""
    looks: tuple[tuple[str, Callable[[Settings], Awaitable[Finding]]], ...] = (
        ("settings", _settings),
        ("feed", _feed),
        ("universe", _universe),
        ("redis", _redis),
        *([("stream", _stream)] if configured.stream else ()),
        ("analytics", _analytics),
        ("viewers", _port),
        ("terminal", _terminal),
    )
    codes = set()
    for name, look in looks:
        try:
            finding = await look(configured)
            codes.add(0 if finding.fine else UnreachableError.exit_code)
        except TickTermError as error:
            finding = Finding(False, str(error))
            codes.add(error.exit_code)
        _say(name, finding)
    return SettingsError.exit_code if SettingsError.exit_code in codes else max(codes)


def _say(name: str, finding: Finding) -> None:
    click.echo(f"{'ok  ' if finding.fine else 'FAIL'}  {name:<9} {finding.text}")


async def _settings(configured: Settings) -> Finding:
    if configured.warnings:
        return Finding(False, "; ".join(configured.warnings))
    try:
        configured.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=configured.data_dir):
            pass
        if configured.log_file is not None:
            configured.log_file.open("a").close()
    except OSError as error:
        return Finding(
            False,
            f"{clean(error.filename)}: {clean(error.strerror)}: "
            "set TICKTERM_DATA_DIR or TICKTERM_LOG_FILE to where you may write",
        )
    return Finding(True, f"data directory {clean(configured.data_dir)}")


async def _feed(configured: Settings) -> Finding:
    """Dial and sign in. One connection is all a plan allows, so never beside a running engine."""
    if not configured.use_massive_api:
        why = "USE_MASSIVE_API=false" if configured.massive_api_key else "no MASSIVE_API_KEY is set"
        return Finding(True, f"simulated: {why}")
    if await somebody_listens(configured.host, configured.port):
        return Finding(
            True,
            f"not tried: port {configured.port} is in use, perhaps by a running tickterm, "
            "whose connection a second one would end",
        )
    refusal = await try_handshake(configured.massive_websocket_url, configured.massive_api_key)
    if refusal:
        return Finding(False, refusal)
    return Finding(True, "the key is accepted")


async def _universe(configured: Settings) -> Finding:
    universe = await universe_loader(configured)()
    left_out = f", {len(universe.rejected)} entries are no symbols" if universe.rejected else ""
    return Finding(not left_out, f"{universe.key}: {len(universe.symbols)} symbols{left_out}")


async def _redis(configured: Settings) -> Finding:
    address = where(configured.redis_url)
    try:
        async with open_redis(configured.redis_url):
            return Finding(True, f"{address} answers")
    except RedisLost as loss:
        if not configured.redis_is_default:
            return Finding(False, f"{address}: {loss}: start it, or mend REDIS_URL")
    async with embedded_redis(free_port()):
        return Finding(True, f"nobody at {address}: the embedded server will be started there")


async def _stream(configured: Settings) -> Finding:
    """Ask each stream whether it would take ticks, without giving it one."""
    names = stream_names(configured.stream, configured.stream_partitions)
    try:
        async with open_redis(configured.redis_url) as link:
            answers = await link.exchange([trial(name) for name in names], len(names))
    except RedisLost as loss:
        if configured.redis_is_default:
            return Finding(True, f"{configured.stream}: in the embedded server")
        return Finding(False, f"{configured.stream}: not tried: {loss}")
    for name, answer in zip(names, answers, strict=True):
        if refusal := refusal_of(answer):
            return Finding(False, f"{name}: {refusal}")
    # here, because it needs redis-py, which `tickterm --help` does not
    from tickterm.analytics.partitions_trial import try_partitions

    partitions = configured.stream_partitions
    if unread := await try_partitions(configured.redis_url, configured.stream, partitions):
        return Finding(False, unread)
    several = f" in {len(names)} partitions" if len(names) > 1 else ""
    return Finding(True, f"{configured.stream}{several} takes ticks")


async def _analytics(configured: Settings) -> Finding:
    return Finding(True, await look_at_analytics(configured))


async def _port(configured: Settings) -> Finding:
    where_to = place(configured.host, configured.port)
    if await somebody_listens(configured.host, configured.port):
        return Finding(True, f"{where_to} is in use, perhaps by a running tickterm")
    if refusal := refusal_to_listen(configured.host, configured.port):
        return Finding(False, f"{where_to}: {refusal}: stop what uses it, or set TICKTERM_PORT")
    return Finding(True, f"ws://{where_to} is free")


async def _terminal(_configured: Settings) -> Finding:
    if not sys.stdout.isatty():
        return Finding(True, "none here: use tickterm --headless")
    columns, lines = shutil.get_terminal_size()
    kind = settings.terminal_type()
    if kind == "dumb":
        return Finding(False, "TERM=dumb cannot draw a screen: set TERM, or use --headless")
    if columns < 80 or lines < 24:
        return Finding(True, f"{columns}x{lines} ({kind}); 80x24 and more looks better")
    return Finding(True, f"{columns}x{lines} ({kind})")
