"""A screen in this terminal, or in a browser's tab, over an engine in another process."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from tickterm import settings
from tickterm.cli.engine_process import EngineProcess
from tickterm.cli.logs import configure
from tickterm.errors import TickTermError
from tickterm.market.snapshot import Snapshot

if TYPE_CHECKING:
    from tickterm.attach.remote_engine import RemoteEngine

__all__ = ["own_screen", "show"]


def own_screen(flags: tuple[str, ...]) -> int:
    """Show the engine of the set port, which is started if none runs; return the exit code.

    Raises:
        TickTermError: there is no terminal, or the engine cannot start.
    """
    configured = settings.load()
    must_have_terminal("tickterm --headless")
    engine = EngineProcess(configured, flags)
    served = settings.is_served()
    if not served:
        engine.begin()
    # Textual is a quarter of a second of imports: the engine starts meanwhile.
    import tickterm.ui.app  # noqa: F401
    from tickterm.attach.remote_engine import RemoteEngine

    if not served:  # nobody reads a browser's stderr: there the screen says what is wrong
        engine.wait()
    configure(configured.log_level, configured.secrets, [], configured.log_file)
    remote = RemoteEngine(engine.find, token=str(configured.token), control=True, owner=not served)
    code = show(remote)
    _tell_losses(remote.snapshot())
    return code


def show(engine: RemoteEngine) -> int:
    """Show `engine` until the person leaves; return the exit code."""
    from tickterm.ui.app import TickTermApp

    sys.setswitchinterval(0.0005)  # the engine's thread waits at most this long for the screen's
    app = TickTermApp(engine)
    app.run()
    return app.return_code or 0


def must_have_terminal(instead: str) -> None:
    """Refuse to draw where nobody would see it; `instead` is the command that needs no terminal.

    Raises:
        TickTermError: this is neither a terminal nor a browser's tab.
    """
    if settings.is_served() or (sys.stdin.isatty() and sys.stderr.isatty()):
        return
    raise TickTermError(f"this is no terminal: use {instead}")


def _tell_losses(snapshot: Snapshot) -> None:
    channels = snapshot.redis.channels.values()
    if dropped := max((channel.dropped_total for channel in channels), default=0):
        click.echo(f"tickterm: {dropped:,} ticks did not reach Redis", err=True)
