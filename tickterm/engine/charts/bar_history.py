"""BarHistory: the newest closed minutes of every watched symbol, packed, for charts."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

from tickterm.market.bars import Bar
from tickterm.market.snapshot import Candle

__all__ = ["BarHistory"]

MOST_BARS = 500_000
"""Of all symbols together, as long as each has its fewest; 50 bytes each."""
FEWEST, MOST = 60, 960
"""Bars of one symbol: an hour, and a day from 04:00 to 20:00."""
WIDTH = 6
"""Numbers of one bar: start, open, high, low, close, volume. All fit into a double."""


class BarHistory:
    """Keeps as many bars of each symbol as there is room for: the more symbols, the fewer."""

    def __init__(self) -> None:
        self._numbers: dict[str, array[float]] = {}
        """Of the symbols that have bars."""
        self._watched: frozenset[str] = frozenset()
        self._most = WIDTH * MOST

    def watch(self, symbols: Iterable[str]) -> None:
        """Keep the bars of exactly `symbols`; what is there of the kept ones stays."""
        self._watched = watched = frozenset(symbols)
        for symbol in [symbol for symbol in self._numbers if symbol not in watched]:
            del self._numbers[symbol]
        share = MOST_BARS // max(1, len(watched))
        self._most = WIDTH * max(FEWEST, min(share, MOST))

    def clear(self) -> None:
        """Forget all bars."""
        self._numbers.clear()

    def add(self, bars: Iterable[Bar]) -> None:
        """Take closed bars; those of symbols that nobody watches, or not newer, are left out."""
        for bar in bars:
            numbers = self._numbers.get(bar.symbol)
            if numbers is None:
                if bar.symbol not in self._watched:
                    continue
                numbers = self._numbers[bar.symbol] = array("d")
            elif bar.start <= numbers[-WIDTH]:
                continue
            numbers.extend((bar.start, bar.open, bar.high, bar.low, bar.close, bar.volume))
            if len(numbers) > self._most:
                del numbers[: len(numbers) - self._most]

    def candles(self, symbol: str) -> list[Candle]:
        """Return the bars of a symbol, oldest first; none of one that nobody watches."""
        numbers = iter(self._numbers.get(symbol, ()))
        bars = zip(*[numbers] * WIDTH, strict=True)
        return [
            Candle(int(start), opened, high, low, close, _shares(volume))
            for start, opened, high, low, close, volume in bars
        ]


def _shares(volume: float) -> int | float:
    return int(volume) if volume.is_integer() else volume
