"""Whatever lies on the channel: a tick, or a reason of one word."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickterm.market.events import Malformed
from tickterm.market.tick_reader import read_tick
from tickterm.market.ticks import TickData, encode

TICK = TickData(
    "BRK.B",
    189.5,
    1200,
    1_732_454_400_000,
    "aggregate",
    "massive",
    189.4,
    189.6,
    189.3,
    189.5,
    1200,
)


def payload(**changes: Any) -> bytes:
    return json.dumps({**json.loads(encode(TICK)), **changes}).encode()


def test_what_the_engine_publishes_is_read_as_it_was() -> None:
    assert read_tick(encode(TICK)) == TICK
    shares = TICK._replace(volume=0.25, tick_volume=0.25, event_type="aggregate_minute")
    assert read_tick(encode(shares)) == shares


def test_an_integral_volume_stays_integral() -> None:
    tick = read_tick(encode(TICK))
    assert type(tick.volume) is int
    assert type(tick.tick_volume) is int


def test_further_keys_are_ignored() -> None:
    assert read_tick(payload(bid=189.3)) == TICK


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ticker": ""}, "symbol"),
        ({"ticker": "A,B"}, "symbol"),
        ({"ticker": "\x1b[31m"}, "symbol"),
        ({"ticker": "A" * 33}, "symbol"),
        ({"ticker": 7}, "symbol"),
        ({"ticker": None}, "symbol"),
        ({"price": 0}, "price"),
        ({"price": -1.0}, "price"),
        ({"price": "189.5"}, "price"),
        ({"price": True}, "price"),
        ({"price": 1e9}, "price"),
        ({"tick_open": None}, "price"),
        ({"tick_high": [1]}, "price"),
        ({"volume": -1}, "volume"),
        ({"tick_volume": 2**53}, "volume"),
        ({"tick_volume": 1e300}, "volume"),
        ({"volume": False}, "volume"),
        ({"timestamp": 1_732_454_400}, "time"),
        ({"timestamp": 1_732_454_400_000.5}, "time"),
        ({"timestamp": -5}, "time"),
        ({"timestamp": 10**30}, "time"),
        ({"timestamp": "2024-11-24T00:00:00Z"}, "time"),
        ({"event_type": ""}, "event"),
        ({"event_type": "a\nb"}, "event"),
        ({"source": 3}, "event"),
        ({"source": "x" * 33}, "event"),
    ],
)
def test_a_wrong_value_is_named(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(Malformed, match=rf"^{reason}$"):
        read_tick(payload(**changes))


@pytest.mark.parametrize("key", TickData._fields[:11])
def test_every_key_is_needed(key: str) -> None:
    tick = json.loads(encode(TICK))
    del tick[key]
    with pytest.raises(Malformed):
        read_tick(json.dumps(tick).encode())


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"null",
        b"[]",
        b"7",
        b'"ticker"',
        b"{",
        b"\xff\xfe",
        b'{"ticker": "\xff"}',
        b"[" * 100_000,
        b'{"ticker":' * 5_000,
        payload().replace(b"189.5", b"NaN"),
        payload().replace(b"189.5", b"1e999"),
        payload().replace(b"189.5", b"Infinity"),
    ],
)
def test_junk_has_a_reason_too(junk: bytes) -> None:
    with pytest.raises(Malformed):
        read_tick(junk)


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_else(junk: bytes) -> None:
    with pytest.raises(Malformed):
        read_tick(junk)


@given(
    st.dictionaries(
        st.sampled_from(TickData._fields[:11]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    )
)
def test_no_value_raises_anything_else(changes: dict[str, Any]) -> None:
    try:
        tick = read_tick(payload(**changes))
    except Malformed:
        return
    assert all(0 < price < 1e9 for price in tick[6:10])
    assert tick.volume >= 0
