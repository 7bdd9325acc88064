"""Reading what others publish about patterns and about themselves: tolerant of shapes, not of junk.

Our own shapes are those of `redis_events`. TickStock's parts have sent, over the years, the same
facts flat, inside `data`, `data.data`, `detection` or `payload`, and as a batch in `patterns`; the
name as `pattern`, `pattern_name` or `pattern_type`; the time in seconds, milliseconds or ISO 8601.

    {"event_type": "pattern_detected", "source": "TickStockPL", "timestamp": 1760580122.5,
     "data": {"symbol": "AAPL", "pattern": "Doji", "confidence": 0.85}}
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeAlias

import orjson

from tickterm.market.redis_events import Detection, Direction
from tickterm.market.symbols import is_symbol
from tickterm.market.text import clean
from tickterm.market.timeframe import Timeframe

__all__ = ["NoPattern", "PatternReport", "UnreadableReport", "read", "read_health", "report_of"]

Json: TypeAlias = dict[str, Any]

MAX_BYTES = 2**20
"""Of one message; a single event has 300."""
MAX_BATCH = 500
"""Events of one message."""
MAX_NAME = 64
MAX_REASON = 160
"""Of why the health is as it is: what is wrong and what to do."""
NAMES = ("pattern", "pattern_name", "pattern_type")
INSIDE = ("data", "detection", "payload")
"""Where a message holds what it is about."""
MAX_DEPTH = 4
FIRST_MS = 1e11
"""A time of this size and more is ms, from 1973 on; below it is seconds, up to the year 5138."""
LATEST = 4_102_444_800_000
"""The year 2100 in ms UTC: no event is of later."""


class UnreadableReport(ValueError):
    """A message or an event is wrong; the text is sanitised and says what."""


class NoPattern(UnreadableReport):
    """A message is well, and is about something else."""


class PatternReport(NamedTuple):
    """A pattern on one bar, as somebody told of it; see `PatternEvent`."""

    symbol: str
    pattern: str
    confidence: float
    """From 0 to 1; 0 where the sender did not say: it claims nothing then."""
    direction: Direction
    """Neutral where the sender named neither."""
    timestamp: int
    timeframe: str
    source: str
    price: float | None

    @property
    def identity(self) -> tuple[str, str, str, int]:
        """What makes two reports ones of the same event."""
        return self.symbol, self.pattern, self.timeframe, self.timestamp


def read(payload: bytes, received_ms: int) -> list[PatternReport | UnreadableReport]:
    """Return the events of a message that was received at `received_ms`, ms UTC.

    Of a batch, events that are wrong stand as errors among the others.

    Raises:
        UnreadableReport: there is none to be read; NoPattern: because it is about something else.
    """
    message = _object(payload)
    batch = message.get("patterns")
    if not isinstance(batch, list):
        return [_report([message], received_ms)]
    if len(batch) > MAX_BATCH:
        raise UnreadableReport(f"a batch of {len(batch)} events")
    return [_report_or_error(message, event, received_ms) for event in batch]


def read_health(payload: bytes) -> str:
    """Return how analytics is, by its own message, in words: the status first.

    Raises:
        UnreadableReport: it is none of the health.
    """
    message = _object(payload)
    health = message.get("health", message)
    status = health.get("status") if isinstance(health, dict) else None
    if not isinstance(status, str) or not status.strip():
        raise UnreadableReport("no status")
    words = clean(status.strip().lower(), 20)
    if reason := _text(health.get("reason"), MAX_REASON):
        words += f": {reason}"
    for name, form in _MEASURES:
        value = _number(health.get(name))
        words += form.format(value) if value is not None else ""
    return words


_MEASURES = (
    ("active_symbols", ", {:,.0f} symbols"),
    ("ticks_per_second", ", {:,.0f} ticks/s"),
    ("lag_ms", ", lag {:,.0f} ms"),
)


def report_of(detection: Detection, source: str) -> PatternReport:
    """Return a detection of our own as others would tell of it."""
    return PatternReport(
        detection.symbol,
        detection.pattern,
        detection.confidence,
        detection.direction,
        detection.timestamp,
        detection.timeframe.value,
        source,
        detection.bar_data.close,
    )


def _object(payload: bytes) -> Json:
    if len(payload) > MAX_BYTES:
        raise UnreadableReport(f"{len(payload):,} bytes")
    try:
        message = orjson.loads(payload)
    except orjson.JSONDecodeError:
        raise UnreadableReport("no JSON") from None
    if not isinstance(message, dict):
        raise UnreadableReport("no JSON object")
    return message


def _report_or_error(
    message: Json, event: object, received_ms: int
) -> PatternReport | UnreadableReport:
    if not isinstance(event, dict):
        return UnreadableReport("an event of a batch is no JSON object")
    try:
        return _report([message, event], received_ms)
    except UnreadableReport as error:
        return error


def _report(levels: list[Json], received_ms: int) -> PatternReport:
    """Read one event out of objects, each inside the one before it."""
    _descend(levels)
    symbol = _first(levels, ("symbol", "ticker"))
    if not isinstance(symbol, str) or not is_symbol(symbol):
        raise UnreadableReport(f"no symbol: {_shown(symbol)}")
    return PatternReport(
        symbol,
        _pattern(levels),
        _confidence(_first(levels, ("confidence",))),
        _direction(_first(levels, ("direction",))),
        _timestamp(_first(levels, ("timestamp",)), received_ms),
        _timeframe(_first(levels, ("timeframe",))),
        _text(_first(levels, ("source",))),
        _price(levels),
    )


def _descend(levels: list[Json]) -> None:
    """Add what the last of the levels holds, down to the one that names a pattern."""
    for _ in range(MAX_DEPTH):
        if _first(levels[-1:], NAMES) is not None:
            return
        inside = (levels[-1].get(name) for name in INSIDE)
        deeper = next((part for part in inside if isinstance(part, dict)), None)
        if deeper is None:
            break
        levels.append(deeper)
    raise NoPattern("about no pattern")


def _first(levels: Sequence[Json], names: Sequence[str]) -> object:
    """Return the innermost value of the first name that has one."""
    for level in reversed(levels):
        for name in names:
            if (value := level.get(name)) is not None:
                return value
    return None


def _pattern(levels: Sequence[Json]) -> str:
    pattern = _text(_first(levels[-1:], NAMES))
    if not pattern:
        raise UnreadableReport("the pattern has no name")
    return pattern


def _confidence(value: object) -> float:
    if value is None:
        return 0.0
    confidence = _number(value)
    if confidence is None or not 0 <= confidence <= 100:
        raise UnreadableReport(f"no confidence: {_shown(value)}")
    return confidence if confidence <= 1 else confidence / 100  # some say per cent


def _direction(value: object) -> Direction:
    try:
        return Direction(_text(value).lower())
    except ValueError:
        return Direction.NEUTRAL


def _timestamp(value: object, received_ms: int) -> int:
    if value is None:
        return received_ms
    number = _number(value)
    ms = _iso_ms(value) if number is None else number if number >= FIRST_MS else number * 1000
    if ms is None or not 0 <= ms < LATEST:
        raise UnreadableReport(f"no time: {_shown(value)}")
    return round(ms)


def _iso_ms(value: object) -> float | None:
    """Return ms UTC of a time in ISO 8601; without a zone it is UTC, as Python's `utcnow` says."""
    if not isinstance(value, str):
        return None
    try:
        then = datetime.fromisoformat(value)
        return (then if then.tzinfo else then.replace(tzinfo=UTC)).timestamp() * 1000
    except ValueError:
        return None


def _timeframe(value: object) -> str:
    text = _text(value)
    try:
        return Timeframe.parse(text).value
    except ValueError:
        return text


def _price(levels: Sequence[Json]) -> float | None:
    bar = _first(levels, ("bar_data",))
    close = bar.get("close") if isinstance(bar, dict) else None
    price = _number(_first(levels, ("current_price", "price")) if close is None else close)
    return price if price is not None and price > 0 else None


def _text(value: object, limit: int = MAX_NAME) -> str:
    return clean(value, limit).strip() if isinstance(value, str) else ""


def _shown(value: object) -> str:
    """Return what an error says of a value; of a nested one, which may be deep, only its kind."""
    return clean(value, 40) if isinstance(value, str | int | float) else type(value).__name__


def _number(value: object) -> float | None:
    """Return a finite number, also one that is sent as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value[:32] if isinstance(value, str) else value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
