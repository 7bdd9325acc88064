"""Numbers as text: what they say, and that they never outgrow their place."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.fake_engine import WALL_MS
from tickterm.ui.draw import numbers

ANY_FLOAT = st.floats(allow_nan=True, allow_infinity=True)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (227.5, "227.50"),
        (1048.36, "1048.36"),
        (9999.99, "9999.99"),
        (10000, "10,000.00"),
        (755123.0, "755,123.00"),
        (0.8312, "0.8312"),
        (0.00004, "0.0000"),
        (0.0, "0.00"),
        (1.0, "1.00"),
        (None, "—"),
        (math.nan, "—"),
        (math.inf, "—"),
    ],
)
def test_price(value: float | None, text: str) -> None:
    assert numbers.price(value) == text


def test_price_gives_up_decimals_then_digits_where_it_is_narrow() -> None:
    assert numbers.price(755_123.0, 7) == "755,123"
    assert numbers.price(755_123.0, 6) == "755K"
    assert numbers.price(1e15, 12) == "1000T"


@pytest.mark.parametrize(
    ("value", "of", "text"),
    [
        (1.24, 227.5, "+1.24"),
        (-1.24, 227.5, "-1.24"),
        (0.0, 227.5, "0.00"),
        (0.001, 227.5, "0.00"),
        (-0.0041, 0.83, "-0.0041"),
        (2681.26, 711020.0, "+2,681.26"),
        (-123456.5, 711020.0, "-123K"),
        (None, 1.0, "—"),
        (math.nan, 1.0, "—"),
    ],
)
def test_change(value: float | None, of: float, text: str) -> None:
    assert numbers.change(value, of, 9) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.554, "+0.55%"),
        (-12.345, "-12.35%"),
        (0.001, "0.00%"),
        (-0.001, "0.00%"),
        (99.996, "+100.0%"),
        (123.44, "+123.4%"),
        (1234.5, "+1234%"),
        (10_000_000, ">99999%"),
        (None, "—"),
        (math.inf, "—"),
    ],
)
def test_percent(value: float | None, text: str) -> None:
    assert numbers.percent(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (950, "950"),
        (999.6, "1.00K"),
        (12_540, "12.5K"),
        (99_960, "100K"),
        (999_900, "1.00M"),
        (3_400_000, "3.40M"),
        (1.25e9, "1.25B"),
    ],
)
def test_compact(value: float, text: str) -> None:
    assert numbers.compact(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "1s"),
        (0.0, "1s"),
        (1.0, "1s"),
        (1.1, "2s"),
        (45, "45s"),
        (59.5, "1m"),
        (190, "3m"),
        (7200, "2h"),
        (86_400 * 9, "9d"),
        (1e12, "99d"),
        (math.inf, "—"),
    ],
)
def test_age(seconds: float, text: str) -> None:
    assert numbers.age(seconds) == text


def test_duration_and_milliseconds() -> None:
    assert numbers.duration(751) == "00:12:31"
    assert numbers.duration(-1) == "00:00:00"
    assert numbers.duration(3 * 86_400 + 4 * 3600 + 12) == "3d 04:00:12"
    assert numbers.milliseconds(None) == "—"
    assert numbers.milliseconds(0.00031) == "0.31 ms"
    assert numbers.milliseconds(0.0123) == "12.3 ms"
    assert numbers.milliseconds(0.25) == "250 ms"
    assert numbers.milliseconds(1.234) == "1.2 s"


def test_clock_shows_no_nonsense_for_impossible_instants() -> None:
    assert numbers.clock(10**18) == "--:--:--"
    assert len(numbers.clock(1_780_320_667_000)) == 8


@given(ANY_FLOAT, st.integers(5, 20))
def test_price_fits(value: float, width: int) -> None:
    """From a thousand quadrillion dollars on, `compact` may take more."""
    if not abs(value) >= 1e16:
        assert len(numbers.price(value, width)) <= max(width, 6)


@given(ANY_FLOAT)
def test_widths_are_bounded(value: float) -> None:
    assert len(numbers.percent(value)) <= 7
    assert len(numbers.age(value)) <= 3


@pytest.mark.parametrize(
    ("timeframe", "text"),
    [
        ("1s", "09:31:07 ET"),
        ("15s", "09:31:07 ET"),
        ("1min", "09:31 ET"),
        ("1h", "09:31 ET"),
        ("1d", "06-01 ET"),
        ("", "09:31:07 ET"),
        ("daily", "09:31:07 ET"),
    ],
)
def test_the_time_of_a_bar_says_its_zone(timeframe: str, text: str) -> None:
    assert numbers.bar_time(WALL_MS, timeframe) == text


@pytest.mark.parametrize("timeframe", ["1s", "1min", "1d", ""])
def test_the_time_of_a_bar_that_is_none_is_harmless(timeframe: str) -> None:
    for ms in (-(2**62), 2**62):
        assert numbers.bar_time(ms, timeframe).endswith("ET")
