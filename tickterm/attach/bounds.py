"""Keeps what an engine says within what a screen can draw: text, numbers, sizes.

An engine may be wrong, or no engine at all. Text loses its control characters, numbers stay below
a quadrillion (times in ms are a thousandth of that), mappings lose what nobody could read.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from tickterm.market.snapshot import PatternEvent, Row
from tickterm.market.text import clean

__all__ = ["LARGEST", "bounded", "bounded_event", "bounded_row"]

LARGEST = 10**15
_MOST_ITEMS = 32
_SYMBOL_LIMIT, _NAME_LIMIT, _TIMEFRAME_LIMIT = 32, 64, 16
"""Characters."""

_View = TypeVar("_View")


def bounded(view: _View) -> _View:
    """Return a number, a text or a view of a snapshot within bounds; anything else as it is."""
    return _bounded(view)  # type: ignore[no-any-return]  # of the same type, whatever it is


def bounded_row(row: Row, fresh: Sequence[float] | None = None) -> Row:
    """Return a row within bounds: the same object where it is, as good as always.

    `fresh` are the points of the sparkline that may not be; None: any.
    """
    symbol = clean(row.symbol, _SYMBOL_LIMIT)
    points = (row.sparkline if fresh is None else fresh) or (0.0,)
    numbers = (
        *(row.price or 0, row.reference or 0, row.volume, row.timestamp, row.updated, row.ticks),
        *(row.high or 0, row.low or 0, row.vwap or 0, row.minute_ticks),
        *(min(points), max(points)),
    )
    fits = min(numbers) >= -LARGEST and max(numbers) <= LARGEST
    clean_name = not row.name or row.name == clean(row.name, _NAME_LIMIT)
    if fits and clean_name and symbol == row.symbol:
        return row
    values: Any = (_bounded(value) for value in row)
    name, line = clean(row.name, _NAME_LIMIT), tuple(map(_bounded, row.sparkline))
    return Row(*values)._replace(symbol=symbol, name=name, sparkline=line)


def bounded_event(event: PatternEvent, number: int) -> PatternEvent:
    """Return a pattern event within bounds, under another number."""
    return PatternEvent(
        number,
        bounded(event.wall_ms),
        clean(event.symbol, _SYMBOL_LIMIT),
        clean(event.pattern, _NAME_LIMIT),
        max(0.0, min(event.confidence, 1.0)),
        event.direction,
        bounded(event.timestamp),
        clean(event.timeframe, _TIMEFRAME_LIMIT),
        clean(event.source, _NAME_LIMIT),
        bounded(event.price),
    )


def _bounded(value: Any) -> Any:
    if value is None or isinstance(value, bool | enum.Enum):
        return value
    if isinstance(value, int | float):
        return max(-LARGEST, min(value, LARGEST))
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        items = islice(value.items(), _MOST_ITEMS)
        return {_bounded(name): _bounded(item) for name, item in items}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return dataclasses.replace(value, **{n: _bounded(getattr(value, n)) for n in names})
    return value
