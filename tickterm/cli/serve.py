"""`tickterm serve`: the screen for browsers, one viewer of the one engine for every tab."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable

import click

from tickterm import settings
from tickterm.access import Access
from tickterm.attach.remote_engine import RemoteEngine
from tickterm.cli.engine_process import EngineProcess
from tickterm.cli.logs import configure, on_stderr
from tickterm.cli.stop_signals import is_nohup
from tickterm.errors import SettingsError, first_error
from tickterm.market.text import clean
from tickterm.settings import Settings

__all__ = ["serve"]

STOP_WITHIN = 3.0
"""Seconds that an engine which lived for us has to end."""


@click.command(short_help="The screen for browsers.")
@click.option(
    "--host", metavar="HOST", default="127.0.0.1", show_default=True, help="Address to listen on."
)
@click.option(
    "--port",
    default=8000,
    show_default=True,
    metavar="PORT",
    type=click.IntRange(1, 65535),
    help="Port to listen on.",
)
@click.option(
    "--public-url", metavar="URL", multiple=True, help="Where a proxy shows it; may be repeated."
)
@click.option(
    "--max-tabs",
    default=20,
    show_default=True,
    metavar="N",
    type=click.IntRange(1, 500),
    help="Most tabs at a time.",
)
def serve(host: str, port: int, public_url: tuple[str, ...], max_tabs: int) -> None:
    """Serve the screen to browsers: one tab, one viewer, and one engine for all of them.

    The engine on TICKTERM_PORT is used if it runs, else it is started and ends with the server.
    Anybody who reaches the port sees the screen: TICKTERM_TOKEN asks for a token, and is needed
    for any address but this machine's own. Put a proxy with TLS in front, or use ssh -L.
    """
    configured = settings.load()
    access = Access(host, port, configured.token, _urls(public_url) or configured.public_urls)
    try:
        from tickterm.serve.options import ServeOptions
        from tickterm.serve.server import serve as serve_tabs
    except ImportError:
        raise SettingsError("tickterm serve needs more: pip install 'tickterm[serve]'") from None
    options = ServeOptions(
        [sys.executable, "-P", "-m", "tickterm", "attach"],
        access,
        settings.environment(),
        max_sessions=max_tabs,
    )

    async def main() -> None:
        async with _kept_engine(configured):
            await serve_tabs(options, ready=lambda url: _ready(url, access.public_urls))

    configure(configured, on_stderr(logging.Formatter("tickterm: %(message)s")))
    sys.exit(_run_until_signal(main))


def _urls(given: Iterable[str]) -> tuple[str, ...]:
    try:
        return settings.public_urls(",".join(given))
    except ValueError as error:
        told = f"--public-url {clean(error)}: {settings.PUBLIC_URL_FORM}"
        raise SettingsError(told) from None


def _ready(local: str, public: Iterable[str]) -> None:
    for url in (local, *public):
        click.echo(url)


def _run_until_signal(main: Callable[[], Coroutine[None, None, None]]) -> int:
    """Run `main` until it ends or a signal cancels it; return the exit code."""
    stopped_by: list[int] = []

    async def supervised() -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - for the type checker
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if not is_nohup(number):
                loop.add_signal_handler(number, _stop, task, stopped_by, number)
        with contextlib.suppress(asyncio.CancelledError):  # a signal has cancelled it
            await main()

    try:
        asyncio.run(supervised())
    except BaseExceptionGroup as group:  # boundary: a command says one error, not a group of tasks
        raise first_error(group) from None
    return 130 if signal.SIGINT in stopped_by else 0


def _stop(task: asyncio.Task[None], stopped_by: list[int], number: int) -> None:
    if not stopped_by:
        task.cancel()
    stopped_by.append(number)


@contextlib.asynccontextmanager
async def _kept_engine(configured: Settings) -> AsyncIterator[None]:
    """Find or start the engine, and stay attached: it goes on while nobody looks.

    Raises:
        TickTermError: it cannot start, or ends with an error of its own.
    """
    process = EngineProcess(configured, ())
    await asyncio.to_thread(_started, process)
    keeper = RemoteEngine(process.find, name="serve", owner=True)
    async with asyncio.TaskGroup() as tasks:
        kept = tasks.create_task(asyncio.to_thread(keeper.run))
        try:
            yield
        finally:
            keeper.stop()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(kept), STOP_WITHIN)


def _started(process: EngineProcess) -> None:
    process.begin()
    process.wait()
