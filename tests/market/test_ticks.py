"""The wire form of a tick: the eleven keys, in order, as JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickterm.market.ticks import TickData, encode

KEYS = (
    "ticker price volume timestamp event_type source "
    "tick_open tick_high tick_low tick_close tick_volume"
).split()

TICK = TickData(
    "BRK.B", 78.08, 4989, 1788877043000, "aggregate", "massive",
    78.1, 78.125, 78.07, 78.08, 4989, 75.98, 4332125,
)  # fmt: skip


def test_the_eleven_keys_in_order_and_nothing_of_the_day() -> None:
    assert encode(TICK) == (
        b'{"ticker":"BRK.B","price":78.08,"volume":4989,"timestamp":1788877043000,'
        b'"event_type":"aggregate","source":"massive","tick_open":78.1,"tick_high":78.125,'
        b'"tick_low":78.07,"tick_close":78.08,"tick_volume":4989}'
    )
    assert list(json.loads(encode(TICK))) == KEYS == list(TickData._fields[:11])


@pytest.mark.parametrize("volume", [12, 12.0, 0, 0.5, 2**53 - 1])
def test_integral_stays_integral(volume: float) -> None:
    told = json.loads(encode(TICK._replace(volume=volume, tick_volume=volume)))
    assert type(told["volume"]) is type(told["tick_volume"]) is type(volume)
    assert told["volume"] == told["tick_volume"] == volume


@given(
    st.lists(st.floats(1e-6, 1e9) | st.integers(1, 10**9), min_size=5, max_size=5),
    st.integers(0, 2**53) | st.floats(0, 2**53),
    st.integers(1, 10**14),
)
def test_every_number_survives(prices: list[float], volume: float, timestamp: int) -> None:
    price, opened, high, low, close = prices
    tick = TickData(
        "X", price, volume, timestamp, "trade", "replay", opened, high, low, close, volume
    )
    told = json.loads(encode(tick))
    assert tuple(told.values()) == tick[:11]
    assert [type(value) for value in told.values()] == [type(value) for value in tick[:11]]
