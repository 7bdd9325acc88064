"""The indicators that are calculated on every closed bar.

| name | `values`, the first of which is `value` | |
|---|---|---|
| `SMA_5`, `SMA_20` | `sma` | mean of the last closes |
| `EMA_20` | `ema` | |
| `RSI_14` | `rsi` | 0 to 100, Wilder's smoothing |
| `MACD` | `macd`, `signal`, `histogram` | 12, 26, 9 |
| `Bollinger` | `middle`, `upper`, `lower` | 20 bars, two standard deviations of the population |
| `ATR_14` | `atr` | dollars, Wilder's smoothing |
| `Stochastic` | `k`, `d` | 0 to 100; TA-Lib's STOCH(14, 3, SMA, 3, SMA), the slow one |
| `OBV` | `obv` | shares, counted from the first bar known: only its changes mean something |
| `VWAP` | `vwap` | dollars, since the session began, 04:00 New York; none outside sessions |

EMA, RSI, MACD and ATR never quite forget: after a restart they equal those of a longer history to
some digits, not to the last.
"""

from __future__ import annotations

from typing import NamedTuple

from tickterm.market.bars import Bar
from tickterm.market.timeframe import Timeframe

__all__ = ["INDICATORS", "VWAP", "Indicator", "SessionVwap"]

_HIGH_LOW_CLOSE = slice(1, 4)
_CLOSE = slice(3, 4)
_CLOSE_VOLUME = slice(3, 5)

VWAP = "VWAP"


class Indicator(NamedTuple):
    """One indicator of TA-Lib's."""

    name: str
    function: str
    """TA-Lib's name of it."""
    parameters: dict[str, float]
    inputs: slice
    """Which of open, high, low, close and volume it takes."""
    lines: dict[str, int]
    """What `values` calls them -> which of TA-Lib's outputs they are."""


INDICATORS = (
    Indicator("SMA_5", "SMA", {"timeperiod": 5}, _CLOSE, {"sma": 0}),
    Indicator("SMA_20", "SMA", {"timeperiod": 20}, _CLOSE, {"sma": 0}),
    Indicator("EMA_20", "EMA", {"timeperiod": 20}, _CLOSE, {"ema": 0}),
    Indicator("RSI_14", "RSI", {"timeperiod": 14}, _CLOSE, {"rsi": 0}),
    Indicator(
        "MACD",
        "MACD",
        {"fastperiod": 12, "slowperiod": 26, "signalperiod": 9},
        _CLOSE,
        {"macd": 0, "signal": 1, "histogram": 2},
    ),
    Indicator(
        "Bollinger",
        "BBANDS",
        {"timeperiod": 20, "nbdevup": 2.0, "nbdevdn": 2.0},
        _CLOSE,
        {"middle": 1, "upper": 0, "lower": 2},
    ),
    Indicator("ATR_14", "ATR", {"timeperiod": 14}, _HIGH_LOW_CLOSE, {"atr": 0}),
    Indicator(
        "Stochastic",
        "STOCH",
        {"fastk_period": 14, "slowk_period": 3, "slowd_period": 3},
        _HIGH_LOW_CLOSE,
        {"k": 0, "d": 1},
    ),
    Indicator("OBV", "OBV", {}, _CLOSE_VOLUME, {"obv": 0}),
)
"""All but the VWAP, which TA-Lib has not."""


class SessionVwap:
    """The mean price of a session so far, weighted by volume."""

    __slots__ = ("_ends", "_turnover", "_volume")

    def __init__(self) -> None:
        self._ends = 0
        self._volume: int | float = 0
        self._turnover = 0.0

    def update(self, bar: Bar) -> float | None:
        """Add a bar and return the VWAP in dollars; None outside sessions and without volume."""
        if bar.start >= self._ends:
            session = Timeframe.D1.period(bar.start)
            if session is None:
                return None
            self._ends = session[1]
            self._volume, self._turnover = 0, 0.0
        self._volume += bar.volume
        self._turnover += bar.turnover
        return self._turnover / self._volume if self._volume else None
