"""ChartDesk: which viewer looks at which chart, and what it has seen of it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol, TypeAlias

from tickterm.engine.viewers.viewer import Viewer, framed
from tickterm.market.contract import Candles, encode
from tickterm.market.snapshot import Candle, PatternEvent
from tickterm.market.timeframe import Timeframe

__all__ = ["ChartDesk", "ChartSource"]

Seen: TypeAlias = tuple[Candle, ...] | None
Events: TypeAlias = tuple[PatternEvent, ...]
_Change: TypeAlias = tuple[str, Timeframe, int, int, int]


class ChartSource(Protocol):
    """Where candles and their events come from."""

    def candles(self, symbol: str, timeframe: Timeframe) -> tuple[Candle, ...] | None:
        """Return the newest, oldest first; the same object until one changes; None: not yet."""

    def events(self, symbol: str) -> Events:
        """Return the symbol's pattern events, oldest first; the same object until they change."""

    def keep(self, wanted: Collection[tuple[str, Timeframe]]) -> None:
        """Forget all charts but those of `wanted`, and begin to open others, if there is time."""


class _Seat:
    """What one viewer looks at, and what it has been sent of that."""

    def __init__(self, symbol: str, timeframe: Timeframe) -> None:
        self.symbol = symbol
        self.timeframe = timeframe
        self.seen: Seen = None
        self.events: Events = ()

    @property
    def told(self) -> int:
        """Number of the newest event that was sent."""
        return self.events[-1].number if self.events else 0

    def has_lost(self, events: Events) -> bool:
        """Say whether none of the events that were sent are there any more, as time began anew."""
        return bool(self.events) and (not events or events[0].number > self.told)


class ChartDesk:
    """Sends charts: candles and events, all at first, then what is new, made once for all."""

    def __init__(self) -> None:
        self.source: ChartSource | None = None
        """Set by the service."""
        self._seats: dict[Viewer, _Seat] = {}
        """In the order of asking, in which charts are opened: who asks again is the last."""
        self._frames: dict[_Change, tuple[Seen, Seen, list[bytes]]] = {}
        """Chart, identities of candles before and after, newest event before -> those candles,
        which keeps the identities theirs, and what is sent. Of one look."""

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
        """Send to all what has changed; a slow viewer gets it later, all of it once."""
        if self.source is None:
            return
        self._frames.clear()
        self.source.keep({(seat.symbol, seat.timeframe) for seat in self._seats.values()})
        for viewer, seat in self._seats.items():
            if not viewer.is_slow():
                self._serve(self.source, viewer, seat)

    def _serve(self, source: ChartSource, viewer: Viewer, seat: _Seat) -> None:
        candles = source.candles(seat.symbol, seat.timeframe)
        events = source.events(seat.symbol)
        if candles is None or (candles is seat.seen and events is seat.events):
            return
        viewer.write(*self._frames_of(seat, candles, events))
        seat.seen, seat.events = candles, events

    def _frames_of(self, seat: _Seat, candles: tuple[Candle, ...], events: Events) -> list[bytes]:
        key = seat.symbol, seat.timeframe, id(seat.seen), id(candles), seat.told
        if key not in self._frames:
            message = _change(seat, candles, events)
            frames = [] if message is None else [framed(encode(message))]
            self._frames[key] = seat.seen, candles, frames
        return self._frames[key][2]


def _change(seat: _Seat, candles: tuple[Candle, ...], events: Events) -> Candles | None:
    """Return what makes all this of what was sent; None: nothing has changed."""
    known = {candle.start: candle for candle in seat.seen or ()}
    gone = known.keys() - {candle.start for candle in candles}
    oldest = candles[0].start if candles else 0
    begins_anew = any(start >= oldest for start in gone) or seat.has_lost(events)
    if seat.seen is None or begins_anew:
        return Candles(seat.symbol, seat.timeframe, True, list(candles), list(events))
    changed = [c for c in candles if (before := known.get(c.start)) is not c and before != c]
    new = [event for event in events if event.number > seat.told]
    if not changed and not new:
        return None
    return Candles(seat.symbol, seat.timeframe, False, changed, new)
