"""One or more examples of every message of the contract, for its document."""

from __future__ import annotations

from tickterm.market.alerts import AlertKind, AlertRule, FiredAlert
from tickterm.market.contract import (
    HEARTBEAT,
    VERSION,
    AddAlert,
    Alerts,
    Answer,
    Candles,
    ChangeList,
    ChartOf,
    DropList,
    EngineMessage,
    Error,
    Event,
    EventName,
    Filter,
    Goodbye,
    Groups,
    Heartbeat,
    Hello,
    Leave,
    Log,
    LogLine,
    Patterns,
    Position,
    PutList,
    Reconnect,
    RemoveAlert,
    Rows,
    SnapshotPart,
    Status,
    Stream,
    Subscribe,
    Tick,
    Ticks,
    Unsubscribe,
    Unwatch,
    UseUniverse,
    ViewerHello,
    ViewerMessage,
    Watch,
    Watched,
    WatchGroup,
    WireRow,
)
from tickterm.market.groups import Group
from tickterm.market.redis_events import Direction
from tickterm.market.snapshot import (
    Candle,
    ChannelCounts,
    DetectionView,
    Feed,
    LinkPhase,
    LinkView,
    PatternEvent,
    PerformanceView,
    Quantiles,
    RedisView,
    TapeTick,
    TickCounts,
    Timing,
    UniverseView,
    ViewersView,
)
from tickterm.market.timeframe import Timeframe

__all__ = ["EXAMPLES"]

WALL_MS = 1_788_890_401_200
"""2026-09-08 14:00:01.2 in New York."""
BAR_MS = 1_788_890_400_000
NOW = 5025.31
EPOCH = "1788885376000"

_TICK = Tick(
    "AAPL", 230.12, 410, BAR_MS, "aggregate", "massive", 230.05, 230.14, 230.02, 230.12, 410
)
_ROW = WireRow(
    "AAPL",
    230.12,
    228.4,
    True,
    41_230_410,
    1,
    BAR_MS,
    5025.21,
    4811,
    sparkline_tail=[230.05, 230.12],
    minute_ticks=60,
)
_WHOLE_ROW = WireRow(
    "BRK.B",
    508.3,
    509.1,
    True,
    2_870_133,
    -1,
    BAR_MS,
    5024.2,
    902,
    [508.42, 508.35, 508.3],
    minute_ticks=31,
    high=511.02,
    low=506.9,
    vwap=508.87,
    name="Berkshire Hathaway",
)
_SILENT_ROW = WireRow("NVDA", None, None, False, 0, 0, 0, 0.0, 0, [])

_COUNTS = ChannelCounts(
    offered=120_000, accepted=119_950, buffered=30, in_flight=10, dropped={"age": 10}
)
_STATUS = Status(
    now=NOW,
    wall_ms=WALL_MS,
    started=1.25,
    link=LinkView(
        phase=LinkPhase.UP,
        since=2.5,
        feed=Feed.LIVE,
        host="socket.massive.com",
        connections=1,
        asked=3,
        acknowledged=3,
    ),
    counts=TickCounts(
        frames=40_100,
        elements=120_006,
        ticks=120_000,
        statuses=5,
        rejected=1,
        rejected_by={"no event": 1},
        hidden={"status messages": 2},
        rate=64.2,
        loop_lag_p99=0.0004,
    ),
    redis=RedisView(
        up=True,
        since=1.8,
        where="localhost:6379",
        channels={"tickstock.data.raw": _COUNTS, "tickstock:market:ticks": _COUNTS},
        buffered_bytes=14_100,
        p99=0.0009,
    ),
    viewers=ViewersView(
        listening=True,
        where="127.0.0.1:8765",
        viewers=2,
        conflated=17,
        cut_by={"stuck": 1},
        turned_away_by={"token": 2},
    ),
    universe=UniverseView(name="stock_etf_test:combo_test", size=3),
    detection=DetectionView(
        listening=True,
        since=1.9,
        fallback=False,
        fallback_since=2.0,
        heartbeat_at=5020.0,
        health="healthy, 3 symbols, lag 40 ms",
        health_at=5019.0,
        received=311,
        shown=150,
        flooded=1,
        repeated=150,
        others=10,
    ),
    performance=PerformanceView(
        exchange_to_receive=Timing(
            Quantiles(3_852, 0, 2.03125, 2.34375, 2.53125, 2.61204),
            Quantiles(120_000, 0, 2.03125, 2.40625, 3.1875, 903.41174),
        ),
        receive_to_redis=Timing(
            Quantiles(3_852, 0, 0.0004288, 0.0006848, 0.0009, 0.0014212),
            Quantiles(120_000, 0, 0.0004288, 0.0007232, 0.001088, 0.0214407),
        ),
        rate_peak=2_140.6,
        rate_peak_at=1_822.4,
        bytes=24_310_998,
        bytes_rate=13_005.2,
        memory=97_517_568,
    ),
)
_PATTERN = PatternEvent(
    150,
    WALL_MS,
    "AAPL",
    "Shooting_Star",
    1.0,
    Direction.BEARISH,
    BAR_MS - 60_000,
    Timeframe.M1,
    "analytics",
    230.12,
)

EXAMPLES: tuple[ViewerMessage | EngineMessage, ...] = (
    ViewerHello(name="my-program 1.0"),
    ViewerHello(
        token="the-token-of-this-engine",  # noqa: S106 - an example
        stream=Stream.ROWS,
        symbols=["AAPL", "BRK.B"],
    ),
    ViewerHello(resume=Position(EPOCH, 119_204)),
    Subscribe(["NVDA"]),
    Unsubscribe(["*"]),
    ChartOf("AAPL", Timeframe.M5),
    ChartOf(None),
    Reconnect(),
    Watch(["ARM", "SMCI"]),
    Unwatch(["BRK.B"]),
    WatchGroup(2),
    UseUniverse("market_leaders:top_100"),
    PutList(2, "tech", ["NVDA", "AAPL"]),
    ChangeList(2, added=["AMD"], removed=["AAPL"]),
    DropList(2),
    AddAlert("AAPL > 230 cooldown 10m once"),
    RemoveAlert(3),
    Leave(),
    Hello(
        VERSION,
        "tickterm 1.0.0",
        4711,
        EPOCH,
        120_000,
        20_001,
        True,
        Feed.LIVE,
        ["AAPL", "BRK.B", "NVDA"],
        HEARTBEAT,
        False,
        NOW,
    ),
    SnapshotPart(120_000, 1, 1, NOW, [_WHOLE_ROW, _SILENT_ROW]),
    Ticks(120_001, 120_001, 1_788_890_401_012.4, 0, [_TICK]),
    Rows(120_001, NOW, [_ROW, _WHOLE_ROW]),
    _STATUS,
    Log([LogLine(12, WALL_MS, 20, "link up: socket.massive.com, 3 symbols asked for")]),
    Patterns([_PATTERN]),
    Candles(
        "AAPL",
        Timeframe.M1,
        whole=True,
        candles=[Candle(BAR_MS - 60_000, 230.3, 230.52, 230.02, 230.12, 41_230)],
        events=[_PATTERN],
        ticks=[TapeTick(4811, BAR_MS, 230.12, 230.02, 230.14, 410)],
    ),
    Event(EventName.LINK_UP, WALL_MS, "socket.massive.com", 3.2),
    Event(EventName.REDIS_DOWN, WALL_MS, "connection refused"),
    Heartbeat(120_001, WALL_MS),
    Filter(["AAPL", "BRK.B"]),
    Filter(None),
    Watched(["AAPL", "NVDA", "ARM", "SMCI"]),
    Groups(
        [
            Group(2, "tech", ("NVDA", "AAPL"), own=True),
            Group(3, "market_leaders:top_100", ("NVDA", "AAPL", "GOOGL")),
        ]
    ),
    Alerts(
        [
            AlertRule("AAPL", AlertKind.ABOVE, 230.0, 3, cooldown=600.0, once=True),
            AlertRule("NVDA", AlertKind.MOVE, 2.0, 4, direction=-1, window=300.0),
        ],
        [
            FiredAlert(
                *(17, WALL_MS, 2, "AAPL", AlertKind.VOLUME),
                "AAPL volume x3.2: 132,100 shares within 1m, 41,281 on average",
                230.12,
            )
        ],
    ),
    Answer("alert 3: AAPL > 230", 3),
    Error("unknown_symbol", "XYZW is not watched here", "XYZW"),
    Goodbye("the engine stops", 2.4),
)
