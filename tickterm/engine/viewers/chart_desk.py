"""ChartDesk: which viewer looks at which chart, and what it has seen of it."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple, Protocol, TypeAlias

from tickterm.engine.viewers.viewer import Viewer, framed
from tickterm.market.contract import Candles, encode
from tickterm.market.snapshot import Candle, PatternEvent, TapeTick
from tickterm.market.timeframe import Timeframe

__all__ = ["ChartDesk", "ChartSource"]

Events: TypeAlias = tuple[PatternEvent, ...]
Ticks: TypeAlias = tuple[TapeTick, ...]
_Change: TypeAlias = tuple[str, Timeframe, int, int, int, int, int]


class ChartSource(Protocol):
    """Where candles, their events and ticks come from."""

    def candles(self, symbol: str, timeframe: Timeframe) -> tuple[Candle, ...] | None:
        """Return the newest, oldest first; the same object until one changes; None: not yet."""

    def events(self, symbol: str) -> Events:
        """Return the symbol's pattern events, oldest first; the same object until they change."""

    def ticks(self, symbol: str) -> Ticks:
        """Return the ticks of a symbol whose candles were asked for, oldest first; the same object
        until one comes or changes."""

    def keep(self, wanted: Collection[tuple[str, Timeframe]]) -> None:
        """Forget all charts but those of `wanted`, and begin to open others, if there is time."""


class _View(NamedTuple):
    """A chart as it is at one look."""

    candles: tuple[Candle, ...]
    events: Events
    ticks: Ticks

    @property
    def told(self) -> int:
        """Number of the newest event."""
        return self.events[-1].number if self.events else 0

    def is_the_same(self, other: _View) -> bool:
        """Say whether these are the very objects of another look."""
        return all(mine is theirs for mine, theirs in zip(self, other, strict=True))

    def has_lost(self, events: Events) -> bool:
        """Say whether none of these events are there any more, as time began anew."""
        return bool(self.events) and (not events or events[0].number > self.told)


class _Seat:
    """What one viewer looks at, and what it has been sent of that."""

    def __init__(self, symbol: str, timeframe: Timeframe) -> None:
        self.symbol = symbol
        self.timeframe = timeframe
        self.seen: _View | None = None


class ChartDesk:
    """Sends charts: candles, events, ticks; all at first, then what is new, made once for all."""

    def __init__(self) -> None:
        self.source: ChartSource | None = None
        """Set by the service."""
        self._seats: dict[Viewer, _Seat] = {}
        """In the order of asking, in which charts are opened: who asks again is the last."""
        self._frames: dict[_Change, tuple[_View | None, _View, list[bytes]]] = {}
        """Chart, identities of candles and ticks before and after, newest event before -> the
        views, which keep the identities theirs, and what is sent. Of one look."""

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
        if candles is None:
            return
        view = _View(candles, source.events(seat.symbol), source.ticks(seat.symbol))
        if seat.seen is None or not view.is_the_same(seat.seen):
            viewer.write(*self._frames_of(seat, view))
            seat.seen = view

    def _frames_of(self, seat: _Seat, view: _View) -> list[bytes]:
        key = _change_of(seat, view)
        if key not in self._frames:
            message = _news(seat, view)
            frames = [] if message is None else [framed(encode(message))]
            self._frames[key] = seat.seen, view, frames
        return self._frames[key][2]


def _change_of(seat: _Seat, view: _View) -> _Change:
    chart, now = (seat.symbol, seat.timeframe), (id(view.candles), id(view.ticks))
    if (seen := seat.seen) is None:
        return *chart, 0, 0, 0, *now
    return *chart, id(seen.candles), id(seen.ticks), seen.told, *now


def _news(seat: _Seat, view: _View) -> Candles | None:
    """Return what makes all this of what was sent; None: nothing has changed."""
    seen = seat.seen
    if seen is None or _begins_anew(seen, view):
        candles, events, ticks = list(view.candles), list(view.events), list(view.ticks)
        return Candles(seat.symbol, seat.timeframe, True, candles, events, ticks)
    known = {candle.start: candle for candle in seen.candles}
    lines = {tick.number: tick for tick in seen.ticks}
    candles = [c for c in view.candles if (before := known.get(c.start)) is not c and before != c]
    events = [event for event in view.events if event.number > seen.told]
    ticks = [tick for tick in view.ticks if lines.get(tick.number) is not tick]
    if not candles and not events and not ticks:
        return None
    return Candles(seat.symbol, seat.timeframe, False, candles, events, ticks)


def _begins_anew(seen: _View, view: _View) -> bool:
    """Say whether something is gone that is not too old."""
    gone = {candle.start for candle in seen.candles} - {candle.start for candle in view.candles}
    oldest = view.candles[0].start if view.candles else 0
    return any(start >= oldest for start in gone) or seen.has_lost(view.events)
