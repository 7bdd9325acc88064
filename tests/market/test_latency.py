"""Quantiles at most 1.6 % too long, of a minute that moves and of all, in bounded memory."""

from __future__ import annotations

import math
import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cpu import cpu_cost
from tickterm.market.latency import REFRESH, LatencyMeter
from tickterm.market.snapshot import Quantiles, Timing

MOST_TOO_LONG = 1 + 1 / 64
ROUNDING = 1e-7
DAY = 86_400.0


def measured(*seconds: float) -> Quantiles:
    meter = LatencyMeter()
    for value in seconds:
        meter.record(value, 0.0)
    return meter.timing(0.0).minute


@given(st.floats(1e-6, DAY), st.floats(1e-6, DAY))
def test_never_too_short_and_at_most_a_64th_too_long(one: float, other: float) -> None:
    shorter, longer = sorted((one, other))
    found = measured(shorter, longer)
    assert found.p50 is not None
    assert shorter - ROUNDING <= found.p50 <= shorter * MOST_TOO_LONG + ROUNDING
    assert found.p99 == pytest.approx(longer, abs=ROUNDING), "the longest is exact"
    assert found.max == pytest.approx(longer, abs=ROUNDING)


@given(st.floats(1e-6, DAY))
def test_clocks_that_disagree_are_not_hidden(seconds: float) -> None:
    found = measured(-seconds, -seconds, 5.0)
    assert (found.count, found.early) == (3, 2)
    assert found.p50 is not None
    assert -seconds - ROUNDING <= found.p50 <= -seconds / MOST_TOO_LONG + ROUNDING
    assert found.max == 5.0


@pytest.mark.parametrize("seed", range(4))
def test_a_distribution(seed: int) -> None:
    chance = random.Random(seed)
    values = [chance.lognormvariate(math.log(0.002), 1.5) for _ in range(20_000)]
    found = measured(*values)
    cuts = statistics.quantiles(values, n=100)
    for percent, quantile in ((50, found.p50), (95, found.p95), (99, found.p99)):
        assert quantile == pytest.approx(cuts[percent - 1], rel=0.02)
    assert found.max == pytest.approx(max(values), abs=ROUNDING)


def test_the_quantiles_are_those_of_the_field() -> None:
    """The smallest value that so many of a hundred do not exceed."""
    hundred = measured(*(n / 1000 for n in range(1, 101)))
    for percent, quantile in ((50, hundred.p50), (95, hundred.p95), (99, hundred.p99)):
        assert quantile is not None
        assert percent / 1000 <= quantile <= percent / 1000 * MOST_TOO_LONG
    assert hundred.max == 0.1


def test_weights_count_as_so_many_values() -> None:
    meter = LatencyMeter()
    meter.record(0.001, 0.0, weight=95)
    meter.record(1.0, 0.0, weight=5)
    found = meter.timing(0.0).minute
    assert found.count == 100
    assert found.p95 == pytest.approx(0.001, rel=0.02)
    assert found.p99 == 1.0


@pytest.mark.parametrize("seconds", [0.0, 1e-9, 9e-7])
def test_too_short_to_measure(seconds: float) -> None:
    found = measured(seconds)
    assert found.early == 0
    assert found.max == pytest.approx(seconds, abs=ROUNDING)
    assert found.p50 is not None
    assert 0 <= found.p50 <= 1e-6


def test_longer_than_the_scale_is_exact_where_it_is_the_longest() -> None:
    found = measured(1e9)
    assert found.p50 == pytest.approx(137_438, rel=0.02)
    assert found.max == 1e9
    assert measured(-1e9).early == 1


def test_nothing_measured_is_nothing_said() -> None:
    assert LatencyMeter().timing(5.0) == Timing()


def test_what_was_a_minute_ago_vanishes_and_stays_in_all() -> None:
    meter = LatencyMeter()
    meter.record(0.5, 100.0)
    for second in range(55):
        assert meter.timing(100.0 + second).minute.max == 0.5, second
    assert meter.timing(160.0).minute == Quantiles()
    assert meter.timing(160.0).since_start.max == 0.5
    assert meter.timing(1e9).since_start.count == 1


def test_looks_at_odd_times_do_not_make_it_stay_longer() -> None:
    meter = LatencyMeter()
    meter.record(0.5, 0.0)
    for number in range(1, 7):
        assert meter.timing(number * 9.0).minute.count == (number * 9 < 60)
    assert meter.timing(60.0).minute.count == 0


def test_the_minute_after_an_idle_one_is_only_what_came_since() -> None:
    meter = LatencyMeter()
    meter.record(9.0, 0.0)
    meter.record(0.1, 90.0)
    timing = meter.timing(90.0)
    assert (timing.minute.count, timing.minute.max) == (1, 0.1)
    assert (timing.since_start.count, timing.since_start.max) == (2, 9.0)


def test_the_minute_moves_piece_by_piece() -> None:
    meter = LatencyMeter()
    for second in range(300):
        meter.record(float(second + 1), float(second))
        found = meter.timing(float(second)).minute
        if second > 60:
            assert 55 <= found.count <= 60
            assert found.max == second + 1


def test_a_burst_weighs_as_much_as_it_has_ticks() -> None:
    meter = LatencyMeter()
    for second in range(50):
        meter.record(0.001, float(second))
    meter.record(0.2, 50.0, weight=10_000)
    assert meter.timing(50.0).minute.p50 == pytest.approx(0.2, rel=0.02)


def test_a_clock_set_back_keeps_nothing_for_ever() -> None:
    meter = LatencyMeter()
    meter.record(0.5, 10_000.0)
    meter.record(0.7, 50.0)
    assert meter.timing(50.0).minute.count == 2
    assert meter.timing(110.0).minute.count == 0
    assert meter.timing(110.0).since_start.count == 2


def test_whoever_asks_within_half_a_second_gets_the_same() -> None:
    meter = LatencyMeter()
    assert meter.timing(0.0).minute.count == 0
    meter.record(0.5, 0.0)
    first = meter.timing(0.0)
    meter.record(0.5, 0.1)
    assert first.minute.count == 1, "the first one there is shows at once"
    assert meter.timing(REFRESH - 0.01) is first
    assert meter.timing(REFRESH).minute.count == 2
    meter.record(0.5, REFRESH)
    assert meter.timing(0.0).minute.count == 3, "a clock set back is no reason to stand still"


def test_memory_is_bounded_whatever_comes() -> None:
    meter = LatencyMeter()
    chance = random.Random(1)
    for number in range(50_000):
        meter.record(10 ** chance.uniform(-9, 30) * chance.choice((1, -1)), number / 500)
    pieces = [*meter._slices, meter._before]
    assert len(pieces) == 13
    assert all(len(piece.counts) <= 2 * 38 * 64 for piece in pieces)


def test_a_record_costs_little() -> None:
    """Once a frame or batch: 3 µs is the bound of a slow machine, 0.7 µs is usual."""
    meter = LatencyMeter()
    costs = []
    for _ in range(5):
        with cpu_cost() as cost:
            for number in range(10_000):
                meter.record(0.0004 + number * 1e-7, 5.0, 70)
        costs.append(cost.seconds / 10_000)
    assert min(costs) < 3e-6
