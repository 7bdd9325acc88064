"""One element of a frame becomes a tick, or a reason from a small set."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickterm.market.events import EVENTS, Malformed
from tickterm.market.ticks import TickData

BAR: dict[str, Any] = {
    "ev": "A", "sym": "FCX", "v": 4989, "av": 4332125, "op": 75.98, "vw": 78.0894, "o": 78.1,
    "c": 78.08, "h": 78.125, "l": 78.07, "a": 76.8404, "z": 62, "s": 1788877043000,
    "e": 1788877044000, "dv": "4989.0", "dav": "4332125.038360",
}  # fmt: skip
TRADE: dict[str, Any] = {
    "ev": "T", "sym": "MSFT", "x": 4, "i": "12345", "z": 3, "p": 114.125, "s": 100, "c": [0, 12],
    "t": 1536036818784, "q": 3681328,
}  # fmt: skip
QUOTE: dict[str, Any] = {
    "ev": "Q", "sym": "MSFT", "bp": 114.125, "bs": 100, "ap": 114.127, "as": 160, "c": 0,
    "t": 1536036818784,
}  # fmt: skip
SAMPLES = {"A": BAR, "T": TRADE, "Q": QUOTE}
REASONS = {"symbol", "price", "volume", "time"}


def read(element: dict[str, Any], **changes: Any) -> TickData:
    changed = element | changes
    return EVENTS[changed["ev"]](changed, "massive")


def without(element: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in element.items() if key not in keys}


def refused(element: dict[str, Any], **changes: Any) -> str:
    with pytest.raises(Malformed) as caught:
        read(element, **changes)
    return str(caught.value)


def test_a_bar_of_the_real_wire() -> None:
    assert read(BAR) == TickData(
        ticker="FCX",
        price=78.08,
        volume=4989,
        timestamp=1788877043000,
        event_type="aggregate",
        source="massive",
        tick_open=78.1,
        tick_high=78.125,
        tick_low=78.07,
        tick_close=78.08,
        tick_volume=4989,
        day_open=75.98,
        day_volume=4332125,
        day_vwap=76.8404,
    )


def test_the_other_kinds() -> None:
    assert read(BAR, ev="AM").event_type == "aggregate_minute"
    trade = read(TRADE)
    assert trade[:6] == ("MSFT", 114.125, 100, 1536036818784, "trade", "massive")
    assert trade[6:] == (114.125, 114.125, 114.125, 114.125, 100, None, None, None)
    quote = read(QUOTE)
    assert quote.price == pytest.approx(114.126)
    assert (quote.volume, quote.event_type) == (0, "quote")
    assert read(without(QUOTE, "bp")).price == 114.127
    assert refused(without(QUOTE, "bp", "ap")) == "price"


def test_the_seed_form_with_t_for_the_start() -> None:
    seed = {"ev": "A", "sym": "X", "o": 1, "h": 2, "l": 1, "c": 2, "v": 5, "t": 1788877043000}
    tick = read(seed)
    assert tick.timestamp == 1788877043000
    assert (tick.day_open, tick.day_volume) == (None, None)


def test_s_goes_before_t_and_null_counts_as_missing() -> None:
    assert read(BAR, t=5_000_000_000_000).timestamp == BAR["s"]
    assert read(BAR, s=None, t=BAR["s"]).timestamp == BAR["s"]
    assert refused(without(BAR, "s")) == "time"


@pytest.mark.parametrize("key", ["o", "h", "l", "c"])
def test_integers_stay_integers_and_floats_floats(key: str) -> None:
    field = {"o": "tick_open", "h": "tick_high", "l": "tick_low", "c": "tick_close"}[key]
    assert type(getattr(read(BAR, **{key: 78}), field)) is int
    assert type(getattr(read(BAR, **{key: 78.0}), field)) is float
    assert type(read(BAR, v=12.0).volume) is float
    assert type(read(BAR, v=12).tick_volume) is int


@pytest.mark.parametrize(
    "value",
    [1788877043, 1788877043000, 1788877043000000, 1788877043000000000, 1788877043000.0],
)
def test_times_by_magnitude(value: float) -> None:
    tick = read(BAR, s=value)
    assert tick.timestamp == 1788877043000
    assert type(tick.timestamp) is int


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (10**11 - 1, 10**14 - 1000),
        (10**11, 10**11),
        (10**14, 10**14),
        (10**14 + 1000, 10**11 + 1),
        (10**17, 10**14),
        (10**17 + 10**6, 10**11 + 1),
        (10**19 - 1, 10**13 - 1),
    ],
)
def test_the_borders_between_the_units(value: int, expected: int) -> None:
    assert read(BAR, s=value).timestamp == expected


NOT_NUMBERS = [True, False, "1.5", "", None, [], {}, math.nan, math.inf, -math.inf, -1, -0.5]
TOO_LARGE = [2**64, 1.8446744073709552e19, 10**400, 1e300]


@pytest.mark.parametrize("value", [*NOT_NUMBERS, *TOO_LARGE, 0, 0.0], ids=lambda v: repr(v)[:20])
def test_no_price(value: object) -> None:
    for key in ("o", "h", "l", "c"):
        assert refused(BAR, **{key: value}) == "price"
        assert refused(without(BAR, key)) == "price"
    assert refused(TRADE, p=value) == "price"
    if value:
        assert refused(QUOTE, bp=value) == "price"


@pytest.mark.parametrize("value", [*NOT_NUMBERS, *TOO_LARGE], ids=lambda v: repr(v)[:20])
def test_no_volume(value: object) -> None:
    if value is None:
        assert read(BAR, v=None).volume == 4989.0
        assert read(without(BAR, "v", "dv")).volume == 0
    elif value or value is False:
        assert refused(BAR, v=value) == "volume"
    else:
        assert refused(without(BAR, "dv"), v=value) == "volume"


@pytest.mark.parametrize(
    "value", [*NOT_NUMBERS, *TOO_LARGE, 0, 0.0, 1788877043000.5], ids=lambda v: repr(v)[:20]
)
def test_no_time(value: object) -> None:
    assert refused(without(BAR, "t"), s=value) == "time"
    assert refused(TRADE, t=value) == "time"


@pytest.mark.parametrize("value", [*NOT_NUMBERS, *TOO_LARGE, 0, 0.0], ids=lambda v: repr(v)[:20])
def test_optional_fields_are_left_out_never_fatal(value: object) -> None:
    tick = read(BAR, op=value, av=value, vw=value, a=value, z=value, e=value, new=value)
    assert (tick.day_open, tick.day_volume) == (None, None)
    assert tick.price == 78.08


@pytest.mark.parametrize(
    ("number", "exact", "volume"),
    [(0, "0.5", 0.5), (0, "0.000000", 0), (0, None, 0), (None, "7.25", 7.25), (3, "garbage", 3)],
)
def test_the_decimal_string_where_the_number_rounds_to_nothing(
    number: object, exact: object, volume: float
) -> None:
    assert read(TRADE, s=number, ds=exact).volume == volume
    assert type(read(TRADE, s=number, ds=exact).volume) is type(volume)
    assert read(BAR, v=number, dv=exact).volume == volume


@pytest.mark.parametrize("exact", ["x", "", "nan", "inf", "-1", "1e999", "9" * 41, 5, True, [1]])
def test_a_bad_decimal_string(exact: object) -> None:
    assert refused(TRADE, s=0, ds=exact) == "volume"


@pytest.mark.parametrize("symbol", ["BRK.B", "BACpB", "BF/A", "BRK-B", "A", "0700"])
def test_symbols_keep_their_case(symbol: str) -> None:
    assert read(BAR, sym=symbol).ticker == symbol


def test_the_symbol_under_its_other_names() -> None:
    assert read(without(BAR, "sym") | {"pair": "BTC-USD"}).ticker == "BTC-USD"
    assert read(without(BAR, "sym") | {"T": "ATHR"}).ticker == "ATHR"


@pytest.mark.parametrize(
    "symbol",
    ["", "A,B", "*", "A.*", "A B", "A\n", "\x1b]0;x\x07", "A\u202e", "Ä", "x" * 33, ".A", "A.",
     "\ud800", 5, None, True, ["A"], {"a": 1}],
)  # fmt: skip
def test_no_symbol(symbol: object) -> None:
    assert refused(BAR, sym=symbol) == "symbol"
    assert refused(QUOTE, sym=symbol) == "symbol"
    assert refused(TRADE, sym=symbol) == "symbol"


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=45),
    st.lists(st.integers(), max_size=2), st.just({"a": None}),
    st.sampled_from([2**53, 2**63, 2**64, 10**19, 1e999, 10**400]),
)  # fmt: skip


@settings(deadline=None, max_examples=500)
@given(st.sampled_from("ATQ"), st.data())
def test_any_mutation_gives_a_sane_tick_or_a_reason(kind: str, data: st.DataObject) -> None:
    element = dict(SAMPLES[kind])
    keys = data.draw(st.lists(st.sampled_from([*element, "pair", "T"]), min_size=1, max_size=4))
    for key in keys:
        element[key] = data.draw(VALUES)
    try:
        tick = EVENTS[kind](element, "massive")
    except Malformed as error:
        reason = str(error)
    else:
        check(tick)
        return
    assert reason in REASONS


def check(tick: TickData) -> None:
    for price in (tick.price, tick.tick_open, tick.tick_high, tick.tick_low, tick.tick_close):
        assert 0 < price < 1e9
    for volume in (tick.volume, tick.tick_volume, tick.day_volume or 0):
        assert 0 <= volume <= 2**53
        assert type(volume) in (int, float)
    assert type(tick.timestamp) is int
    assert 0 < tick.timestamp <= 10**14
