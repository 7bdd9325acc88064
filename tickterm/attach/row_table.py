"""RowTable: the rows of an engine, as its messages make them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import UNSET, UnsetType

from tickterm.attach.bounds import bounded_row
from tickterm.market.contract import ContractError, Rows, SnapshotPart, Watched, WireRow
from tickterm.market.row_stream import applied
from tickterm.market.snapshot import Row

__all__ = ["MOST_SYMBOLS", "RowTable"]

MOST_SYMBOLS = 20_000


class RowTable:
    """The newest row of every symbol, in the engine's order; the old ones until all new are here.

    A row that did not change is the same object as before, also after a new snapshot.
    """

    def __init__(self) -> None:
        self.complete = False
        """Whether a whole snapshot has come since `begin`."""
        self._rows: dict[str, Row] = {}
        self._coming: dict[str, Row] = {}
        """The snapshot that has begun and not ended."""
        self._parts_left = 0
        self._frozen: tuple[Row, ...] | None = ()

    def begin(self) -> None:
        """Wait for a new snapshot: another connection."""
        self.complete = False
        self._coming, self._parts_left = {}, 0

    def take_part(self, message: SnapshotPart) -> None:
        """Take a part of a snapshot; the last one makes it count.

        Raises:
            ContractError: it does not follow the part before, or there are too many symbols.
        """
        if message.part == 1:
            self._coming, self._parts_left = {}, message.parts
        if self._parts_left == 0 or message.part != message.parts - self._parts_left + 1:
            raise ContractError(f"part {message.part} of a snapshot out of turn")
        self._put(self._coming, self._rows, message.rows)
        self._parts_left -= 1
        if self._parts_left == 0:
            self._rows, self._coming = self._coming, {}
            self._frozen = None
            self.complete = True

    def take_rows(self, message: Rows) -> None:
        """Take changed rows.

        Raises:
            ContractError: there are too many symbols.
        """
        rows = self._coming if self._parts_left else self._rows
        self._put(rows, rows, message.rows)
        if rows is self._rows and message.rows:
            self._frozen = None

    def take_watched(self, message: Watched) -> None:
        """Take the symbols that are watched from now on; the rows of new ones come.

        Raises:
            ContractError: there are too many symbols.
        """
        if len(message.symbols) > MOST_SYMBOLS:
            raise ContractError(f"more than {MOST_SYMBOLS:,} symbols")
        names = [bounded_row(Row(symbol)).symbol for symbol in message.symbols]
        if self._parts_left:
            self._coming = _exactly(names, self._coming)
        else:
            self._rows = _exactly(names, self._rows)
            self._frozen = None

    def freeze(self) -> tuple[Row, ...]:
        """Return all rows; the same object until one has changed."""
        if self._frozen is None:
            self._frozen = tuple(self._rows.values())
        return self._frozen

    def _put(self, rows: dict[str, Row], known: dict[str, Row], wire: Sequence[WireRow]) -> None:
        if len(wire) > MOST_SYMBOLS:
            raise ContractError(f"more than {MOST_SYMBOLS:,} rows at once")
        for change in wire:
            row = bounded_row(applied(rows.get(change.symbol), change), _fresh(change))
            old = known.get(row.symbol)
            if row.symbol not in rows and len(rows) >= MOST_SYMBOLS:
                raise ContractError(f"more than {MOST_SYMBOLS:,} symbols")
            rows[row.symbol] = old if old is not None and old == row else row


def _fresh(change: WireRow) -> Sequence[float] | None:
    """Return the points of a sparkline that nobody has looked at yet; None: all of them."""
    tail = change.sparkline_tail
    return tail if change.sparkline is UNSET and not isinstance(tail, UnsetType) else None


def _exactly(symbols: Sequence[str], rows: Mapping[str, Row]) -> dict[str, Row]:
    return {symbol: rows.get(symbol) or Row(symbol) for symbol in symbols}
