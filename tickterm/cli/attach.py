"""`tickterm attach`: the same screen over an engine that runs already, here or elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable

import click

from tickterm import settings
from tickterm.attach.address import Address, parse_address
from tickterm.cli.engine_process import address_of, find_running
from tickterm.cli.first_runs import FirstRuns
from tickterm.cli.logs import configure
from tickterm.cli.screen import must_have_terminal, preferred, show
from tickterm.engine.ports import place, tickterm_answers
from tickterm.errors import UnreachableError
from tickterm.settings import Settings

__all__ = ["attach", "finder"]


@click.command(short_help="A screen over an engine that runs already.")
@click.argument("url", required=False)
@click.option(
    "--control",
    is_flag=True,
    help="Let it change the engine: its symbols, groups, alerts and link.",
)
def attach(url: str | None, control: bool) -> None:
    """A screen over an engine that runs already.

    Without URL it is the engine on TICKTERM_PORT of this machine; else HOST:PORT or a ws:// or
    wss:// URL, with the token of that engine in TICKTERM_TOKEN. The screen reconnects by itself
    and never starts an engine. It only looks, unless --control is given: with a URL, that needs
    the engine's token as well.
    """
    configured = settings.load()
    find = finder(configured, url)
    must_have_terminal("tickterm status")
    from tickterm.attach.remote_engine import RemoteEngine

    configure(configured)
    engine = RemoteEngine(find, token=str(configured.token), control=control)
    sys.exit(show(engine, preferred(configured.screen), FirstRuns(configured.data_dir)))


def finder(configured: Settings, url: str | None) -> Callable[[], Awaitable[Address]]:
    """Return what finds the engine at `url`, or without one that of this machine.

    Raises:
        SettingsError: the URL is none.
        UnreachableError: no engine runs on this machine.
    """
    if url is not None:
        address = parse_address(url)
    else:
        _local(configured)

    async def find() -> Address:
        return _local(configured) if url is None else address

    return find


def _local(configured: Settings) -> Address:
    if (holder := find_running(configured)) is not None:
        return address_of(configured, holder)
    if tickterm_answers(configured.host, configured.port):  # of another user or data directory
        return Address(f"ws://{place(configured.host, configured.port)}")
    raise _nobody(configured)


def _nobody(configured: Settings) -> UnreachableError:
    return UnreachableError(
        f"no engine runs here on port {configured.port}: start tickterm, or give the URL of one"
    )
