"""What an engine says, made by hand."""

from __future__ import annotations

from typing import Any

from tickterm.market.contract import (
    HEARTBEAT,
    VERSION,
    Candles,
    Hello,
    Log,
    LogLine,
    Rows,
    SnapshotPart,
    Status,
    WireRow,
)
from tickterm.market.redis_events import Direction
from tickterm.market.row_stream import change_of
from tickterm.market.snapshot import (
    Candle,
    Feed,
    LinkPhase,
    LinkView,
    PatternEvent,
    RedisView,
    Row,
    TickCounts,
    UniverseView,
    ViewersView,
)
from tickterm.market.timeframe import Timeframe

__all__ = [
    "NOW",
    "TOKEN",
    "WALL_MS",
    "candle",
    "candles",
    "hello",
    "lines",
    "part",
    "pattern",
    "row",
    "rows",
    "status",
    "wire",
]

NOW = 5_000.0
"""The engine's clock, seconds."""
WALL_MS = 1_780_320_667_000
TOKEN = "0123456789abcdef"


def hello(**changes: Any) -> Hello:
    fields = {
        "version": VERSION,
        "server": "tickterm 0.1.0",
        "pid": 4711,
        "epoch": "first",
        "seq": 0,
        "oldest": 0,
        "recovered": None,
        "feed": Feed.LIVE,
        "symbols": ["A", "B"],
        "heartbeat": HEARTBEAT,
        "control": False,
        "now": NOW,
    }
    return Hello(**{**fields, **changes})


def row(symbol: str, price: float = 10.0, **changes: Any) -> Row:
    """Return the row of a symbol after its first tick."""
    first = Row(symbol, price, price, False, 100, 0, (price,), WALL_MS, NOW, 1)
    return first._replace(**changes)


def wire(symbol: str, price: float = 10.0, **changes: Any) -> WireRow:
    return change_of(None, row(symbol, price, **changes))


def part(*rows: WireRow, part: int = 1, parts: int = 1, now: float = NOW) -> SnapshotPart:
    return SnapshotPart(0, part, parts, now, list(rows))


def rows(*rows: WireRow, now: float = NOW) -> Rows:
    return Rows(0, now, list(rows))


def status(now: float = NOW, **changes: Any) -> Status:
    fields = {
        "now": now,
        "wall_ms": WALL_MS,
        "started": NOW - 60,
        "link": LinkView(LinkPhase.UP, NOW - 59, Feed.LIVE, "feed.example"),
        "counts": TickCounts(ticks=7),
        "redis": RedisView(up=True),
        "viewers": ViewersView(listening=True, viewers=1),
        "universe": UniverseView("two", 2),
    }
    return Status(**{**fields, **changes})


def lines(*numbers: int, text: str = "line {}") -> Log:
    return Log([LogLine(number, WALL_MS, 20, text.format(number)) for number in numbers])


def pattern(number: int, symbol: str = "A", **changes: Any) -> PatternEvent:
    fields = {
        "number": number,
        "wall_ms": WALL_MS,
        "symbol": symbol,
        "pattern": "Doji",
        "confidence": 1.0,
        "direction": Direction.NEUTRAL,
        "timestamp": WALL_MS - 60_000,
        "timeframe": "1min",
        "source": "analytics",
    }
    return PatternEvent(**{**fields, **changes})


def candle(start: int, close: float = 10.0) -> Candle:
    return Candle(start, 10.0, max(close, 10.5), min(close, 9.5), close, 100)


def candles(
    symbol: str, *starts: int, timeframe: Timeframe = Timeframe.M1, whole: bool = True
) -> Candles:
    return Candles(symbol, timeframe, whole, [candle(start) for start in starts])
