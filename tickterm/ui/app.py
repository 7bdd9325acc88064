"""TickTermApp: pulls snapshots of the engine and gives each widget its part."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import ComposeResult, SystemCommand
from textual.binding import BindingType

from tickterm.errors import TickTermError, first_error
from tickterm.market.freshness import is_detached
from tickterm.market.snapshot import LinkPhase
from tickterm.ui.actions.alerts import AlertActions
from tickterm.ui.actions.groups import GroupActions
from tickterm.ui.actions.help import HelpActions
from tickterm.ui.appearance import Appearance
from tickterm.ui.commands.everything import COMMANDS, app_bindings
from tickterm.ui.commands.palette import PaletteCommands
from tickterm.ui.edges.status import Status, failure, leaving, link_status
from tickterm.ui.engine_thread import EngineThread
from tickterm.ui.first_run import SECONDS
from tickterm.ui.preferences import Preferences
from tickterm.ui.terminal.frames import Frames
from tickterm.ui.terminal.input import replace_undecodable
from tickterm.ui.terminal.key_flood import KeyAllowance, with_allowance
from tickterm.ui.terminal.signals import ending_signals

if TYPE_CHECKING:
    from textual.command import Provider
    from textual.screen import Screen

    from tickterm.ui.engine import Engine
    from tickterm.ui.first_run import FirstRun

__all__ = ["TickTermApp"]

STOP_SECONDS = 2.5
"""How long leaving waits for the engine to end in order."""
DEFAULTS = Preferences()

_HERE = Path(__file__).parent
_STYLES = "tickterm.tcss"


def _stylesheet() -> Path:
    """Find the stylesheet: beside this module in a wheel, at the top of a checkout."""
    packed = _HERE / _STYLES
    return packed if packed.exists() else _HERE.parents[1] / _STYLES


class TickTermApp(AlertActions, GroupActions, HelpActions, Appearance):
    """The dashboard over an engine, which it starts on mount and stops when it leaves.

    `return_code` is 0 after leaving, or the engine's own code when that had ended by itself.
    """

    TITLE = "tickterm"
    CSS_PATH = _stylesheet()
    BINDINGS: ClassVar[list[BindingType]] = [*app_bindings()]
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {PaletteCommands}

    def __init__(
        self,
        engine: Engine,
        preferences: Preferences = DEFAULTS,
        clock: Callable[[], float] = time.monotonic,
        first_run: FirstRun | None = None,
    ) -> None:
        """Take the engine to show, what the person prefers, a clock in seconds, and a memory."""
        super().__init__()
        replace_undecodable(self.driver_class)
        self._keys = KeyAllowance()
        self.driver_class = with_allowance(self.driver_class, self._keys)
        self.fit(preferences)
        self._first_run = first_run
        self._candles = self.dashboard.detail.wanted
        self._engine = engine
        self._frames = Frames(self, preferences.looks, clock)
        self._clock = clock
        self._thread = EngineThread(engine)
        self._failure: Status | None = None
        self._leaving = False
        self._snapshot = engine.snapshot()
        self._seen_at = clock()

    @property
    def exit_code(self) -> int:
        """What the process ends with: `return_code`, or 1 when the screen died without one."""
        return 1 if self.return_code is None else self.return_code

    def compose(self) -> ComposeResult:
        """Put the dashboard on the screen."""
        yield self.dashboard

    async def run_async(self, *args: Any, **kwargs: Any) -> None:
        """Run as `App.run_async` does; SIGTERM and SIGHUP leave in order."""
        loop = asyncio.get_running_loop()

        def leave() -> None:
            self._engine.stop()
            loop.call_soon_threadsafe(self._leave)

        with ending_signals(leave):
            try:
                await super().run_async(*args, **kwargs)
            finally:
                self._engine.stop()
                self._thread.join(STOP_SECONDS)

    def on_mount(self) -> None:
        """Start the engine and the one timer."""
        self.run_worker(self._watch_engine(), name="engine", exit_on_error=False)
        self.set_interval(1 / self._frames.rate.ceiling, self._frame)
        self.call_after_refresh(self.look)
        if self._first_run is not None and self._first_run.first_run:
            self.dashboard.show_hints(self.first_hints())
            self.set_timer(SECONDS, self.dashboard.hide_hints)

    def on_hint_line_seen(self) -> None:
        """Remember that a newcomer has seen the hints."""
        if self._first_run is not None:
            self._first_run.seen()

    async def on_event(self, event: events.Event) -> None:
        """Take the hints away once a key was pressed."""
        if isinstance(event, events.Key):
            self.dashboard.hide_hints()
        await super().on_event(event)

    def on_unmount(self) -> None:
        """Stop the engine however the screen came to its end."""
        self._engine.stop()

    def look(self) -> None:
        """Pull a snapshot and show what is new in it."""
        if self._leaving:
            return
        could_act = self._can_act
        self._ask_for_candles()
        self._pull()
        if self._can_act != could_act:
            self.refresh_bindings()
        now, wall_ms = self._now()
        status = self._failure or link_status(self._snapshot, now)
        self.dashboard.show(self._snapshot, now, wall_ms, status)
        self.announce(self._snapshot.alerts, self._snapshot.wall_ms)
        if lost := self._keys.news():
            self.notify(f"too many keys at once: {lost:,} were left out", severity="warning")

    def get_system_commands(
        self,
        screen: Screen[Any],  # noqa: ARG002  the base class asks for it by this name
    ) -> Iterable[SystemCommand]:
        """Offer every action in the palette."""
        for command in COMMANDS:
            if command.action == "command_palette" or not self.check_action(
                command.action.partition("(")[0], ()
            ):
                continue
            yield SystemCommand(command.title, command.tooltip, self._doer(command.action))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what this screen may do, and what makes sense now."""
        return self.is_ours(action) and super().check_action(action, parameters)

    async def action_quit(self) -> None:
        """Stop the engine in order and leave."""
        self._leave()

    def action_reconnect(self) -> None:
        """Try the engine or its link now, unless there is nothing to mend or it is not for us."""
        self._pull()
        if not self._may_act():
            return
        if is_detached(self._snapshot.attachment):
            self._engine.reconnect()
        elif self._snapshot.link.phase is LinkPhase.UP:
            self.notify("the link is up", markup=False)
        else:
            self._engine.reconnect()

    @property
    def _can_act(self) -> bool:
        """Whether the engine, or the attempt to reach one, does what this screen says."""
        attachment = self._snapshot.attachment
        return attachment.control or not attachment.where or not attachment.connected

    def is_ours(self, action: str) -> bool:
        """Offer no reconnect in a browser that may only look: it has no command line either."""
        return action != "reconnect" or not self.is_web or self._can_act

    def _frame(self) -> None:
        """Look, unless the terminal has not yet drawn what it has."""
        self.dashboard.fps = self._frames.draw(self.look)

    def _pull(self) -> None:
        snapshot = self._engine.snapshot()
        if snapshot is not self._snapshot:
            self._snapshot = snapshot
            self._seen_at = self._clock()

    def _ask_for_candles(self) -> None:
        wanted = self.dashboard.detail.wanted
        if wanted != self._candles:
            self._candles = wanted
            self._engine.watch_chart(*wanted)

    def _now(self) -> tuple[float, int]:
        """Return the engine's monotonic clock (seconds) and wall clock (ms) at this moment."""
        passed = self._clock() - self._seen_at
        return self._snapshot.now + passed, self._snapshot.wall_ms + int(passed * 1000)

    def _doer(self, action: str) -> Callable[[], Any]:
        async def do() -> None:
            await self.run_action(action)

        return do

    async def _watch_engine(self) -> None:
        self._thread.start()
        await self._thread.wait()
        if not self._leaving:
            self._pull()
            self._failure = failure(self._thread.error, self._snapshot.attachment)
            self.look()

    def _leave(self) -> None:
        """Begin to leave; the second time does nothing."""
        if self._leaving:
            return
        self._leaving = True
        self._engine.stop()
        self.run_worker(self._exit_when_stopped(), name="leave", exit_on_error=False)

    async def _exit_when_stopped(self) -> None:
        if self._thread.started and not self._failure:
            self.dashboard.show_banner(leaving(self._snapshot.attachment))
            try:
                await asyncio.wait_for(self._thread.wait(), STOP_SECONDS)
            except TimeoutError:
                self.log.warning("the engine did not end in time")
        self.exit(return_code=self._engine_exit_code())

    def _engine_exit_code(self) -> int:
        if self._failure is None:
            return 0
        if self._thread.error is None:
            return 1
        error = first_error(self._thread.error)
        return error.exit_code if isinstance(error, TickTermError) else 1
