"""A program that ends at a signal: in order, or at least in time."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable

__all__ = ["STOP_WITHIN", "StopSignals", "is_nohup"]

STOP_WITHIN = 2.8
"""Seconds from a signal to the end, at most."""


class StopSignals:
    """Heeds ctrl+c, the end of the terminal and what service managers send."""

    def __init__(self) -> None:
        self._first: int | None = None

    @property
    def exit_code(self) -> int:
        """130 where ctrl+c came first, else 0."""
        return 130 if self._first == signal.SIGINT else 0

    def heed(self, stop: Callable[[], object]) -> None:
        """Call `stop` at every such signal from now on; call this on the main thread."""

        def on_signal(number: int, _frame: object) -> None:
            if self._first is None:
                self._first = number
                _end_in_time()
            stop()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if not is_nohup(number):
                signal.signal(number, on_signal)


def is_nohup(number: int) -> bool:
    """Say whether a signal is that of a terminal which ends, and somebody wants us to go on."""
    return number == signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN


def _end_in_time() -> None:
    """End the process, whatever hangs: a service manager waits for it."""
    watchdog = threading.Timer(STOP_WITHIN, signal.raise_signal, [signal.SIGKILL])
    watchdog.daemon = True
    watchdog.start()
