"""What goes to Redis beside ticks: patterns, indicators, health; one shape each.

All times are ms UTC. The `timestamp` of a pattern or an indicator is the start of its bar, as that
of a tick is the start of its second.
"""

from __future__ import annotations

import enum
from typing import Annotated, Literal, TypeAlias

import msgspec
from msgspec import Meta, Struct

from tickterm.market.alerts import AlertKind
from tickterm.market.bars import Bar
from tickterm.market.timeframe import Timeframe

__all__ = [
    "ALERTS",
    "HEALTH",
    "HEARTBEAT_KEY",
    "INDICATORS",
    "PATTERNS",
    "PATTERNS_STREAMING",
    "AlertFired",
    "BarData",
    "Calculation",
    "Detection",
    "Direction",
    "Health",
    "HealthStatus",
    "PatternDetected",
    "RedisEvent",
    "StreamingHealth",
    "StreamingIndicator",
    "StreamingPattern",
    "bar_data_of",
    "encode",
]

PATTERNS = "tickstock.events.patterns"
"""Channel of `PatternDetected`."""
PATTERNS_STREAMING = "tickstock:patterns:streaming"
"""Channel of `StreamingPattern`: the same detections."""
INDICATORS = "tickstock:indicators:streaming"
"""Channel of `StreamingIndicator`."""
HEALTH = "tickstock:streaming:health"
"""Channel of `StreamingHealth`."""
ALERTS = "tickterm:alerts"
"""Channel of `AlertFired`."""
HEARTBEAT_KEY = "tickstock:producer:heartbeat"
"""Key whose value is the time, in seconds UTC, at which analytics was last alive."""


class Direction(enum.StrEnum):
    """What a pattern is taken to announce."""

    BULLISH = "bullish"
    BEARISH = "bearish"
    NEUTRAL = "neutral"


class HealthStatus(enum.StrEnum):
    """How analytics is."""

    STARTING = "starting"
    """It has nothing to tell yet: it waits for ticks, for its share, or for a first whole bar."""
    HEALTHY = "healthy"
    DEGRADED = "degraded"
    """Something is wrong: it hears no ticks, it lags, or the database is not to be had."""
    STOPPING = "stopping"


Symbol: TypeAlias = Annotated[str, Meta(max_length=32)]
Name: TypeAlias = Annotated[str, Meta(max_length=64)]
Milliseconds: TypeAlias = Annotated[int, Meta(ge=0, description="ms UTC.")]
BarStart: TypeAlias = Annotated[int, Meta(ge=0, description="Start of the bar, ms UTC.")]
Source: TypeAlias = Annotated[
    str, Meta(max_length=64, description="`analytics`, or `fallback`: the engine's own rules.")
]


class BarData(Struct, frozen=True):
    """The bar that a pattern was found on."""

    open: Annotated[float, Meta(description="Dollars.")]
    high: float
    low: float
    close: float
    volume: Annotated[int | float, Meta(description="Shares.")]


class Detection(Struct, frozen=True):
    """A pattern on one bar."""

    symbol: Symbol
    pattern: Annotated[str, Meta(max_length=64, description="Such as `Shooting_Star`.")]
    confidence: Annotated[
        float, Meta(ge=0, le=1, description="The rule's own strength; no probability.")
    ]
    direction: Direction
    timestamp: BarStart
    timeframe: Timeframe
    bar_data: BarData


class PatternDetected(Struct, frozen=True):
    """A detection, on `tickstock.events.patterns`."""

    source: Source
    timestamp: Annotated[int, Meta(ge=0, description="When it was published, ms UTC.")]
    data: Detection
    event_type: Literal["pattern_detected"] = "pattern_detected"


class StreamingPattern(Struct, frozen=True):
    """The same detection, on `tickstock:patterns:streaming`."""

    source: Source
    detection: Detection
    type: Literal["streaming_pattern"] = "streaming_pattern"


class Calculation(Struct, frozen=True):
    """An indicator after one bar."""

    symbol: Symbol
    indicator: Annotated[str, Meta(max_length=64, description="Such as `SMA_20`, `MACD`.")]
    value: Annotated[float, Meta(description="The indicator's first line.")]
    values: Annotated[dict[str, float], Meta(description="All its lines by name.")]
    timestamp: BarStart
    timeframe: Timeframe


class StreamingIndicator(Struct, frozen=True):
    """A calculation, on `tickstock:indicators:streaming`."""

    source: Source
    calculation: Calculation
    type: Literal["streaming_indicator"] = "streaming_indicator"


class Health(Struct, frozen=True):
    """How one analytics process is doing."""

    session_id: Annotated[str, Meta(max_length=64, description="Names this run of the process.")]
    status: HealthStatus
    reason: Annotated[str, Meta(description="Why the status is not healthy; else empty.")]
    active_symbols: int
    ticks_per_second: float
    lag_ms: Annotated[
        float | None,
        Meta(description="By how much the newest tick was older when handled than when it came."),
    ]
    ticks: int
    ticks_missed: Annotated[int, Meta(description="Times that it was cut off from the ticks.")]
    bars_closed: int
    bars_late: Annotated[int, Meta(description="Ticks that came after their bar had closed.")]
    bars_waiting: Annotated[int, Meta(description="Bars not yet in the database.")]
    bars_dropped: int
    patterns_detected: int
    indicators_calculated: int
    partitions: Annotated[
        list[int], Meta(description="The parts of the stream that it holds; empty: all.")
    ]
    timestamp: Milliseconds
    ticks_rejected: Annotated[int, Meta(description="Messages that were no tick.")] = 0
    ticks_dropped: Annotated[
        int, Meta(description="Ticks that came from the channel faster than they were taken.")
    ] = 0
    ticks_stray: Annotated[
        int, Meta(description="Ticks of a time so far from all others' that no bar was made.")
    ] = 0
    ticks_revised: Annotated[
        int, Meta(description="Ticks that were replaced by a newer version of their second.")
    ] = 0
    ticks_unread: Annotated[
        int | None, Meta(description="Ticks that lie ready and are not yet read; null: unknown.")
    ] = None


class StreamingHealth(Struct, frozen=True):
    """The health of one process, on `tickstock:streaming:health`, every ten seconds."""

    health: Health
    timestamp: Milliseconds
    type: Literal["streaming_health"] = "streaming_health"


class AlertFired(Struct, frozen=True):
    """An alert that fired, on `tickterm:alerts`."""

    source: Annotated[
        str, Meta(max_length=64, description="Of the ticks: `massive`, `simulated` or `replay`.")
    ]
    timestamp: Annotated[int, Meta(ge=0, description="When it fired, ms UTC.")]
    rule: Annotated[int, Meta(ge=1, description="The rule's id.")]
    condition: Annotated[str, Meta(description="The rule, such as `AAPL > 230`.")]
    symbol: Symbol
    kind: AlertKind
    text: Annotated[str, Meta(description="What happened, in words.")]
    price: Annotated[
        float | None, Meta(description="The newest, dollars; null where there was none.")
    ]
    type: Literal["alert"] = "alert"


RedisEvent: TypeAlias = (
    PatternDetected | StreamingPattern | StreamingIndicator | StreamingHealth | AlertFired
)

_encoder = msgspec.json.Encoder()


def encode(event: RedisEvent) -> bytes:
    """Return the event as JSON."""
    return _encoder.encode(event)


def bar_data_of(bar: Bar) -> BarData:
    """Return what an event says of its bar."""
    return BarData(bar.open, bar.high, bar.low, bar.close, bar.volume)
