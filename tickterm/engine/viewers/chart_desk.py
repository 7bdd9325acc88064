"""ChartDesk: which viewer looks at which chart, and what it has seen of it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol, TypeAlias

from tickterm.engine.viewers.viewer import Viewer, framed
from tickterm.market.contract import Candles, encode
from tickterm.market.snapshot import Candle
from tickterm.market.timeframe import Timeframe

__all__ = ["ChartDesk", "ChartSource"]

Seen: TypeAlias = tuple[Candle, ...] | None
_Change: TypeAlias = tuple[str, Timeframe, int, int]


class ChartSource(Protocol):
    """Where candles come from."""

    def candles(self, symbol: str, timeframe: Timeframe) -> tuple[Candle, ...] | None:
        """Return the newest, oldest first; the same object until one changes; None: not yet."""

    def keep(self, wanted: Collection[tuple[str, Timeframe]]) -> None:
        """Forget all charts but those of `wanted`, and begin to open others, if there is time."""


class _Seat:
    """What one viewer looks at."""

    def __init__(self, symbol: str, timeframe: Timeframe) -> None:
        self.symbol = symbol
        self.timeframe = timeframe
        self.seen: Seen = None


class ChartDesk:
    """Sends the candles of charts: all at first, then those that changed, made once for all."""

    def __init__(self) -> None:
        self.source: ChartSource | None = None
        """Set by the service."""
        self._seats: dict[Viewer, _Seat] = {}
        """In the order of asking, in which charts are opened: who asks again is the last."""
        self._frames: dict[_Change, tuple[Seen, Seen, list[bytes]]] = {}
        """Chart, identities of candles before and after -> those, which keeps the identities
        theirs, and what is sent. Of one look."""

    def symbols_of(self, viewer: Viewer) -> list[str]:
        """Return the symbol that a viewer looks at, or none."""
        return [self._seats[viewer].symbol] if viewer in self._seats else []

    def seat(self, viewer: Viewer, symbol: str, timeframe: Timeframe) -> None:
        """Show a viewer the chart of a watched symbol from the next look on, and no other.

        Nothing is opened before: who keeps asking would use up the time of those who wait.
        """
        self.leave(viewer)
        self._seats[viewer] = _Seat(symbol, timeframe)

    def leave(self, viewer: Viewer) -> None:
        """Show a viewer no chart any more."""
        self._seats.pop(viewer, None)

    def show(self) -> None:
        """Send to all what has changed; a slow viewer gets it later, each candle once."""
        if self.source is None:
            return
        self._frames.clear()
        self.source.keep({(seat.symbol, seat.timeframe) for seat in self._seats.values()})
        for viewer, seat in self._seats.items():
            if not viewer.is_slow():
                self._serve(self.source, viewer, seat)

    def _serve(self, source: ChartSource, viewer: Viewer, seat: _Seat) -> None:
        candles = source.candles(seat.symbol, seat.timeframe)
        if candles is not None and candles is not seat.seen:
            viewer.write(*self._frames_of(seat, candles))
            seat.seen = candles

    def _frames_of(self, seat: _Seat, candles: tuple[Candle, ...]) -> list[bytes]:
        key = seat.symbol, seat.timeframe, id(seat.seen), id(candles)
        if key not in self._frames:
            message = _change(seat, candles)
            frames = [] if message is None else [framed(encode(message))]
            self._frames[key] = seat.seen, candles, frames
        return self._frames[key][2]


def _change(seat: _Seat, candles: tuple[Candle, ...]) -> Candles | None:
    """Return what makes the candles of what was seen; None: nothing has changed."""
    known = {candle.start: candle for candle in seat.seen or ()}
    gone = known.keys() - {candle.start for candle in candles}
    oldest = candles[0].start if candles else 0
    if seat.seen is None or any(start >= oldest for start in gone):
        return Candles(seat.symbol, seat.timeframe, whole=True, candles=list(candles))
    changed = [c for c in candles if (before := known.get(c.start)) is not c and before != c]
    return Candles(seat.symbol, seat.timeframe, False, changed) if changed else None
