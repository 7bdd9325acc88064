"""The axes: nice steps, labels, New York time."""

from __future__ import annotations

import math
from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.fake_engine import THIS_MINUTE
from tickterm.market.timeframe import Timeframe
from tickterm.ui.chart.axes import (
    LABEL_WIDTH,
    Scale,
    price_labels,
    price_text,
    time_labels,
    time_text,
)
from tickterm.ui.draw import numbers

PRICES = st.floats(0.0, 1e12)
WINTER = 1_768_492_800_000
"""15 January 2026, 11:00 in New York."""


def labels(count: int, timeframe: Timeframe, end: int = THIS_MINUTE) -> list[str]:
    end -= end % timeframe.ms
    starts = [end - back * timeframe.ms for back in reversed(range(count))]
    return list(time_labels(starts, timeframe, 2).values())


def test_steps_are_one_two_or_five() -> None:
    scale = Scale.around(226.1, 229.9, 20)
    assert scale.step == pytest.approx(1.0)
    assert list(price_labels(scale).values()) == ["226.00", "227.00", "228.00", "229.00", "230.00"]


@given(PRICES, PRICES, st.integers(1, 60))
def test_whatever_the_prices_they_are_on_the_scale(one: float, other: float, rows: int) -> None:
    low, high = sorted((one, other))
    scale = Scale.around(low, high, rows)
    assert scale.low < scale.high
    assert 0 <= scale.half(low) <= scale.half(high) < 2 * rows
    assert scale.step > 0
    mantissa = scale.step / 10 ** math.floor(math.log10(scale.step) + 1e-9)
    assert min(abs(mantissa - nice) for nice in (1, 2, 5)) < 1e-6
    for line, text in price_labels(scale).items():
        assert 0 <= line < rows
        assert len(text) <= LABEL_WIDTH


def test_flat_prices_have_a_scale() -> None:
    scale = Scale.around(5.0, 5.0, 9)
    assert scale.half(5.0) in (8, 9)
    assert price_labels(scale)


def test_there_is_room_above_and_below() -> None:
    scale = Scale.around(10.0, 20.0, 10)
    assert scale.half(10.0) >= 2
    assert scale.half(20.0) <= 17


@pytest.mark.parametrize(
    ("value", "step", "text"),
    [
        (227.5, 0.5, "227.50"),
        (5.0, 0.001, "5.000"),
        (0.0005, 0.0001, "0.0005"),
        (711_020.0, 500.0, "711,020"),
        (711_020.25, 0.01, "711,020.25"),
        (9e11, 1e11, "900B"),
    ],
)
def test_labels_of_prices(value: float, step: float, text: str) -> None:
    assert price_text(value, step) == text


@pytest.mark.parametrize(
    ("timeframe", "expected"),
    [
        (Timeframe.S1, ["09:30:40", "09:30:50", "09:31:00"]),
        (Timeframe.S5, ["09:29:00", "09:29:30", "09:30:00", "09:30:30", "09:31:00"]),
        (Timeframe.M1, ["09:05", "09:10", "09:15", "09:20", "09:25", "09:30"]),
        (Timeframe.M5, ["07:30", "08:00", "08:30", "09:00", "09:30"]),
        (Timeframe.M15, ["03:00", "04:00", "05:00", "06:00", "07:00", "08:00", "09:00"]),
    ],
)
def test_times_are_round_and_of_new_york(timeframe: Timeframe, expected: list[str]) -> None:
    assert labels(30, timeframe) == expected


def test_a_new_day_shows_its_date() -> None:
    assert labels(30, Timeframe.H1) == [
        "04:00",
        "08:00",
        "12:00",
        "16:00",
        "20:00",
        "06-01",
        "04:00",
        "08:00",
    ]


def test_one_candle_has_its_time() -> None:
    assert labels(1, Timeframe.M1) == ["09:31"]
    assert labels(0, Timeframe.M1) == []
    assert labels(1, Timeframe.D1) == ["06-01"]


@pytest.mark.parametrize(
    ("instant", "time", "date"),
    [
        ("2026-01-15T14:30:00", "09:30", "01-15"),
        ("2026-03-07T23:30:00", "18:30", "03-07"),
        ("2026-03-08T06:59:00", "01:59", "03-08"),
        ("2026-03-08T07:00:00", "03:00", "03-08"),
        ("2026-07-01T03:30:00", "23:30", "06-30"),
        ("2026-11-01T05:59:00", "01:59", "11-01"),
        ("2026-11-01T06:00:00", "01:00", "11-01"),
        ("2026-11-02T14:30:00", "09:30", "11-02"),
        ("2026-12-01T04:30:00", "23:30", "11-30"),
    ],
)
def test_clocks_of_new_york_go_forward_and_back(instant: str, time: str, date: str) -> None:
    ms = int(datetime.fromisoformat(f"{instant}+00:00").timestamp()) * 1000
    assert time_text(ms, Timeframe.M1) == time
    assert time_text(ms, Timeframe.D1) == date
    assert time_labels([ms], Timeframe.M1, 2) == {0: time}
    assert numbers.exchange_time(ms) == f"2026-{date} {time}:00 ET"


def test_a_day_in_winter_begins_at_midnight_of_new_york() -> None:
    hours = [WINTER + n * Timeframe.H1.ms for n in range(30)]
    assert list(time_labels(hours, Timeframe.H1, 2).values()) == [
        "12:00", "16:00", "20:00", "01-16", "04:00", "08:00", "12:00", "16:00",
    ]  # fmt: skip


@given(st.lists(st.integers(-(10**18), 10**18), max_size=60), st.sampled_from(Timeframe))
def test_labels_never_run_into_each_other(starts: list[int], timeframe: Timeframe) -> None:
    found = sorted(time_labels(sorted(starts), timeframe, 2).items())
    for (before, text), (index, _) in pairwise(found):
        assert 2 * (index - before) > len(text)
