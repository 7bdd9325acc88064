"""What the screen needs of an engine; the real one and the tests' fake both satisfy it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tickterm.market.snapshot import Snapshot
    from tickterm.market.timeframe import Timeframe

__all__ = ["Engine"]


class Engine(Protocol):
    """A running market-data gateway, seen from another thread."""

    def run(self) -> None:
        """Do the whole work on the calling thread; return after `stop()`, or raise."""

    def stop(self) -> None:
        """Ask `run` to end. Returns at once; any thread, any number of times."""

    def reconnect(self) -> None:
        """Try the link to the feed now. Returns at once; any thread."""

    def watch_chart(self, symbol: str | None, timeframe: Timeframe) -> None:
        """Keep `Snapshot.chart` to a symbol's candles; None ends it. At once; any thread."""

    def snapshot(self) -> Snapshot:
        """Return the newest state; cheap, any thread, a new object at least every 100 ms."""
        ...
