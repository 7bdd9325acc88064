"""What goes to Redis beside ticks: one shape each, documented, and read as it was written."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it brings no types

from tickterm.backends.redis_link import CHANNELS
from tickterm.market import redis_events
from tickterm.market.alerts import AlertKind
from tickterm.market.bars import Bar
from tickterm.market.pattern_reader import read, read_health, report_of
from tickterm.market.redis_events import (
    AlertFired,
    BarData,
    Calculation,
    Detection,
    Direction,
    Health,
    HealthStatus,
    PatternDetected,
    RedisEvent,
    StreamingHealth,
    StreamingIndicator,
    StreamingPattern,
    bar_data_of,
    encode,
)
from tickterm.market.ticks import TickData
from tickterm.market.ticks import encode as encode_tick
from tickterm.market.timeframe import Timeframe

ROOT = Path(__file__).parents[2]
DOCUMENT = json.loads((ROOT / "docs" / "redis-events.json").read_bytes())
TYPES: dict[str, type[RedisEvent]] = {
    redis_events.PATTERNS: PatternDetected,
    redis_events.PATTERNS_STREAMING: StreamingPattern,
    redis_events.INDICATORS: StreamingIndicator,
    redis_events.HEALTH: StreamingHealth,
    redis_events.ALERTS: AlertFired,
}
EXAMPLES = {
    name: schema["examples"][0]
    for name, schema in DOCUMENT["$defs"].items()
    if "examples" in schema
}

prices = st.floats(0.0001, 1e6)
counts = st.integers(0, 2**40)
times = st.integers(10**11, 2**42 - 2**40)
symbols = st.sampled_from(["A", "BRK.B", "BACpB", "BF/A"])
names = st.sampled_from(["Doji", "Shooting_Star", "High_Volume_Surge"])
timeframes = st.sampled_from(Timeframe)
bars = st.builds(BarData, prices, prices, prices, prices, counts | prices)
directions = st.sampled_from(Direction)
detections = st.builds(
    Detection, symbols, names, st.floats(0, 1), directions, times, timeframes, bars
)
calculations = st.builds(
    Calculation,
    symbols,
    names,
    st.floats(-1e9, 1e9),
    st.dictionaries(names, st.floats(-1e9, 1e9)),
    times,
    timeframes,
)
sources = st.sampled_from(["analytics", "fallback"])
healths = st.builds(
    Health,
    names,
    st.sampled_from(HealthStatus),
    st.text(max_size=50),
    counts,
    prices,
    st.none() | prices,
    *[counts] * 8,
    st.lists(counts, max_size=3),
    times,
)
events: st.SearchStrategy[RedisEvent] = st.one_of(
    st.builds(PatternDetected, sources, times, detections),
    st.builds(StreamingPattern, sources, detections),
    st.builds(StreamingIndicator, sources, calculations),
    st.builds(StreamingHealth, healths, times),
    st.builds(
        AlertFired,
        names,
        times,
        st.integers(1, 2**31),
        names,
        symbols,
        st.sampled_from(AlertKind),
        st.text(max_size=50),
        st.none() | prices,
    ),
)


VALIDATORS: dict[str, Any] = {
    name: Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": DOCUMENT["$defs"]})
    for name in EXAMPLES
}


def is_valid(name: str, message: object) -> bool:
    return bool(VALIDATORS[name].is_valid(message))


# --- the document


def test_the_committed_document_is_that_of_the_types(tmp_path: Path) -> None:
    """Should it fail: `python scripts/redis_events_schema.py docs/redis-events.json`."""
    made = tmp_path / "made.json"
    script = ROOT / "scripts" / "redis_events_schema.py"
    subprocess.run([sys.executable, str(script), str(made)], check=True)
    assert made.read_bytes() == (ROOT / "docs" / "redis-events.json").read_bytes()


def test_the_document_is_json_schema_and_says_what_everything_is() -> None:
    Draft202012Validator.check_schema(DOCUMENT)
    assert all(schema["description"].endswith(".") for schema in DOCUMENT["$defs"].values())


def test_every_channel_and_message_is_in_it() -> None:
    documented = {
        channel: reference["$ref"].removeprefix("#/$defs/")
        for channel, reference in DOCUMENT["x-channels"].items()
    }
    said = {channel: message.__name__ for channel, message in TYPES.items()}
    assert documented == said | dict.fromkeys(CHANNELS, "Tick")
    assert set(EXAMPLES) == set(documented.values())
    assert list(DOCUMENT["x-keys"]) == [redis_events.HEARTBEAT_KEY]


def test_the_names_are_those_of_the_contract() -> None:
    assert set(TYPES) == {
        "tickstock.events.patterns",
        "tickstock:patterns:streaming",
        "tickstock:indicators:streaming",
        "tickstock:streaming:health",
        "tickterm:alerts",
    }
    assert redis_events.HEARTBEAT_KEY == "tickstock:producer:heartbeat"
    detection = {"symbol", "pattern", "confidence", "direction", "timestamp", "timeframe"}
    assert set(EXAMPLES["PatternDetected"]["data"]) == {*detection, "bar_data"}
    assert set(EXAMPLES["StreamingPattern"]) == {"type", "source", "detection"}
    assert EXAMPLES["PatternDetected"]["event_type"] == "pattern_detected"
    assert EXAMPLES["StreamingPattern"]["type"] == "streaming_pattern"
    assert EXAMPLES["StreamingIndicator"]["type"] == "streaming_indicator"
    assert EXAMPLES["StreamingHealth"]["type"] == "streaming_health"


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_an_example_is_valid_and_no_field_may_be_missing(name: str) -> None:
    assert is_valid(name, EXAMPLES[name])
    for field in EXAMPLES[name]:
        broken = {key: value for key, value in EXAMPLES[name].items() if key != field}
        assert not is_valid(name, broken), field


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("PatternDetected", ("event_type",), "pattern"),
        ("PatternDetected", ("data", "confidence"), 1.01),
        ("PatternDetected", ("data", "timeframe"), "1m"),
        ("PatternDetected", ("data", "timestamp"), "2024-11-24T21:00:00Z"),
        ("StreamingPattern", ("detection", "direction"), "reversal"),
        ("StreamingPattern", ("detection", "bar_data", "close"), None),
        ("StreamingIndicator", ("calculation", "values"), [1.0]),
        ("StreamingHealth", ("health", "status"), "fine"),
        ("StreamingHealth", ("type",), "streaming_pattern"),
        ("AlertFired", ("kind",), "over"),
        ("AlertFired", ("price",), "230"),
        ("Tick", ("timestamp",), 1.5),
    ],
)
def test_wrong_values_are_not_valid(name: str, path: tuple[str, ...], value: object) -> None:
    broken = copy.deepcopy(EXAMPLES[name])
    inside = broken
    for step in path[:-1]:
        inside = inside[step]
    inside[path[-1]] = value
    assert not is_valid(name, broken)


def test_a_tick_is_valid() -> None:
    tick = TickData("A", 1.0, 5, 1, "aggregate", "massive", 1.0, 1.0, 1.0, 1.0, 5, 2.0, 9)
    assert is_valid("Tick", json.loads(encode_tick(tick)))


# --- every event


@settings(max_examples=100, deadline=None)
@given(events)
def test_every_event_is_valid_and_comes_back(event: RedisEvent) -> None:
    payload = encode(event)
    assert is_valid(type(event).__name__, json.loads(payload))
    assert msgspec.json.decode(payload, type=type(event)) == event


@settings(max_examples=100, deadline=None)
@given(events)
def test_our_own_events_are_read_as_they_were_meant(event: RedisEvent) -> None:
    if isinstance(event, PatternDetected):
        assert read(encode(event), 0) == [report_of(event.data, event.source)]
    if isinstance(event, StreamingPattern):
        assert read(encode(event), 0) == [report_of(event.detection, event.source)]
    if isinstance(event, StreamingHealth):
        assert read_health(encode(event)).startswith(event.health.status.value)


def test_an_event_says_of_its_bar_what_was_traded() -> None:
    bar = Bar("A", Timeframe.M1, 0, 1.0, 3.0, 0.5, 2.0, 700, 1400.0, 40)
    assert bar_data_of(bar) == BarData(open=1.0, high=3.0, low=0.5, close=2.0, volume=700)
