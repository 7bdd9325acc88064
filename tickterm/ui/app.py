"""TickTermApp: pulls snapshots of the engine and gives each widget its part."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import constants
from textual.app import App, ComposeResult, SystemCommand
from textual.binding import Binding, BindingType

from tickterm.errors import TickTermError, first_error
from tickterm.market.snapshot import LinkPhase
from tickterm.ui.actions import PaneActions
from tickterm.ui.board import Board
from tickterm.ui.commands import BROWSER_KEYS, COMMANDS, app_bindings
from tickterm.ui.dialogs import HelpScreen
from tickterm.ui.engine_thread import EngineThread
from tickterm.ui.event_view import EventView
from tickterm.ui.log_pane import LogView
from tickterm.ui.signals import ending_signals
from tickterm.ui.status import Status, failure, is_detached, leaving, link_status
from tickterm.ui.theme import TICKTERM_THEME, market_variables

if TYPE_CHECKING:
    from textual.screen import Screen

    from tickterm.ui.engine import Engine

__all__ = ["TickTermApp"]

STOP_SECONDS = 2.5
"""How long leaving waits for the engine to end in order."""
READ_ONLY = "this screen is read-only"
HOW_TO_CONTROL = (
    "to control the engine: tickterm attach --control, on its machine or with its TICKTERM_TOKEN"
)

_HERE = Path(__file__).parent
_STYLES = "tickterm.tcss"
_UNCHOSEN_THEME = "textual-dark"
"""What Textual takes when nobody has chosen a theme by the variable `TEXTUAL_THEME`."""


def _stylesheet() -> Path:
    """Find the stylesheet: beside this module in a wheel, at the top of a checkout."""
    packed = _HERE / _STYLES
    return packed if packed.exists() else _HERE.parents[1] / _STYLES


class TickTermApp(PaneActions):
    """The dashboard over an engine, which it starts on mount and stops when it leaves.

    `return_code` is 0 after leaving, or the engine's own code when that had ended by itself.
    """

    TITLE = "tickterm"
    CSS_PATH = _stylesheet()
    BINDINGS: ClassVar[list[BindingType]] = [*app_bindings()]

    def __init__(
        self, engine: Engine, fps: float = 10, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take the engine to show, the looks per second, and a clock in seconds."""
        super().__init__()
        self.register_theme(TICKTERM_THEME)
        chosen = constants.DEFAULT_THEME
        if chosen == _UNCHOSEN_THEME or chosen not in self.available_themes:
            self.theme = TICKTERM_THEME.name
        self.animation_level = "none"
        self._candles = self.dashboard.detail.wanted
        self._engine = engine
        self._fps = fps
        self._clock = clock
        self._thread = EngineThread(engine)
        self._failure: Status | None = None
        self._leaving = False
        self._snapshot = engine.snapshot()
        self._seen_at = clock()

    @property
    def engine_error(self) -> BaseException | None:
        """What the engine's `run` raised, if it did."""
        return self._thread.error

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
        self.set_interval(1 / self._fps, self.look)
        self.call_after_refresh(self.look)

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

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give every theme the colours of rising, of falling and of neither."""
        return market_variables(self.current_theme)

    def get_system_commands(
        self,
        screen: Screen[Any],  # noqa: ARG002  the base class asks for it by this name
    ) -> Iterable[SystemCommand]:
        """Offer every action in the palette."""
        for command in COMMANDS:
            if not self.check_action(command.action.partition("(")[0], ()):
                continue
            yield SystemCommand(command.title, command.tooltip, self._doer(command.action))
        yield SystemCommand(
            "view: Change theme", "Choose the colours of the screen", self.action_change_theme
        )
        yield SystemCommand(
            "view: Save a picture",
            "Save the screen as an SVG file",
            lambda: self.set_timer(0.1, self.deliver_screenshot),
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what this screen may do, and what makes sense now."""
        return self._is_ours(action) and super().check_action(action, parameters)

    async def action_quit(self) -> None:
        """Stop the engine in order and leave."""
        self._leave()

    def action_help(self) -> None:
        """List all keys."""
        panes = self.dashboard.panes
        nodes = (
            ("everywhere", self),
            ("board", self.dashboard.board),
            ("log", panes.log_pane.view),
            ("events", panes.events.view),
        )
        self.push_screen(HelpScreen((title, self._bindings_of(node)) for title, node in nodes))

    def action_reconnect(self) -> None:
        """Try the engine or its link now, unless there is nothing to mend or it is not for us."""
        self._pull()
        if not self._can_act:
            self.notify(f"{READ_ONLY}; {HOW_TO_CONTROL}", markup=False)
        elif is_detached(self._snapshot.attachment):
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

    def _is_ours(self, action: str) -> bool:
        """Offer no reconnect in a browser that may only look: it has no command line either."""
        return action != "reconnect" or not self.is_web or self._can_act

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
        self.exit(return_code=self._exit_code())

    def _exit_code(self) -> int:
        if self._failure is None:
            return 0
        if self._thread.error is None:
            return 1
        error = first_error(self._thread.error)
        return error.exit_code if isinstance(error, TickTermError) else 1

    def _bindings_of(self, node: App[None] | Board | LogView | EventView) -> list[Binding]:
        """Return the keys of a node that can reach it and do something."""
        return [
            binding
            for key, binding in node._bindings  # noqa: SLF001  public only per screen
            if self._is_ours(binding.action) and not (self.is_web and key in BROWSER_KEYS)
        ]
