"""Frames: draws as often as the terminal bears it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.drivers._writer_thread import WriterThread

from tickterm.ui.terminal.frame_rate import FrameRate

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App

__all__ = ["Frames", "queued_frames"]


def queued_frames(app: App[None]) -> int:
    """Return how many frames wait for the terminal to take them."""
    # Textual tells nobody how far behind its writer is, and a browser's driver has none.
    writer = getattr(app._driver, "_writer_thread", None)  # noqa: SLF001
    if not isinstance(writer, WriterThread):
        return 0
    return writer._queue.qsize()  # noqa: SLF001


class Frames:
    """Asks its `FrameRate` at each tick of a timer whether to draw, and tells it how that went."""

    def __init__(self, app: App[None], fps: float, clock: Callable[[], float]) -> None:
        self.rate = FrameRate(fps)
        self._app = app
        self._clock = clock

    def draw(self, look: Callable[[], None]) -> float:
        """Draw if it is time to; return the frames a second, 0 while they are as many as set."""
        began = self._clock()
        if self.rate.due(began, queued_frames(self._app)):
            look()
            self.rate.drawn(began, self._clock() - began)
        return self.rate.fps if self.rate.lowered else 0.0
