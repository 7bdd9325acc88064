"""Whatever shape an event has ever been sent in is read; whatever else comes harms nobody."""

from __future__ import annotations

import contextlib
import json
import math
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickterm.market.pattern_reader import (
    NoPattern,
    PatternReport,
    UnreadableReport,
    read,
    read_health,
    report_of,
)
from tickterm.market.redis_events import (
    BarData,
    Detection,
    Direction,
    PatternDetected,
    StreamingPattern,
    encode,
)
from tickterm.market.timeframe import Timeframe

MS = 1_760_580_120_000
NOW = 1_760_580_185_250
FACTS = {"symbol": "BRK.B", "pattern": "Doji", "confidence": 0.85, "timestamp": MS}
OURS = Detection(
    "BRK.B",
    "Shooting_Star",
    0.9,
    Direction.BEARISH,
    MS,
    Timeframe.M1,
    BarData(10.0, 11.0, 9.0, 9.5, 700),
)


def one(message: object) -> PatternReport:
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    [report] = read(payload, NOW)
    assert isinstance(report, PatternReport)
    return report


def refused(message: object) -> str:
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    with pytest.raises(UnreadableReport) as caught:
        read(payload, NOW)
    assert str(caught.value).isprintable()
    return str(caught.value)


def but(**changed: object) -> dict[str, Any]:
    return {**FACTS, **changed}


# --- shapes


@pytest.mark.parametrize("source", ["analytics", "fallback"])
def test_our_own_shapes_say_the_same(source: str) -> None:
    detected = one(encode(PatternDetected(source, NOW, OURS)))
    assert detected == one(encode(StreamingPattern(source, OURS))) == report_of(OURS, source)
    assert detected == PatternReport(
        "BRK.B", "Shooting_Star", 0.9, Direction.BEARISH, MS, "1min", source, 9.5
    )


@pytest.mark.parametrize(
    "message",
    [
        FACTS,
        {"event_type": "pattern_detected", "source": "PL", "timestamp": 1234.5, "data": FACTS},
        {"event_type": "pattern_detected", "data": {"event_type": "x", "data": FACTS}},
        {"type": "streaming_pattern", "detection": FACTS},
        {"event": "pattern_detected", "timestamp": 5, "source": "jobs", "payload": FACTS},
        {"symbol": "BRK.B", "timestamp": MS, "data": {"pattern": "Doji", "confidence": 0.85}},
        {"type": "streaming_patterns_batch", "patterns": [FACTS], "count": 1},
        {"type": "streaming_patterns_batch", "patterns": [{"detection": FACTS}]},
    ],
)
def test_facts_are_found_wherever_they_are(message: dict[str, Any]) -> None:
    report = one(message)
    assert (report.symbol, report.pattern, report.confidence) == ("BRK.B", "Doji", 0.85)
    assert report.timestamp == MS


@pytest.mark.parametrize("name", ["pattern", "pattern_name", "pattern_type"])
def test_the_name_has_three_names(name: str) -> None:
    message: dict[str, object] = {"pattern": None, "symbol": "A", name: "Hammer"}
    assert one({"detection": message}).pattern == "Hammer"


def test_the_source_may_stand_anywhere_and_the_inner_one_counts() -> None:
    assert one({"source": "PL", "data": FACTS}).source == "PL"
    assert one({"source": "outer", "data": but(source="inner")}).source == "inner"
    assert one({"source": "PL", "patterns": [FACTS]}).source == "PL"
    assert one(FACTS).source == ""


@pytest.mark.parametrize(
    ("said", "ms"),
    [
        (MS, MS),
        (float(MS), MS),
        (MS / 1000, MS),
        (MS // 1000, MS),
        (MS / 1000 + 0.25, MS + 250),
        (str(MS // 1000), MS),
        ("2025-10-16T02:02:00+00:00", MS),
        ("2025-10-16T02:02:00Z", MS),
        ("2025-10-16T02:02:00", MS),
        ("2025-10-16 02:02:00.250000", MS + 250),
        ("2025-10-15T22:02:00-04:00", MS),
        (None, NOW),
        (0, 0),
    ],
)
def test_a_time_is_ms_whatever_it_was(said: object, ms: int) -> None:
    assert one(but(timestamp=said)).timestamp == ms


def test_a_time_without_a_zone_is_utc_wherever_we_are(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "America/New_York")
        time.tzset()
        assert one(but(timestamp="2025-10-16T02:02:00")).timestamp == MS
    time.tzset()


def test_a_time_outside_counts_where_there_is_none_inside() -> None:
    facts = {key: value for key, value in FACTS.items() if key != "timestamp"}
    assert one({"timestamp": MS / 1000, "data": facts}).timestamp == MS


@pytest.mark.parametrize(
    ("said", "confidence"),
    [(0, 0.0), (0.5, 0.5), (1, 1.0), (85, 0.85), (100, 1.0), ("0.7", 0.7), (None, 0.0)],
)
def test_a_confidence_is_from_0_to_1(said: object, confidence: float) -> None:
    assert one(but(confidence=said)).confidence == confidence


@pytest.mark.parametrize(
    ("said", "direction"),
    [
        ("bullish", Direction.BULLISH),
        ("BEARISH", Direction.BEARISH),
        ("reversal", Direction.NEUTRAL),
        (None, Direction.NEUTRAL),
        (5, Direction.NEUTRAL),
    ],
)
def test_a_direction_is_one_of_three(said: object, direction: Direction) -> None:
    assert one(but(direction=said)).direction is direction


@pytest.mark.parametrize(
    ("said", "timeframe"),
    [("1min", "1min"), ("1m", "1min"), ("5MIN", "5min"), ("daily", "daily"), (None, ""), (7, "")],
)
def test_a_timeframe_is_ours_or_what_the_sender_calls_it(said: object, timeframe: str) -> None:
    assert one(but(timeframe=said)).timeframe == timeframe


@pytest.mark.parametrize(
    ("said", "price"),
    [
        ({"bar_data": {"close": 9.5}, "current_price": 8.0}, 9.5),
        ({"current_price": 8.0}, 8.0),
        ({"price": "7.25"}, 7.25),
        ({"bar_data": [1]}, None),
        ({"bar_data": {"close": "cheap"}}, None),
        ({"price": -1}, None),
        ({"price": True}, None),
        ({}, None),
    ],
)
def test_a_price_is_one_or_none(said: dict[str, Any], price: float | None) -> None:
    assert one(but(**said)).price == price


def test_an_event_of_a_batch_that_is_wrong_harms_no_other() -> None:
    batch = [FACTS, 5, but(symbol="A,*"), but(symbol="A"), {"no": "name"}]
    found = read(json.dumps({"patterns": batch}).encode(), NOW)
    assert [getattr(each, "symbol", str(each)) for each in found] == [
        "BRK.B",
        "an event of a batch is no JSON object",
        "no symbol: A,*",
        "A",
        "about no pattern",
    ]
    assert isinstance(found[-1], NoPattern)


def test_a_report_is_known_again_by_four_things() -> None:
    one_way, other = one(FACTS), one({"source": "x", "data": but(confidence=0.1, price=5)})
    assert one_way.identity == other.identity
    changes = {"symbol": "A", "pattern": "Hammer", "timeframe": "1h", "timestamp": MS + 1000}
    for name, value in changes.items():
        assert one(but(**{name: value})).identity != one_way.identity


# --- junk


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (b"", "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b'{"symbol": "A", "pattern": "Doji", "confidence": NaN}', "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b" " * 2_000_000, "2,000,000 bytes"),
        ([FACTS], "no JSON object"),
        (5, "no JSON object"),
        ({"patterns": [FACTS] * 501}, "a batch of 501 events"),
        (but(symbol="A,*"), "no symbol: A,*"),
        (but(symbol="\x1b]0;owned\x07"), "no symbol: ·]0;owned·"),
        (but(symbol=None), "no symbol: NoneType"),
        (but(symbol=["A"]), "no symbol: list"),
        (but(pattern=""), "the pattern has no name"),
        (but(pattern="  "), "the pattern has no name"),
        (but(pattern={"name": "Doji"}), "the pattern has no name"),
        (but(confidence=100.5), "no confidence: 100.5"),
        (but(confidence=-0.1), "no confidence: -0.1"),
        (but(confidence="nan"), "no confidence: nan"),
        (but(confidence=True), "no confidence: True"),
        (but(confidence=10**400), "no "),
        (but(timestamp=-1), "no time: -1"),
        (but(timestamp=1e300), "no time: 1e+300"),
        (but(timestamp="inf"), "no time: inf"),
        (but(timestamp="0001-01-01T00:00:00+23:59"), "no time: 0001-01-01"),
        (but(timestamp="today"), "no time: today"),
        (but(timestamp={}), "no time: dict"),
    ],
)
def test_junk_is_refused_with_its_reason(message: object, reason: str) -> None:
    assert reason in refused(message)


@pytest.mark.parametrize("message", [{}, {"event_type": "backtest"}, {"data": 5}, {"data": {}}])
def test_what_is_about_something_else_is_no_junk(message: dict[str, Any]) -> None:
    with pytest.raises(NoPattern):
        read(json.dumps(message).encode(), NOW)


def test_a_name_is_one_harmless_line_of_64_characters() -> None:
    report = one(but(pattern="\x1b[31m\n" + "x" * 900, source="\u202e" * 99, timeframe="\x07" * 99))
    assert len(report.pattern) == 64
    assert report.pattern.isprintable()
    assert report.source == report.timeframe == "·…"


KEYS = [
    *FACTS,
    *("ticker", "pattern_name", "pattern_type", "data", "detection", "payload", "patterns"),
    *("source", "direction", "timeframe", "bar_data", "close", "price"),
    *("health", "status", "reason", "lag_ms", "active_symbols"),
]
VALUES = ["A", "Doji", MS, MS / 1000, 0.5, "2025-10-16T02:02:00Z", 10**30, 1e308]
junk: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(VALUES),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=8)
    ),
    max_leaves=15,
)
objects = st.dictionaries(st.sampled_from(KEYS), junk, max_size=6)


def outcome(payload: bytes) -> list[PatternReport | UnreadableReport]:
    try:
        return read(payload, NOW)
    except UnreadableReport as error:
        return [error]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200) | junk.map(lambda value: json.dumps(value).encode()))
def test_nothing_raises_anything_else(payload: bytes) -> None:
    for each in outcome(payload):
        check(each)
    with contextlib.suppress(UnreadableReport):
        assert read_health(payload).isprintable()


@settings(max_examples=150, deadline=None)
@given(objects)
def test_whatever_is_read_is_within_its_bounds(changed: dict[str, Any]) -> None:
    for each in outcome(json.dumps(but(**changed)).encode()):
        check(each)


def check(report: PatternReport | UnreadableReport) -> None:
    if isinstance(report, UnreadableReport):
        assert str(report).isprintable()
        return
    assert 0 <= report.confidence <= 1
    assert isinstance(report.timestamp, int)
    assert 0 <= report.timestamp < 2**43
    assert report.price is None or (report.price > 0 and math.isfinite(report.price))
    for text in (report.symbol, report.pattern, report.timeframe, report.source):
        assert text.isprintable()
        assert len(text) <= 64
    assert report.symbol
    assert report.pattern


@pytest.mark.parametrize("depth", [5, 500, 1000, 5000])
@pytest.mark.parametrize("name", ["data", "symbol", "patterns", "timestamp", "bar_data"])
def test_nesting_is_harmless(name: str, depth: int) -> None:
    nested = '{"data":' * depth + "5" + "}" * depth
    text = json.dumps(but(**{name: "HERE"})).replace('"HERE"', nested)
    for payload in (text, nested, "[" * depth + "]" * depth):
        for each in outcome(payload.encode()):
            check(each)


# --- health


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"status": "healthy"}, "healthy"),
        (
            {"health": {"status": "healthy", "active_symbols": 3, "lag_ms": 40.4}},
            "healthy, 3 symbols, lag 40 ms",
        ),
        (
            {"health": {"status": "degraded", "reason": "it lags", "ticks_per_second": 1234.5}},
            "degraded: it lags, 1,234 ticks/s",
        ),
        ({"health": {"status": "ERROR", "reason": "", "lag_ms": None}}, "error"),
        ({"health": {"status": "\x1b[31mbad" * 9, "lag_ms": "nan"}}, "·[31mbad·[31mbad·[3…"),
    ],
)
def test_health_is_told_in_words(message: dict[str, Any], words: str) -> None:
    assert read_health(json.dumps(message).encode()) == words


@pytest.mark.parametrize("message", [{}, {"health": 5}, {"status": 5}, {"status": " "}, [], "x"])
def test_a_health_without_a_status_is_none(message: object) -> None:
    with pytest.raises(UnreadableReport):
        read_health(json.dumps(message).encode())
