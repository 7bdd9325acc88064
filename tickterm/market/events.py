"""From one element of a frame to a TickData, or to the reason why not.

A bar as the real feed sends it (prices in dollars, volumes in shares, times in ms UTC)::

    {"ev":"A","sym":"FCX","v":4989,"av":4332125,"op":75.98,"vw":78.0894,"o":78.1,"c":78.08,
     "h":78.125,"l":78.07,"a":76.8404,"z":62,"s":1788877043000,"e":1788877044000}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from tickterm.market.symbols import is_symbol
from tickterm.market.ticks import TickData

__all__ = ["EVENTS", "Malformed"]

MAX_PRICE = 1e9
MAX_VOLUME = 2**53
"""Bounds of sense; inside them every number survives JSON and arithmetic unharmed."""

_is_symbol = lru_cache(maxsize=32_768)(is_symbol)


class Malformed(ValueError):
    """An element that is no tick; the text is the reason, one of a small fixed set of words."""


def _symbol(event: Mapping[str, Any]) -> str:
    """Return the ticker: `sym`, in some events of other clusters `pair` or `T`."""
    symbol = event.get("sym")
    if symbol is None:
        symbol = event.get("pair", event.get("T"))
    if type(symbol) is not str or len(symbol) > 32 or not _is_symbol(symbol):
        raise Malformed("symbol")
    return symbol


def _price(value: Any) -> float:
    if (type(value) is float or type(value) is int) and 0 < value < MAX_PRICE:
        return value
    raise Malformed("price")


def _volume(value: Any, exact: object) -> int | float:
    """Return the shares; the decimal string only where the number is missing or rounds to 0."""
    if not value and type(value) is not bool:
        value = _decimal(exact, value)
    if (type(value) is int or type(value) is float) and 0 <= value < MAX_VOLUME:
        return value
    raise Malformed("volume")


def _decimal(text: object, otherwise: Any) -> Any:
    """Read `dv` or `ds`. Bars of an index have no volume at all: that is 0."""
    if text is None:
        return 0 if otherwise is None else otherwise
    if type(text) is not str or len(text) > 40:
        raise Malformed("volume")
    try:
        return float(text) or otherwise or 0
    except ValueError:
        raise Malformed("volume") from None


def _time(value: Any) -> int:
    """Return ms UTC. Sources mix seconds, ms, µs and ns: told apart by magnitude."""
    if type(value) is float and value.is_integer():
        value = int(value)
    if type(value) is not int or not 0 < value < 10**19:
        raise Malformed("time")
    if 10**11 <= value <= 10**14:
        return value
    if value < 10**11:
        return value * 1_000
    return value // 1_000_000 if value > 10**17 else value // 1_000


def _optional(value: Any) -> int | float | None:
    """Return a positive number, else None: `op` is absent, or 0, before the open."""
    if (type(value) is int or type(value) is float) and 0 < value < MAX_VOLUME:
        return value
    return None


def _bar(event: Mapping[str, Any], event_type: str, source: str) -> TickData:
    get = event.get
    close = _price(get("c"))
    volume = _volume(get("v"), get("dv"))
    start = get("s")
    return TickData(
        _symbol(event),
        close,
        volume,
        _time(get("t") if start is None else start),
        event_type,
        source,
        _price(get("o")),
        _price(get("h")),
        _price(get("l")),
        close,
        volume,
        _optional(get("op")),
        _optional(get("av")),
        _optional(get("a")),
    )


def _second_bar(event: Mapping[str, Any], source: str) -> TickData:
    return _bar(event, "aggregate", source)


def _minute_bar(event: Mapping[str, Any], source: str) -> TickData:
    return _bar(event, "aggregate_minute", source)


def _trade(event: Mapping[str, Any], source: str) -> TickData:
    """Read a trade; one below a share has `s` 0 and its size in `ds`."""
    price = _price(event.get("p"))
    size = _volume(event.get("s"), event.get("ds"))
    at = _time(event.get("t"))
    ticker = _symbol(event)
    return TickData(ticker, price, size, at, "trade", source, price, price, price, price, size)


def _quote(event: Mapping[str, Any], source: str) -> TickData:
    """Read a quote as its midpoint, or as the one side that it has; it moves no shares."""
    sides = [_price(event[key]) for key in ("bp", "ap") if event.get(key)]
    if not sides:
        raise Malformed("price")
    mid = sum(sides) / len(sides)
    at = _time(event.get("t"))
    return TickData(_symbol(event), mid, 0, at, "quote", source, mid, mid, mid, mid, 0)


EVENTS: Mapping[str, Callable[[Mapping[str, Any], str], TickData]] = {
    "A": _second_bar,
    "AM": _minute_bar,
    "T": _trade,
    "Q": _quote,
}
"""`ev` -> its reader. A reader takes the element and the source label; it raises `Malformed`."""
