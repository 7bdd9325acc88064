"""A screen in this terminal, or in a browser's tab, over an engine in another process."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from tickterm import settings
from tickterm.cli.engine_process import EngineProcess
from tickterm.cli.first_runs import FirstRuns
from tickterm.cli.logs import configure
from tickterm.errors import TickTermError
from tickterm.market.snapshot import Snapshot
from tickterm.memory import look_for_cycles_rarely

if TYPE_CHECKING:
    from tickterm.attach.remote_engine import RemoteEngine
    from tickterm.settings_screen import ScreenSettings
    from tickterm.ui.first_run import FirstRun
    from tickterm.ui.preferences import Preferences

__all__ = ["must_have_terminal", "own_screen", "preferred", "show"]


def own_screen(flags: tuple[str, ...]) -> int:
    """Show the engine of the set port, which is started if none runs; return the exit code.

    Raises:
        TickTermError: there is no terminal, or the engine cannot start.
    """
    configured = settings.load()
    must_have_terminal("tickterm --headless")
    if configured.screen.theme or configured.screen.keys:
        preferred(configured.screen)  # what is wrong is better told before an engine starts
    engine = EngineProcess(configured, flags)
    served = settings.is_served()
    if not served:
        engine.begin()
    # Textual is a quarter of a second of imports: the engine starts meanwhile.
    import tickterm.ui.app  # noqa: F401
    from tickterm.attach.remote_engine import RemoteEngine

    preferences = preferred(configured.screen)
    if not served:  # nobody reads a browser's stderr: there the screen says what is wrong
        engine.wait()
    configure(configured)
    remote = RemoteEngine(engine.find, token=str(configured.token), control=True, owner=not served)
    code = show(remote, preferences, FirstRuns(configured.data_dir))
    _tell_losses(remote.snapshot())
    return code


def preferred(screen: ScreenSettings) -> Preferences:
    """Return what the settings ask of the screen.

    Raises:
        SettingsError: there is no such theme, or a key is set that cannot be.
    """
    import tickterm.ui.app  # noqa: F401  what it has imported can be bound to other keys
    from tickterm.ui.draw.theme import Colours
    from tickterm.ui.keymap import parse_keys
    from tickterm.ui.preferences import Preferences, has_few_colours, known_theme

    return Preferences(
        theme=known_theme(screen.theme),
        colours=Colours(screen.colours),
        few_colours=has_few_colours(),
        ascii=settings.is_ascii_terminal() if screen.ascii is None else screen.ascii,
        reduced_motion=screen.motion == "reduced",
        fps=screen.fps,
        keys=parse_keys(screen.keys),
    )


def show(engine: RemoteEngine, preferences: Preferences, first_run: FirstRun) -> int:
    """Show `engine` until the person leaves; return the exit code."""
    from tickterm.ui.app import TickTermApp

    sys.setswitchinterval(0.0005)  # the engine's thread waits at most this long for the screen's
    look_for_cycles_rarely()
    app = TickTermApp(engine, preferences, first_run=first_run)
    app.run()
    return app.exit_code


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
