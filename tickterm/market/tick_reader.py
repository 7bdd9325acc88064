"""From what lies on Redis to a TickData, or to the reason why not.

A tick as the engine publishes it::

    {"ticker":"AAPL","price":189.5,"volume":1200,"timestamp":1732454400000,
     "event_type":"aggregate","source":"massive","tick_open":189.4,"tick_high":189.6,
     "tick_low":189.3,"tick_close":189.5,"tick_volume":1200}

Whoever may publish on the channel may send anything. Numbers are finite, since JSON knows no
others, and inside the same bounds as the feed's.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import astuple

from tickterm.market.events import MAX_PRICE, MAX_VOLUME, Malformed
from tickterm.market.symbols import is_symbol
from tickterm.market.ticks import TickData

__all__ = ["read_tick"]

Price: TypeAlias = Annotated[float, Meta(gt=0, lt=MAX_PRICE)]
Volume: TypeAlias = (
    Annotated[int, Meta(ge=0, lt=MAX_VOLUME)] | Annotated[float, Meta(ge=0, lt=MAX_VOLUME)]
)


class _Tick(Struct, gc=False):
    """The eleven keys, in the order of TickData."""

    ticker: Annotated[str, Meta(max_length=32)]
    price: Price
    volume: Volume
    timestamp: Annotated[int, Meta(ge=10**11, le=10**14)]
    event_type: Literal["aggregate", "aggregate_minute", "trade", "quote"]
    source: Annotated[str, Meta(max_length=32)]
    tick_open: Price
    tick_high: Price
    tick_low: Price
    tick_close: Price
    tick_volume: Volume


_REST = (None,) * (len(TickData._fields) - len(_Tick.__struct_fields__))
"""What TickData has beside them: nobody publishes it."""
_REASONS = {
    "ticker": "symbol",
    "volume": "volume",
    "tick_volume": "volume",
    "timestamp": "time",
    "event_type": "event",
    "source": "event",
}
"""Key -> why; all others are prices."""
_KEY = re.compile(r"`(?:\$\.)?(\w+)`$")

_decode = msgspec.json.Decoder(_Tick).decode
_is_symbol = lru_cache(maxsize=32_768)(is_symbol)


def read_tick(payload: bytes) -> TickData:
    """Return the tick of a payload.

    Raises:
        Malformed: it is none; the text is the reason: `json`, `symbol`, `price`, `volume`, `time`
            or `event`.
    """
    try:
        tick = TickData._make(astuple(_decode(payload)) + _REST)
    except msgspec.ValidationError as error:
        raise Malformed(_reason(str(error))) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise Malformed("json") from None
    if not _is_symbol(tick.ticker):
        raise Malformed("symbol")
    return tick


def _reason(told: str) -> str:
    key = _KEY.search(told)
    return "json" if key is None else _REASONS.get(key[1], "price")
