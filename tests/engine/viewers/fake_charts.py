"""Charts as a test makes them, and those who look at them."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from tests.engine.viewers.fake_connection import FakeConnection
from tickterm.engine.viewers.chart_desk import ChartDesk
from tickterm.engine.viewers.viewer import SLOW_ABOVE, Viewer
from tickterm.market.contract import Candles
from tickterm.market.redis_events import Direction
from tickterm.market.snapshot import Candle, PatternEvent, TapeTick
from tickterm.market.timeframe import Timeframe

__all__ = [
    "FakeCharts",
    "Key",
    "Seat",
    "candle",
    "candles",
    "desk_of",
    "event",
    "events",
    "seated",
    "show_to",
    "tape",
    "tape_tick",
    "told",
]

Key = tuple[str, Timeframe]


def candle(start: int, close: float = 10.0) -> Candle:
    return Candle(start, 10.0, max(close, 10.0), min(close, 10.0), close, 5)


def candles(*starts: int) -> tuple[Candle, ...]:
    return tuple(candle(start) for start in starts)


def event(number: int, symbol: str = "A", pattern: str = "Doji") -> PatternEvent:
    return PatternEvent(
        number, 7, symbol, pattern, 0.5, Direction.NEUTRAL, 60_000, "1min", "analytics", 9.5
    )


def events(*numbers: int) -> tuple[PatternEvent, ...]:
    return tuple(event(number) for number in numbers)


def tape_tick(number: int, price: float = 10.0, *, revised: bool = False) -> TapeTick:
    return TapeTick(number, 1_000 * number, price, price - 0.25, price + 0.5, 5, revised)


def tape(*numbers: int) -> tuple[TapeTick, ...]:
    return tuple(tape_tick(number) for number in numbers)


class FakeCharts:
    """Gives what is in `charts`, `patterns` and `tapes`, and remembers what it was asked."""

    def __init__(self) -> None:
        self.charts: dict[str, tuple[Candle, ...] | None] = {}
        self.patterns: dict[str, tuple[PatternEvent, ...]] = {}
        self.tapes: dict[str, tuple[TapeTick, ...]] = {}
        self.asked: list[Key] = []
        self.kept: set[Key] = set()

    def candles(self, symbol: str, timeframe: Timeframe) -> tuple[Candle, ...] | None:
        self.asked.append((symbol, timeframe))
        return self.charts.get(symbol, ())

    def events(self, symbol: str) -> tuple[PatternEvent, ...]:
        return self.patterns.get(symbol, ())

    def ticks(self, symbol: str) -> tuple[TapeTick, ...]:
        return self.tapes.get(symbol, ())

    def keep(self, wanted: Collection[Key]) -> None:
        self.kept = set(wanted)


class Seat:
    """A viewer without a socket, and the chart that it makes of what it is told."""

    def __init__(self) -> None:
        self.connection = FakeConnection()
        self.viewer = Viewer(self.connection, local=False)  # type: ignore[arg-type]  # all of it that is used
        self.heard: list[Candles] = []
        self.chart: dict[int, Candle] = {}
        self.events: list[PatternEvent] = []
        self.ticks: dict[int, TapeTick] = {}

    def take(self) -> list[Candles]:
        got = [m for m in self.connection.take() if isinstance(m, Candles)]
        for message in got:
            if message.whole:
                self.chart, self.events, self.ticks = {}, [], {}
            self.chart |= {candle.start: candle for candle in message.candles}
            self.chart = {start: self.chart[start] for start in sorted(self.chart)[-500:]}
            self.events += message.events
            self.ticks |= {tick.number: tick for tick in message.ticks}
            self.ticks = {number: self.ticks[number] for number in sorted(self.ticks)[-200:]}
        self.heard += got
        return got

    def make_slow(self) -> None:
        self.connection._waiting[:] = bytes(SLOW_ABOVE + 1)

    def catch_up(self) -> None:
        assert len(self.connection._waiting) == SLOW_ABOVE + 1
        self.connection._waiting.clear()


def desk_of(**charts: tuple[Candle, ...] | None) -> tuple[ChartDesk, FakeCharts]:
    desk, source = ChartDesk(), FakeCharts()
    desk.source = source
    source.charts.update(charts)
    return desk, source


def seated(desk: ChartDesk, timeframe: Timeframe = Timeframe.M1) -> Seat:
    """Return one who looks at the chart of A."""
    seat = Seat()
    desk.seat(seat.viewer, "A", timeframe)
    return seat


def show_to(desk: ChartDesk, seat: Seat, *, slow: bool) -> None:
    """Tell all what is new, and let this one take it; one who is slow takes nothing meanwhile."""
    if slow:
        seat.make_slow()
    desk.show()
    if slow:
        seat.catch_up()
    seat.take()


def told(messages: Iterable[Candles]) -> list[tuple[bool, list[int]]]:
    return [(message.whole, [candle.start for candle in message.candles]) for message in messages]
