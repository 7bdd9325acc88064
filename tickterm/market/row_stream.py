"""Rows on the wire: what must be sent of a changed row, and what the other side makes of it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import UNSET

from tickterm.market.contract import WireRow
from tickterm.market.snapshot import Row
from tickterm.market.state import SPARKLINE_SECONDS

__all__ = ["applied", "change_of", "changes"]


def changes(before: Sequence[Row], after: Sequence[Row]) -> list[WireRow]:
    """Return what must be sent to a viewer that has the rows `before`; both of the same symbols."""
    if before is after:
        return []
    pairs = zip(before, after, strict=True)
    return [change_of(old, new) for old, new in pairs if old is not new]


def change_of(old: Row | None, new: Row) -> WireRow:
    """Return `new` for a viewer that has `old`: its sparkline only where it cannot be derived."""
    derivable = old is not None and new.ticks == old.ticks + 1
    return WireRow(
        new.symbol,
        new.price,
        new.reference,
        new.reference_is_open,
        new.volume,
        new.direction,
        new.timestamp,
        new.updated,
        new.ticks,
        UNSET if derivable else list(new.sparkline),
    )


def applied(old: Row | None, wire: WireRow) -> Row:
    """Return the row that `wire` describes to a viewer that has `old`."""
    if wire.sparkline is not UNSET:
        sparkline = tuple(wire.sparkline[-SPARKLINE_SECONDS:])
    elif old is None or wire.price is None:
        sparkline = ()
    else:
        sparkline = _extended(old.sparkline, old.timestamp, wire.timestamp, wire.price)
    return Row(
        wire.symbol,
        wire.price,
        wire.reference,
        wire.reference_is_open,
        wire.volume,
        wire.direction,
        sparkline,
        wire.timestamp,
        wire.updated,
        wire.ticks,
    )


def _extended(
    points: tuple[float, ...], before: int, timestamp: int, price: float
) -> tuple[float, ...]:
    """Return a sparkline after one tick, as `MarketState` does it; times are ms UTC."""
    if not points:
        return (price,)
    if timestamp == before:
        return (*points[:-1], price)
    silent = min(max((timestamp - before) // 1000 - 1, 0), SPARKLINE_SECONDS)
    return (*points, *points[-1:] * silent, price)[-SPARKLINE_SECONDS:]
