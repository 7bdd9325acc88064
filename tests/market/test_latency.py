"""Quantiles within 6 %, over a window that moves, in constant memory."""

from __future__ import annotations

import math
import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickterm.market.latency import LatencyWindow


@given(st.floats(1e-6, 200))
def test_one_value_within_six_per_cent(seconds: float) -> None:
    window = LatencyWindow()
    window.record(seconds, 0.0)
    for q in (0.01, 0.5, 0.99, 1.0):
        found = window.quantile(q, 0.0)
        assert found is not None
        assert seconds * 0.999 <= found <= seconds * 1.06


@pytest.mark.parametrize("seed", range(4))
def test_a_distribution_within_six_per_cent(seed: int) -> None:
    chance = random.Random(seed)
    values = [chance.lognormvariate(math.log(0.002), 1.5) for _ in range(20_000)]
    window = LatencyWindow()
    for value in values:
        window.record(value, 0.0)
    cuts = statistics.quantiles(values, n=100)
    for q in (0.5, 0.9, 0.99):
        assert window.quantile(q, 0.0) == pytest.approx(cuts[round(q * 100) - 1], rel=0.06)


def test_weights_count_as_so_many_values() -> None:
    window = LatencyWindow()
    window.record(0.001, 0.0, weight=98)
    window.record(1.0, 0.0, weight=2)
    assert window.quantile(0.98, 0.0) == pytest.approx(0.001, rel=0.06)
    assert window.quantile(0.99, 0.0) == pytest.approx(1.0, rel=0.06)


@pytest.mark.parametrize("seconds", [0.0, -1.0, 1e-9])
def test_too_short_to_measure(seconds: float) -> None:
    window = LatencyWindow()
    window.record(seconds, 0.0)
    assert window.quantile(0.5, 0.0) == pytest.approx(1e-6, rel=0.06)


def test_longer_than_the_scale_is_the_end_of_the_scale() -> None:
    window = LatencyWindow()
    window.record(1e9, 0.0)
    found = window.quantile(0.5, 0.0)
    assert found is not None
    assert found > 200


def test_nothing_recorded_or_all_of_it_too_long_ago() -> None:
    window = LatencyWindow(slices=6, slice_seconds=10.0)
    assert window.quantile(0.5, 100.0) is None
    window.record(0.5, 100.0)
    assert window.quantile(0.5, 159.9) == pytest.approx(0.5, rel=0.06)
    assert window.quantile(0.5, 160.0) is None
    window.record(0.1, 1e9)
    assert window.quantile(0.99, 1e9) == pytest.approx(0.1, rel=0.06)


def test_the_oldest_falls_out_piece_by_piece() -> None:
    window = LatencyWindow(slices=3, slice_seconds=1.0)
    for second in range(10):
        window.record(10.0 ** (second - 5), float(second))
    for q, value in ((0.3, 1e2), (0.6, 1e3), (1.0, 1e4)):
        assert window.quantile(q, 9.0) == pytest.approx(min(value, 262.0), rel=0.06)


def test_an_odd_clock_does_no_harm() -> None:
    window = LatencyWindow()
    window.record(0.5, 100.0)
    window.record(0.5, 50.0)
    assert window.quantile(0.5, 60.0) == pytest.approx(0.5, rel=0.06)
