"""Look: the rows at one moment, as frames that are made once for all viewers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property

from tickterm.engine.viewers.viewer import framed
from tickterm.market.contract import Rows, SnapshotPart, WireRow, encode
from tickterm.market.row_stream import change_of, changes
from tickterm.market.snapshot import Row

__all__ = ["Look"]

ROWS_A_MESSAGE = 500
"""At most: viewers limit the size of what they take."""


class Look:
    """The rows as of tick `seq`, at monotonic time `now`; a filter of None shows them all."""

    def __init__(self, rows: tuple[Row, ...], seq: int, now: float) -> None:
        self.rows = rows
        self.seq = seq
        self._now = now
        self._since: dict[int, tuple[tuple[Row, ...], list[bytes]]] = {}
        """Identity of earlier rows -> those rows, which keeps it theirs, and what changed since."""

    def snapshot(self, symbols: Collection[str] | None) -> list[bytes]:
        """Return the frames of a snapshot."""
        if symbols is None:
            return self._whole
        return self._parts([row for row in self.rows if row.symbol in symbols])

    def since(self, before: tuple[Row, ...], symbols: Collection[str] | None) -> list[bytes]:
        """Return the frames of the rows that changed since those of an earlier look."""
        if symbols is not None:
            return self._changes(before, symbols)
        if id(before) not in self._since:
            self._since[id(before)] = before, self._changes(before, None)
        return self._since[id(before)][1]

    @cached_property
    def _whole(self) -> list[bytes]:
        return self._parts(self.rows)

    def _parts(self, rows: Sequence[Row]) -> list[bytes]:
        pieces = _pieces([change_of(None, row) for row in rows]) or [[]]
        return [
            framed(encode(SnapshotPart(self.seq, number, len(pieces), self._now, piece)))
            for number, piece in enumerate(pieces, 1)
        ]

    def _changes(self, before: tuple[Row, ...], symbols: Collection[str] | None) -> list[bytes]:
        changed = changes(before, self.rows, symbols)
        return [framed(encode(Rows(self.seq, self._now, piece))) for piece in _pieces(changed)]


def _pieces(rows: list[WireRow]) -> list[list[WireRow]]:
    return [rows[n : n + ROWS_A_MESSAGE] for n in range(0, len(rows), ROWS_A_MESSAGE)]
