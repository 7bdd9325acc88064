"""What draws in a screen's process: Textual's driver for browsers, with whole packets.

Textual writes what is drawn from one thread and the pieces of a file from another, to the same
pipe; without a lock the one lands in the middle of the other and the stream is lost.
Named in `TEXTUAL_DRIVER`; nothing of the server imports it.
"""

from __future__ import annotations

from threading import Lock

from textual.drivers.web_driver import WebDriver

__all__ = ["WholePackets"]


class WholePackets(WebDriver):
    """Writes one packet at a time."""

    _lock = Lock()  # a process has one driver and one stdout

    def write(self, data: str) -> None:
        """Write what a terminal would show."""
        with self._lock:
            super().write(data)

    def write_meta(self, data: dict[str, object]) -> None:
        """Write what is not shown."""
        with self._lock:
            super().write_meta(data)

    def write_binary_encoded(self, data: tuple[str | bytes, ...]) -> None:
        """Write a piece of a file."""
        with self._lock:
            super().write_binary_encoded(data)
