"""Charts as a test makes them."""

from __future__ import annotations

from collections.abc import Collection

from tickterm.market.snapshot import Candle
from tickterm.market.timeframe import Timeframe

__all__ = ["FakeCharts", "Key", "candle", "candles"]

Key = tuple[str, Timeframe]


def candle(start: int, close: float = 10.0) -> Candle:
    return Candle(start, 10.0, max(close, 10.0), min(close, 10.0), close, 5)


def candles(*starts: int) -> tuple[Candle, ...]:
    return tuple(candle(start) for start in starts)


class FakeCharts:
    """Gives what is in `charts`, and remembers what it was asked."""

    def __init__(self) -> None:
        self.charts: dict[str, tuple[Candle, ...] | None] = {}
        self.asked: list[Key] = []
        self.kept: set[Key] = set()

    def candles(self, symbol: str, timeframe: Timeframe) -> tuple[Candle, ...] | None:
        self.asked.append((symbol, timeframe))
        return self.charts.get(symbol, ())

    def keep(self, wanted: Collection[Key]) -> None:
        self.kept = set(wanted)
