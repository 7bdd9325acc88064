"""Tape: the newest ticks of one symbol, as they came in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import orjson

from tickterm.market.snapshot import TapeTick
from tickterm.market.ticks import TickData

__all__ = ["MOST_LINES", "Tape"]

MOST_LINES = 200
REVISED_WITHIN = 60_000
"""Ms for which a second may be sent again: older ones are of a time that has begun anew."""
_BARS = frozenset({"aggregate", "aggregate_minute"})
"""Kinds of ticks of which the feed may send a time again; several trades may be of the same."""


class Tape:
    """Lines of ticks; a bar that is sent again replaces its line, as the feed means it."""

    def __init__(self, numbers: Iterator[int], payloads: Iterable[bytes]) -> None:
        """Take what numbers the lines, and the JSON of the ticks before, newest first."""
        self._numbers = numbers
        self._lines: dict[object, TapeTick] = {}
        """In the order in which they came: bars by kind and time, all others by number."""
        self._shown: tuple[TapeTick, ...] | None = None
        self._latest = 0
        """Time of the last tick, ms UTC."""
        for payload in reversed(list(payloads)):
            self.take(TickData(*orjson.loads(payload).values()))

    def take(self, tick: TickData) -> None:
        """Take a tick of the symbol."""
        if tick.timestamp < self._latest - REVISED_WITHIN:
            self._lines = {line.number: line for line in self._lines.values()}
        self._latest, self._shown = tick.timestamp, None
        bar = (tick.event_type, tick.timestamp) if tick.event_type in _BARS else None
        before = self._lines.get(bar)
        number = next(self._numbers) if before is None else before.number
        self._lines[bar or number] = TapeTick(
            number,
            tick.timestamp,
            tick.price,
            tick.tick_low,
            tick.tick_high,
            tick.volume,
            before is not None,
        )
        if len(self._lines) > MOST_LINES:
            del self._lines[next(iter(self._lines))]

    def ticks(self) -> tuple[TapeTick, ...]:
        """Return the newest, oldest first; the same object until one comes or changes."""
        if self._shown is None:
            self._shown = tuple(self._lines.values())
        return self._shown
