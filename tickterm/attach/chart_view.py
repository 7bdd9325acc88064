"""ChartView: the one chart that a screen has asked for, as an engine's messages make it."""

from __future__ import annotations

from collections.abc import Sequence

from tickterm.attach.bounds import bounded, bounded_event
from tickterm.market.contract import Candles
from tickterm.market.snapshot import Candle, Chart, PatternEvent, TapeTick
from tickterm.market.timeframe import Timeframe

__all__ = ["MOST_CANDLES", "MOST_EVENTS", "MOST_TICKS", "ChartView"]

MOST_CANDLES = MOST_EVENTS = 500
MOST_TICKS = 200


class ChartView:
    """The newest candles, events and ticks; none until the engine has sent them all."""

    def __init__(self) -> None:
        self._symbol: str | None = None
        self._timeframe = Timeframe.M1
        self._candles: dict[int, Candle] | None = None
        self._events: tuple[PatternEvent, ...] = ()
        self._ticks: tuple[TapeTick, ...] = ()
        self._frozen: Chart | None = None

    def watch(self, symbol: str | None, timeframe: Timeframe) -> None:
        """Take another wish; what does not belong to it is gone."""
        if (symbol, timeframe) != (self._symbol, self._timeframe):
            self._symbol, self._timeframe = symbol, timeframe
            self.begin()

    def begin(self) -> None:
        """Wait for all candles: another connection."""
        self._candles = self._frozen = None

    def take(self, message: Candles) -> None:
        """Take what is new, unless it is of another chart or of one that is not whole."""
        if (message.symbol, message.timeframe) != (self._symbol, self._timeframe):
            return
        if message.whole:
            self._candles, self._events, self._ticks = {}, (), ()
        if self._candles is not None:
            self._candles = _with(self._candles, message.candles)
            of_symbol = [event for event in message.events if event.symbol == self._symbol]
            self._events = _with_new(self._events, of_symbol)
            self._ticks = _with_ticks(self._ticks, message.ticks)
            self._frozen = None

    def freeze(self) -> Chart | None:
        """Return the chart; the same object until it changes; None until it is whole."""
        if self._frozen is None and self._symbol is not None and self._candles is not None:
            candles = tuple(self._candles.values())
            self._frozen = Chart(self._symbol, self._timeframe, candles, self._events, self._ticks)
        return self._frozen


def _with(known: dict[int, Candle], said: Sequence[Candle]) -> dict[int, Candle]:
    """Return the newest of the candles, in their order; those that were said replace others."""
    candles = known | {one.start: one for one in map(_bounded, said[-MOST_CANDLES:])}
    return {start: candles[start] for start in sorted(candles)[-MOST_CANDLES:]}


def _with_new(
    known: tuple[PatternEvent, ...], said: Sequence[PatternEvent]
) -> tuple[PatternEvent, ...]:
    """Return the newest of the events; the same object where no number is new."""
    new: list[PatternEvent] = []
    newest = known[-1].number if known else 0
    for event in said[-MOST_EVENTS:]:
        number = bounded(event.number)
        if number > newest:
            new.append(bounded_event(event, number))
            newest = number
    return (*known, *new)[-MOST_EVENTS:] if new else known


def _with_ticks(known: tuple[TapeTick, ...], said: Sequence[TapeTick]) -> tuple[TapeTick, ...]:
    """Return the newest of the ticks by number; those that were said replace others."""
    if not said:
        return known
    ticks = {tick.number: tick for tick in (*known, *map(_bounded_tick, said[-MOST_TICKS:]))}
    return tuple(ticks[number] for number in sorted(ticks)[-MOST_TICKS:])


def _bounded_tick(tick: TapeTick) -> TapeTick:
    """Return a tick that can be drawn: whatever is said, its range holds its price."""
    price, low, high = map(bounded, (tick.price, tick.low, tick.high))
    return TapeTick(
        bounded(tick.number),
        bounded(tick.time),
        price,
        min(price, low, high),
        max(price, low, high),
        max(0, bounded(tick.volume)),
        tick.revised,
    )


def _bounded(candle: Candle) -> Candle:
    """Return a candle that can be drawn: whatever is said, its shadows hold its body."""
    prices = candle.open, candle.high, candle.low, candle.close
    opened, high, low, close = map(bounded, prices)
    return Candle(
        bounded(candle.start),
        opened,
        max(opened, high, low, close),
        min(opened, high, low, close),
        close,
        max(0, bounded(candle.volume)),
    )
