"""Helpers that run the app on a fake engine, a fake clock and an invisible terminal."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.events import Key
from textual.keys import _character_to_key

from tests.ui.fake_engine import FakeEngine
from tickterm.ui.app import TickTermApp
from tickterm.ui.preferences import Preferences

if TYPE_CHECKING:
    from textual.pilot import Pilot
    from textual.strip import Strip

    from tickterm.ui.board.board import Board
    from tickterm.ui.first_run import FirstRun
    from tickterm.ui.log.pane import LogPane

__all__ = ["NEVER", "Clock", "Driver", "on_screen", "until"]

DEFAULTS = Preferences()
HOPS = 5
"""Messages in a row from a key to its last effect: app, screen, widget, parent, app."""
HOPS_OF_A_LAYOUT, MOST_LAYOUTS = 2, 5
NEVER = 0.001
"""Looks per second at which the app's own timer never fires: tests look by themselves."""


class Clock:
    """A clock that moves only when told."""

    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        """Return seconds."""
        return self.now


async def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  what is waited for has no event
            await asyncio.sleep(0.005)


@dataclass
class Driver:
    """A running app, and what a test does with it."""

    app: TickTermApp
    pilot: Pilot[None]
    engine: FakeEngine
    clock: Clock

    @property
    def board(self) -> Board:
        return self.app.dashboard.board

    @property
    def log_pane(self) -> LogPane:
        return self.app.dashboard.panes.log_pane

    def strips(self) -> list[Strip]:
        """Return the whole screen as it is drawn."""
        return self.app.screen._compositor.render_strips()

    def lines(self) -> list[str]:
        """Return the text of the whole screen."""
        return [strip.text for strip in self.strips()]

    def text(self) -> str:
        return "\n".join(self.lines())

    async def press(self, *keys: str) -> None:
        """Press keys one after the other, each settled before the next.

        `Pilot.press` does the same but waits for an idle processor, ten times as long.
        """
        for key in keys:
            name = _character_to_key(key) if len(key) == 1 else key
            self.app.post_message(Key(name, key if len(key) == 1 else None))
            await self.settle()

    async def look(self) -> None:
        """Let the app pull a snapshot, and wait until it is drawn."""
        self.app.look()
        await self.settle()

    async def see(self, text: str) -> None:
        """Wait until `text` is on the screen: what scrolls does so a little later."""
        try:
            await until(lambda: text in self.text())
        except TimeoutError:
            raise AssertionError(f"{text!r} is not on the screen:\n{self.text()}") from None

    async def settle(self) -> None:
        """Wait until every widget has worked off what it was sent, what that sent on, and is drawn.

        What is laid out anew has to hear of its size and be drawn again.
        """
        for hops in (HOPS, *[HOPS_OF_A_LAYOUT] * MOST_LAYOUTS):
            for _ in range(hops):
                await self.pilot._wait_for_screen()
            if self._is_drawn():
                return
            self.app.screen._on_timer_update()

    def _is_drawn(self) -> bool:
        screen = self.app.screen
        return not (
            screen._layout_required
            or screen._scroll_required
            or screen._repaint_required
            or screen._dirty_widgets
            or screen._callbacks
        )

    async def pass_time(self, seconds: float) -> None:
        """Let the clock go on, and look."""
        self.clock.now += seconds
        await self.look()


@asynccontextmanager
async def on_screen(
    engine: FakeEngine | None = None,
    size: tuple[int, int] = (80, 24),
    preferences: Preferences = DEFAULTS,
    first_run: FirstRun | None = None,
) -> AsyncIterator[Driver]:
    """Run the app on an engine, by default the usual live one."""
    engine = engine or FakeEngine()
    clock = Clock()
    preferences = dataclasses.replace(preferences, fps=NEVER)
    app = TickTermApp(engine, preferences, clock, first_run)
    async with app.run_test(size=size) as pilot:
        driver = Driver(app, pilot, engine, clock)
        await driver.settle()
        await driver.look()
        yield driver
