"""The thread that the engine runs on, seen from the screen's event loop."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tickterm.ui.engine import Engine

__all__ = ["EngineThread"]


class EngineThread:
    """Run `engine.run()` on a daemon thread: an engine that hangs cannot keep the process alive.

    (The event loop's own thread pool is joined without a time limit when the loop closes.)
    """

    def __init__(self, engine: Engine) -> None:
        self.error: BaseException | None = None
        """What `run` raised, if it did."""
        self._engine = engine
        self._ended = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="tickterm-engine", daemon=True)

    @property
    def started(self) -> bool:
        """Whether `start` was called."""
        return self._thread.ident is not None

    def start(self) -> None:
        """Start the engine; call once, inside the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    async def wait(self) -> None:
        """Return when the engine's `run` has returned or raised."""
        await self._ended.wait()

    def join(self, seconds: float) -> bool:
        """Block until the thread has ended, at most `seconds`; say whether it has."""
        if self.started:
            self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._engine.run()
        except BaseException as error:  # noqa: BLE001  the thread's boundary: the screen shows it
            self.error = error
        try:
            self._loop.call_soon_threadsafe(self._ended.set)
        except RuntimeError:
            return  # the screen's loop has closed: nobody is waiting
