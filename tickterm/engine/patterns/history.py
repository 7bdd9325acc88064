"""EventHistory: the newest pattern events of every watched symbol, for charts of any timeframe."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heapify, heappop, heappush, heapreplace

from tickterm.market.snapshot import PatternEvent

__all__ = ["EventHistory"]

MOST_EVENTS = 200_000
"""Of all symbols together; 300 bytes each."""
MOST = 500
"""Of one symbol: as many as a chart has candles."""


class EventHistory:
    """Keeps the newest events of each symbol; if they are too many, the oldest of all leaves.

    What a symbol has too much of leaves at once and takes no room from the others.
    """

    def __init__(self) -> None:
        self._events: dict[str, list[PatternEvent]] = {}
        """Oldest first; of symbols that have any."""
        self._frozen: dict[str, tuple[PatternEvent, ...]] = {}
        """Of symbols that somebody has asked for, until they change."""
        self._watched: frozenset[str] = frozenset()
        self._oldest: list[tuple[int, str]] = []
        """A heap of all symbols that have events, each with the number of its oldest one, or of one
        before that which has left meanwhile."""
        self._count = 0

    def watch(self, symbols: Iterable[str]) -> None:
        """Keep the events of exactly `symbols`; what is there of the kept ones stays."""
        self._watched = watched = frozenset(symbols)
        gone = [name for name in self._events if name not in watched]
        if not gone:
            return
        for name in gone:
            del self._events[name]
            self._frozen.pop(name, None)
        self._oldest = [(events[0].number, name) for name, events in self._events.items()]
        heapify(self._oldest)
        self._count = sum(map(len, self._events.values()))

    def clear(self) -> None:
        """Forget all events."""
        self._events.clear()
        self._frozen.clear()
        self._oldest.clear()
        self._count = 0

    def add(self, event: PatternEvent) -> None:
        """Take an event, newer than all before; that of a symbol nobody watches is left out."""
        symbol = event.symbol
        if symbol not in self._watched:
            return
        if symbol not in self._events:
            self._events[symbol] = []
            heappush(self._oldest, (event.number, symbol))
        self._events[symbol].append(event)
        self._frozen.pop(symbol, None)
        self._count += 1
        if len(self._events[symbol]) > MOST:
            self._drop_first(symbol)
        elif self._count > MOST_EVENTS:
            self._drop_oldest()

    def of(self, symbol: str) -> tuple[PatternEvent, ...]:
        """Return the events of a symbol, oldest first; the same object until they change."""
        events = self._events.get(symbol)
        if events is None:
            return ()
        if symbol not in self._frozen:
            self._frozen[symbol] = tuple(events)
        return self._frozen[symbol]

    def _drop_oldest(self) -> None:
        symbol = self._symbol_of_oldest()
        self._drop_first(symbol)
        if not self._events[symbol]:
            del self._events[symbol]
            heappop(self._oldest)

    def _symbol_of_oldest(self) -> str:
        """Correct the top of the heap until it says the truth; that symbol has the oldest event."""
        while True:
            number, symbol = self._oldest[0]
            first = self._events[symbol][0].number
            if first == number:
                return symbol
            heapreplace(self._oldest, (first, symbol))

    def _drop_first(self, symbol: str) -> None:
        del self._events[symbol][0]
        self._frozen.pop(symbol, None)
        self._count -= 1
