"""A market in front of the viewers: its tick number n has the price n, so that none can hide."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from tickterm.engine.batch import Batch
from tickterm.market.snapshot import Notice, Row, Snapshot
from tickterm.market.state import MarketState
from tickterm.market.ticks import TickData, encode

__all__ = ["DAY", "Market", "batch_of", "tick"]

DAY = 1_700_000_000_000
"""An instant within a trading day, ms UTC."""
SYMBOLS = tuple(f"S{number}" for number in range(10))


class Sink(Protocol):
    """The hub, or the broadcaster in front of it."""

    def offer(self, batch: Batch) -> None: ...

    def show(self, snapshot: Snapshot) -> None: ...


class Market:
    """Numbers its ticks from 1, keeps them in mind, and offers and shows them as the engine does.

    `symbol_of[n]` is the symbol of tick n.
    """

    def __init__(
        self,
        sink: Sink,
        watch: Callable[[Callable[[], tuple[Row, ...]]], None],
        symbols: Sequence[str] = SYMBOLS,
    ) -> None:
        self.symbol_of = [""]
        self.second = 0
        """Of the ticks that come next; a sparkline has one point for each."""
        self.forgot = False
        """Whether symbols are no longer watched, or are again: they have begun anew."""
        self._sink = sink
        self._state = MarketState(symbols)
        self._notices: list[Notice] = []
        watch(self._state.freeze)

    @property
    def last(self) -> int:
        """Number of the newest tick."""
        return len(self.symbol_of) - 1

    def ticks(self, *symbols: str) -> None:
        """Have one tick of each of `symbols`, as one frame of the feed brings them."""
        if not symbols:
            return
        now = time.monotonic()
        ticks = [
            tick(symbol, number, DAY + self.second * 1000)
            for number, symbol in enumerate(symbols, self.last + 1)
        ]
        for one in ticks:
            self._state.apply(one, now)
        self.symbol_of += symbols
        self._sink.offer(batch_of(ticks, now))

    def rounds(self, count: int, symbols: Sequence[str] = SYMBOLS) -> None:
        """Have `count` ticks, one frame for each round over `symbols`."""
        for start in range(0, count, len(symbols)):
            self.ticks(*symbols[: count - start])

    def watch(self, *symbols: str) -> None:
        """Change the universe."""
        self._state.watch(symbols)
        self.forgot = True

    def say(self, text: str) -> None:
        """Have a line in the engine's log."""
        self._notices.append(Notice(len(self._notices) + 1, DAY, 20, text))

    def rows(self) -> tuple[Row, ...]:
        """Return the rows as of this moment."""
        return self._state.freeze()

    def look(self, **views: Any) -> Snapshot:
        """Show everybody how things stand."""
        now = time.monotonic()
        snapshot = Snapshot(
            now=now,
            wall_ms=DAY,
            rows=self._state.freeze(),
            notices=tuple(self._notices[-500:]),
            **views,
        )
        self._sink.show(snapshot)
        return snapshot


def tick(symbol: str, number: int, timestamp: int) -> TickData:
    """Return a tick that says its number."""
    return TickData(
        ticker=symbol,
        price=float(number),
        volume=1,
        timestamp=timestamp,
        event_type="aggregate",
        source="simulated",
        tick_open=float(number),
        tick_high=float(number),
        tick_low=float(number),
        tick_close=float(number),
        tick_volume=1,
    )


def batch_of(ticks: Sequence[TickData], received: float) -> Batch:
    """Return the batch that the publisher makes of ticks."""
    return Batch([t.ticker for t in ticks], [encode(t) for t in ticks], received)
