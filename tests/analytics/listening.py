"""An independent listener of what analytics publishes: no code of the product in it."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import hiredis

CHANNELS = (
    "tickstock.events.patterns",
    "tickstock:patterns:streaming",
    "tickstock:indicators:streaming",
    "tickstock:streaming:health",
)

Event = tuple[str, str, str, int]
"""Symbol, pattern, timeframe, start of the bar."""


class EventListener:
    """Everything that comes on the four channels, kept by channel."""

    def __init__(self, port: int) -> None:
        self._messages: dict[str, list[bytes]] = {channel: [] for channel in CHANNELS}
        self._changed = threading.Condition()
        self._subscribed = 0
        self.changed = time.monotonic()
        """When the last message came that is none of health."""
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        words = ("SUBSCRIBE", *CHANNELS)
        parts = [f"${len(word)}\r\n{word}\r\n" for word in words]
        self._socket.sendall(f"*{len(words)}\r\n{''.join(parts)}".encode())
        self._socket.settimeout(None)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        with self._changed:
            assert self._changed.wait_for(lambda: self._subscribed == len(CHANNELS), 5)

    def messages(self, channel: str) -> list[dict[str, Any]]:
        """Return what came on a channel, decoded; the engine's own findings are left out."""
        with self._changed:
            found = list(self._messages[channel])
        decoded = [json.loads(message) for message in found]
        return [message for message in decoded if message.get("source") != "fallback"]

    def patterns(self) -> Counter[Event]:
        """Return the events of `tickstock.events.patterns`, how often each."""
        return Counter(_event(m["data"]) for m in self.messages(CHANNELS[0]))

    def streamed(self) -> Counter[Event]:
        """Return those of `tickstock:patterns:streaming`."""
        return Counter(_event(m["detection"]) for m in self.messages(CHANNELS[1]))

    def calculations(self) -> Counter[Event]:
        """Return those of `tickstock:indicators:streaming`, by indicator."""
        found = [m["calculation"] for m in self.messages(CHANNELS[2])]
        return Counter((c["symbol"], c["indicator"], c["timeframe"], c["timestamp"]) for c in found)

    def health(self) -> list[dict[str, Any]]:
        """Return what was told of health, oldest first."""
        return [m["health"] for m in self.messages(CHANNELS[3])]

    def count(self) -> int:
        """Return how many messages came, those of health left out."""
        with self._changed:
            return sum(len(self._messages[channel]) for channel in CHANNELS[:3])

    def close(self) -> None:
        """Stop listening."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._socket.close()

    def _read(self) -> None:
        reader = hiredis.Reader()
        with contextlib.suppress(OSError):
            while chunk := self._socket.recv(1 << 18):
                reader.feed(chunk)
                with self._changed:
                    while (answer := reader.gets()) is not False:
                        kind, channel, data = answer
                        if kind == b"message":
                            self._messages[channel.decode()].append(data)
                            if channel.decode() != CHANNELS[3]:
                                self.changed = time.monotonic()
                        else:
                            self._subscribed += 1
                    self._changed.notify_all()


def _event(detection: dict[str, Any]) -> Event:
    return (
        detection["symbol"],
        detection["pattern"],
        detection["timeframe"],
        detection["timestamp"],
    )


@contextlib.contextmanager
def listening(port: int) -> Iterator[EventListener]:
    """Listen for the length of the block."""
    listener = EventListener(port)
    try:
        yield listener
    finally:
        listener.close()
