"""TickData, the value that every layer speaks, and its wire form."""

from __future__ import annotations

from typing import NamedTuple

import orjson

__all__ = ["TickData", "encode"]


class TickData(NamedTuple):
    """One event of the feed.

    The first eleven fields are the JSON that goes to Redis and to viewers, in this order; the
    rest is for the state behind the screen and never leaves the engine. A tuple because it is
    immutable and the cheapest object to make (a frozen dataclass costs over three times more).
    """

    ticker: str
    """Symbol, in the feed's own case (`BRK.B`, `BACpB`)."""
    price: float
    """Dollars: the bar's close, the trade's price, the quote's midpoint."""
    volume: int | float
    """Shares in this bar or trade, as the wire has them: an integral number stays integral."""
    timestamp: int
    """Start of the bar, or time of the trade, in ms UTC."""
    event_type: str
    """`aggregate`, `aggregate_minute`, `trade` or `quote`."""
    source: str
    """`massive`, `simulated` or `replay`."""
    tick_open: float
    tick_high: float
    tick_low: float
    tick_close: float
    tick_volume: int | float

    day_open: float | None = None
    """Today's official opening price (`op`), dollars; None before the open."""
    day_volume: int | float | None = None
    """Shares traded today (`av`), where the feed says so."""
    day_vwap: float | None = None
    """Today's volume-weighted average price (`a`), dollars, where the feed says so."""


def encode(tick: TickData) -> bytes:
    """Return the tick as the eleven-key JSON object of both Redis channels and of viewers."""
    text = orjson.dumps(
        {
            "ticker": tick.ticker,
            "price": tick.price,
            "volume": tick.volume,
            "timestamp": tick.timestamp,
            "event_type": tick.event_type,
            "source": tick.source,
            "tick_open": tick.tick_open,
            "tick_high": tick.tick_high,
            "tick_low": tick.tick_low,
            "tick_close": tick.tick_close,
            "tick_volume": tick.tick_volume,
        }
    )
    # A copy: what orjson returns keeps a buffer of 4 KiB alive, and ticks may wait for Redis.
    return bytes(memoryview(text))
