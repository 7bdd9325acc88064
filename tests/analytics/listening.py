"""What analytics publishes, as an independent subscriber sees it."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.redis_server import Subscriber, subscriber

CHANNELS = (
    "tickstock.events.patterns",
    "tickstock:patterns:streaming",
    "tickstock:indicators:streaming",
    "tickstock:streaming:health",
)

Event = tuple[str, str, str, int]
"""Symbol, pattern, timeframe, start of the bar."""


class EventListener:
    """What has come on the four channels, decoded."""

    def __init__(self, seen: Subscriber) -> None:
        self._seen = seen

    @property
    def changed(self) -> float:
        """When the last message came that is none of health."""
        return max(self._seen.heard[channel] for channel in CHANNELS[:3])

    def messages(self, channel: str) -> list[dict[str, Any]]:
        """Return what came on a channel, decoded; the engine's own findings are left out."""
        decoded = [json.loads(message) for message in list(self._seen.messages[channel])]
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
        return sum(len(self._seen.messages[channel]) for channel in CHANNELS[:3])


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
    with subscriber(port, CHANNELS) as seen:
        yield EventListener(seen)
