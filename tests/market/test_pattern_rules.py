"""The engine's own rules: a drawn bar that each finds, near misses, and bars that say nothing."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickterm.market.bars import Bar
from tickterm.market.pattern_rules import (
    BARS_NEEDED,
    RULES,
    Match,
    Rule,
    doji,
    engulfing,
    hammer,
    high_volume_surge,
    price_gap,
    shooting_star,
)
from tickterm.market.redis_events import Direction
from tickterm.market.timeframe import Timeframe

UP, DOWN, NEITHER = Direction.BULLISH, Direction.BEARISH, Direction.NEUTRAL


def drawn(*prices: tuple[float, float, float, float]) -> list[Bar]:
    """Return bars of open, high, low and close."""
    return [
        Bar("SPY", Timeframe.M1, minute * 60_000, *of, 1_000, 1_000 * of[3], 60)
        for minute, of in enumerate(prices)
    ]


def traded(*volumes: float) -> list[Bar]:
    """Return bars of these volumes."""
    return [
        bar._replace(volume=volume)
        for bar, volume in zip(
            drawn(*[(10, 10.3, 9.9, 10.15)] * len(volumes)), volumes, strict=True
        )
    ]


def found(rule: Rule, bars: Sequence[Bar]) -> Direction | None:
    match = rule(bars)
    return match.direction if match else None


@pytest.mark.parametrize(
    ("volumes", "surges"),
    [
        pytest.param([200] * 9 + [601], True, id="over three times nine"),
        pytest.param([200] * 9 + [600], False, id="just three times"),
        pytest.param([200] * 5 + [601], True, id="five are enough"),
        pytest.param([200] * 4 + [5000], False, id="four are not"),
        pytest.param([101] * 5 + [304], True, id="a mean of 101"),
        pytest.param([100] * 5 + [5000], False, id="a mean of 100"),
        pytest.param([10**6] + [200] * 9 + [601], True, id="the tenth before is not looked at"),
        pytest.param([10**6] + [200] * 8 + [601], False, id="the ninth is"),
        pytest.param([0] * 10, False, id="nothing traded"),
        pytest.param([5000], False, id="one bar"),
    ],
)
def test_a_surge_is_three_times_the_mean_before(volumes: list[float], surges: bool) -> None:
    assert found(high_volume_surge, traded(*volumes)) == (NEITHER if surges else None)


@pytest.mark.parametrize(
    ("prices", "direction"),
    [
        pytest.param((20.00, 20.10, 20.00, 20.01), NEITHER, id="a tenth"),
        pytest.param((10.05, 10.10, 10.00, 10.05), NEITHER, id="no body"),
        pytest.param((10.00, 10.09, 10.00, 10.01), None, id="over a tenth"),
        pytest.param((10.05, 10.05, 10.05, 10.05), None, id="flat"),
        pytest.param((0.0001, 0.0002, 0.0001, 0.0001), NEITHER, id="the smallest step"),
    ],
)
def test_a_doji_has_hardly_a_body(
    prices: tuple[float, float, float, float], direction: Direction | None
) -> None:
    assert found(doji, drawn(prices)) == direction


@pytest.mark.parametrize(
    ("close", "opened", "direction"),
    [
        (100.0, 102.01, UP),
        (100.0, 97.99, DOWN),
        (100.0, 102.0, None),
        (100.0, 98.0, None),
        (0.35, 0.357, None),
        (0.0, 5.0, None),
    ],
)
def test_a_gap_is_over_two_per_cent(
    close: float, opened: float, direction: Direction | None
) -> None:
    bars = drawn((close,) * 4, (opened,) * 4)
    assert found(price_gap, bars) == direction
    assert found(price_gap, bars[1:]) is None


@pytest.mark.parametrize(
    ("prices", "direction"),
    [
        pytest.param((10.05, 10.08, 9.95, 10.07), UP, id="rising"),
        pytest.param((10.07, 10.08, 9.95, 10.05), UP, id="falling"),
        pytest.param((10.05, 10.08, 10.01, 10.07), UP, id="just two bodies, just half a body"),
        pytest.param((10.05, 10.08, 10.02, 10.07), None, id="a shadow too short"),
        pytest.param((10.05, 10.09, 9.95, 10.07), None, id="too much above"),
        pytest.param((10.05, 10.05, 9.95, 10.05), None, id="no body"),
        pytest.param((10.05, 10.05, 10.05, 10.05), None, id="flat"),
    ],
)
def test_a_hammer_and_upside_down_a_shooting_star(
    prices: tuple[float, float, float, float], direction: Direction | None
) -> None:
    opened, high, low, close = prices
    assert found(hammer, drawn(prices)) == direction
    mirrored = drawn((20 - opened, 20 - low, 20 - high, 20 - close))
    assert found(shooting_star, mirrored) == (DOWN if direction else None)
    assert found(hammer, mirrored) is None
    assert found(shooting_star, drawn(prices)) is None


@pytest.mark.parametrize(
    ("before", "now", "direction"),
    [
        pytest.param((10.05, 10.02), (10.01, 10.06), UP, id="beyond both ends"),
        pytest.param((10.05, 10.02), (10.02, 10.06), UP, id="beyond one end"),
        pytest.param((10.02, 10.05), (10.06, 10.01), DOWN, id="falling"),
        pytest.param((10.02, 10.05), (10.05, 10.01), DOWN, id="falling, beyond one end"),
        pytest.param((10.05, 10.02), (10.02, 10.05), None, id="of the same length"),
        pytest.param((10.05, 10.02), (10.03, 10.09), None, id="does not cover the low end"),
        pytest.param((10.05, 10.02), (9.00, 10.04), None, id="does not cover the high end"),
        pytest.param((10.02, 10.05), (10.01, 10.06), None, id="the same way"),
        pytest.param((10.05, 10.02), (10.06, 10.01), None, id="the same way down"),
        pytest.param((10.03, 10.03), (10.01, 10.06), None, id="nothing to cover"),
        pytest.param((10.05, 10.02), (10.03, 10.03), None, id="nothing that covers"),
    ],
)
def test_engulfing_covers_the_body_before(
    before: tuple[float, float], now: tuple[float, float], direction: Direction | None
) -> None:
    bars = drawn(*[(first, 10.2, 8.9, last) for first, last in (before, now)])
    assert found(engulfing, bars) == direction
    assert found(engulfing, bars[1:]) is None


PRICES = st.floats(1e-4, 1e9)


@st.composite
def sound_bars(draw: st.DrawFn) -> Bar:
    low, one, other, high = sorted(draw(st.lists(PRICES, min_size=4, max_size=4)))
    volume = draw(st.one_of(st.integers(0, 2**53), st.floats(0, 2**53)))
    return drawn((one, high, low, other))[0]._replace(volume=volume)


@given(st.lists(sound_bars(), min_size=1, max_size=12))
def test_any_bars_are_judged(bars: list[Bar]) -> None:
    for rule in RULES:
        match = rule(bars)
        assert rule(deque(bars, maxlen=BARS_NEEDED)) == match
        assert match is None or (0 < match.confidence <= 1 and match.direction in Direction)


@pytest.mark.parametrize("count", [1, 2, 5, 10])
@pytest.mark.parametrize("price", [0.0, 0.0001, 10.0, 999_999_999.0])
def test_flat_bars_have_no_pattern(count: int, price: float) -> None:
    bars = [bar._replace(volume=0) for bar in drawn(*[(price,) * 4] * count)]
    assert [rule(bars) for rule in RULES] == [None] * len(RULES)


def test_each_rule_has_one_pattern_of_its_own() -> None:
    drawings = {
        "High_Volume_Surge": traded(*[200] * 5, 700),
        "Doji": drawn((10.05, 10.10, 10.00, 10.05)),
        "Price_Gap": drawn((10, 10, 10, 10), (11, 11.4, 10.6, 11.3)),
        "Hammer": drawn((10.05, 10.08, 9.95, 10.07)),
        "Shooting_Star": drawn((10.05, 10.18, 10.04, 10.07)),
        "Engulfing": drawn((10.05, 10.2, 9.9, 10.02), (10.01, 10.2, 9.9, 10.06)),
    }
    for pattern, bars in drawings.items():
        assert [match.pattern for match in _matches(bars)] == [pattern]
        assert re.fullmatch(r"[A-Z][a-z]+(_[A-Z][a-z]+)*", pattern)
    assert len(drawings) == len(RULES)


def _matches(bars: Sequence[Bar]) -> list[Match]:
    return [match for rule in RULES if (match := rule(bars))]
