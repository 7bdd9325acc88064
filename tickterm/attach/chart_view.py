"""ChartView: the one chart that a screen has asked for, as an engine's messages make it."""

from __future__ import annotations

from tickterm.attach.bounds import bounded
from tickterm.market.contract import Candles
from tickterm.market.snapshot import Candle, Chart
from tickterm.market.timeframe import Timeframe

__all__ = ["MOST_CANDLES", "ChartView"]

MOST_CANDLES = 500


class ChartView:
    """The newest candles; none until the engine has sent them all."""

    def __init__(self) -> None:
        self._symbol: str | None = None
        self._timeframe = Timeframe.M1
        self._candles: dict[int, Candle] | None = None
        self._frozen: Chart | None = None

    def watch(self, symbol: str | None, timeframe: Timeframe) -> None:
        """Take another wish; what does not belong to it is gone."""
        if (symbol, timeframe) != (self._symbol, self._timeframe):
            self._symbol, self._timeframe = symbol, timeframe
            self.begin()

    def begin(self) -> None:
        """Wait for all candles: another connection."""
        self._candles = self._frozen = None

    def take(self, message: Candles) -> None:
        """Take candles, unless they are of another chart or of one that is not whole."""
        if (message.symbol, message.timeframe) != (self._symbol, self._timeframe):
            return
        if message.whole:
            self._candles = {}
        if self._candles is not None:
            for candle in map(_bounded, message.candles[-MOST_CANDLES:]):
                self._candles[candle.start] = candle
            newest = sorted(self._candles)[-MOST_CANDLES:]
            self._candles = {start: self._candles[start] for start in newest}
            self._frozen = None

    def freeze(self) -> Chart | None:
        """Return the chart; the same object until it changes; None until it is whole."""
        if self._frozen is None and self._symbol is not None and self._candles is not None:
            self._frozen = Chart(self._symbol, self._timeframe, tuple(self._candles.values()))
        return self._frozen


def _bounded(candle: Candle) -> Candle:
    """Return a candle that can be drawn: whatever is said, its shadows hold its body."""
    prices = candle.open, candle.high, candle.low, candle.close
    opened, high, low, close = map(bounded, prices)
    return Candle(
        bounded(candle.start),
        opened,
        max(opened, high, low, close),
        min(opened, high, low, close),
        close,
        max(0, bounded(candle.volume)),
    )
