"""Write what goes to Redis as JSON Schema: `python scripts/redis_events_schema.py FILE`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import msgspec

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tickterm.backends.redis_link import CHANNELS
from tickterm.market.alerts import AlertKind
from tickterm.market.contract import Tick
from tickterm.market.redis_events import (
    ALERTS,
    HEALTH,
    HEARTBEAT_KEY,
    INDICATORS,
    PATTERNS,
    PATTERNS_STREAMING,
    AlertFired,
    BarData,
    Calculation,
    Detection,
    Direction,
    Health,
    HealthStatus,
    PatternDetected,
    StreamingHealth,
    StreamingIndicator,
    StreamingPattern,
)
from tickterm.market.timeframe import Timeframe

BAR_MS = 1_732_482_000_000
CLOSED_MS = BAR_MS + 63_004

_BAR = BarData(231.4, 232.8, 231.1, 231.3, 48_211)
_DETECTION = Detection("AAPL", "Shooting_Star", 1.0, Direction.BEARISH, BAR_MS, Timeframe.M1, _BAR)
_MACD = {"macd": 0.184, "signal": 0.151, "histogram": 0.033}
_HEALTH = Health(
    session_id="20241124-2101-7f3a",
    status=HealthStatus.HEALTHY,
    reason="",
    active_symbols=70,
    ticks_per_second=64.2,
    lag_ms=41.0,
    ticks=385_120,
    ticks_missed=0,
    bars_closed=6_930,
    bars_late=12,
    bars_waiting=0,
    bars_dropped=0,
    patterns_detected=214,
    indicators_calculated=62_370,
    partitions=[],
    timestamp=CLOSED_MS,
)
EXAMPLES: dict[type[msgspec.Struct], msgspec.Struct] = {
    Tick: Tick(
        *("AAPL", 231.3, 812, BAR_MS + 59_000, "aggregate", "massive"),
        *(231.2, 231.4, 231.1, 231.3, 812),
    ),
    PatternDetected: PatternDetected("analytics", CLOSED_MS, _DETECTION),
    StreamingPattern: StreamingPattern("analytics", _DETECTION),
    StreamingIndicator: StreamingIndicator(
        "analytics", Calculation("AAPL", "MACD", 0.184, _MACD, BAR_MS, Timeframe.M1)
    ),
    StreamingHealth: StreamingHealth(_HEALTH, CLOSED_MS),
    AlertFired: AlertFired(
        *("massive", CLOSED_MS, 3, "AAPL > 231", "AAPL"),
        *(AlertKind.ABOVE, "AAPL 231.30: above 231.00", 231.3),
    ),
}
ON_CHANNEL: dict[str, type[msgspec.Struct]] = {
    **dict.fromkeys(CHANNELS, Tick),
    PATTERNS: PatternDetected,
    PATTERNS_STREAMING: StreamingPattern,
    INDICATORS: StreamingIndicator,
    HEALTH: StreamingHealth,
    ALERTS: AlertFired,
}


def document() -> dict[str, Any]:
    """Return the JSON Schema of all messages, with an example of each and the channel it is on."""
    references, schemas = msgspec.json.schema_components(
        list(EXAMPLES), ref_template="#/$defs/{name}"
    )
    for schema in schemas.values():
        schema["description"] = " ".join(schema["description"].split())
        _require_all(schema)
    for message, example in EXAMPLES.items():
        schemas[message.__name__]["examples"] = [msgspec.to_builtins(example)]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What tickterm publishes on Redis",
        "description": "Every message, and under x-channels which channel it is on. All times are "
        "ms UTC; that of a tick, a pattern or an indicator is the start of its bar.",
        "anyOf": list(references),
        "$defs": schemas,
        "x-channels": {
            channel: {"$ref": f"#/$defs/{message.__name__}"}
            for channel, message in ON_CHANNEL.items()
        },
        "x-keys": {
            HEARTBEAT_KEY: "When analytics was last alive: seconds UTC as text, as in 1732482063.",
        },
    }


def _require_all(schema: dict[str, Any]) -> None:
    """Say that every property is there: those that have one value in Python are sent as well."""
    properties: dict[str, dict[str, Any]] = schema.get("properties", {})
    for each in properties.values():
        each.pop("default", None)
    if properties:
        schema["required"] = list(properties)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python scripts/redis_events_schema.py docs/redis-events.json")
    text = msgspec.json.format(msgspec.json.encode(document(), order="sorted"), indent=2)
    Path(sys.argv[1]).write_bytes(text + b"\n")
