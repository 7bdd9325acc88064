"""Rows on the wire: what must be sent of a changed row, and what the other side makes of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec import UNSET, UnsetType

from tickterm.market.contract import WireRow
from tickterm.market.snapshot import SPARKLINE_SECONDS, Row

__all__ = ["applied", "change_of", "changes"]

_NEW = Row("")
"""What a viewer has of a symbol that it has not heard of."""


def changes(
    before: Sequence[Row], after: Sequence[Row], symbols: Collection[str] | None = None
) -> list[WireRow]:
    """Return what must be sent to a viewer that has the rows `before`; of new symbols all of it.

    A filter `symbols` of None lets every row through. That rows have gone, or stand elsewhere, is
    for another message to say.
    """
    if before is after:
        return []
    pairs: list[tuple[Row | None, Row]]
    pairs = [(old, new) for old, new in zip(before, after, strict=False) if old is not new]
    if any(old and old.symbol != new.symbol for old, new in pairs):
        known = {row.symbol: row for row in before}
        others = [(known.get(row.symbol), row) for row in after]
        pairs = [(old, new) for old, new in others if old is not new]
    else:
        pairs += [(None, new) for new in after[len(before) :]]
    if symbols is not None:
        pairs = [(old, new) for old, new in pairs if new.symbol in symbols]
    return [change_of(old, new) for old, new in pairs]


def change_of(old: Row | None, new: Row) -> WireRow:
    """Return `new` for a viewer that has `old`: only what is other, for what is long."""
    before = old or _NEW
    tail = _tail(before, new)
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
        list(new.sparkline) if tail is UNSET else UNSET,
        tail,
        new.minute_ticks,
        UNSET if new.high == before.high else new.high,
        UNSET if new.low == before.low else new.low,
        UNSET if new.vwap == before.vwap else new.vwap,
        UNSET if new.name == before.name else new.name,
    )


def applied(old: Row | None, wire: WireRow) -> Row:
    """Return the row that `wire` describes to a viewer that has `old`."""
    before = old or _NEW
    sparkline = before.sparkline
    if wire.sparkline is not UNSET:
        sparkline = tuple(wire.sparkline[-SPARKLINE_SECONDS:])
    elif wire.sparkline_tail is not UNSET:
        sparkline = _followed(sparkline, wire.sparkline_tail)
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
        before.high if wire.high is UNSET else wire.high,
        before.low if wire.low is UNSET else wire.low,
        before.vwap if wire.vwap is UNSET else wire.vwap,
        wire.minute_ticks,
        before.name if wire.name is UNSET else wire.name,
    )


def _tail(old: Row, new: Row) -> list[float] | UnsetType:
    """Return the points from the newest one of `old` on, if those before are the same."""
    before, after = old.sparkline, new.sparkline
    count = (new.timestamp - old.timestamp) // 1000 + 1
    if not 0 < count < len(after):
        return UNSET
    kept = after[:-count]
    same = kept == before[-1 - len(kept) : -1]
    fits = len(after) in (len(before) - 1 + count, SPARKLINE_SECONDS)
    return list(after[-count:]) if same and fits else UNSET


def _followed(points: tuple[float, ...], tail: Sequence[float]) -> tuple[float, ...]:
    """Return a sparkline with `tail` in the place of its newest point."""
    return (points[:-1] + tuple(tail))[-SPARKLINE_SECONDS:]
