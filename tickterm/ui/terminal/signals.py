"""SIGTERM, SIGHUP and SIGQUIT for a terminal app: leave in order, and leave for certain."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["ending_signals"]

DEADLINE = 2.8
"""Seconds after which the process ends even if its terminal or event loop is stuck."""

_NAMES = ("SIGTERM", "SIGHUP", "SIGQUIT")


def _ignore(_number: int, _frame: FrameType | None) -> None:
    pass


@contextmanager
def ending_signals(leave: Callable[[], None]) -> Iterator[None]:
    """Call `leave` on the main thread at the first of these signals; ignore further ones.

    A plain handler, not one of the event loop: a terminal that nobody reads blocks the loop inside
    a write, and only a plain handler runs even then.
    """
    watchdog: list[threading.Timer] = []

    def handle(_number: int, _frame: FrameType | None) -> None:
        if watchdog:
            return
        timer = threading.Timer(DEADLINE, signal.raise_signal, [signal.SIGKILL])
        timer.daemon = True
        timer.start()
        watchdog.append(timer)
        # A hang-up comes with SIGCONT, on which Textual would open the lost terminal once more.
        signal.signal(signal.SIGCONT, _ignore)
        leave()

    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    before = [(number, signal.signal(number, handle)) for number in numbers]
    try:
        yield
    finally:
        for timer in watchdog:
            timer.cancel()
        for number, old in before:
            signal.signal(number, old)
