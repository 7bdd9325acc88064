"""Every figure against clocks that a test moves."""

from __future__ import annotations

import dataclasses

import pytest

from tickterm.engine.figures import ExchangeDelay, Figures
from tickterm.engine.statistics import Statistics
from tickterm.market.latency import LatencyMeter
from tickterm.market.protocol import Received
from tickterm.market.snapshot import Feed, PerformanceView, Quantiles, Timing
from tickterm.market.ticks import TickData
from tickterm.memory import Memory

SECOND = 1_788_890_400
"""UTC."""


class Clocks:
    """A steady clock and a wall clock."""

    def __init__(self) -> None:
        self.steady = 100.0
        self.wall = SECOND + 3.25

    def delay(self) -> ExchangeDelay:
        return ExchangeDelay(lambda: self.steady, lambda: self.wall)


def tick(ms: int, kind: str = "aggregate") -> TickData:
    return TickData("AAPL", 1.0, 1, ms, kind, "massive", 1.0, 1.0, 1.0, 1.0, 1)


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.mark.parametrize(
    ("kind", "seconds"),
    [("aggregate", 2.25), ("aggregate_minute", -56.75), ("trade", 3.25), ("quote", 3.25)],
)
def test_a_bar_is_late_from_its_end_and_a_trade_from_its_time(
    clocks: Clocks, kind: str, seconds: float
) -> None:
    delay = clocks.delay()
    delay.take([tick(SECOND * 1000, kind)], clocks.steady)
    found = delay.meter.timing(clocks.steady).minute
    assert found.max == pytest.approx(seconds)
    assert found.early == (seconds < 0)


def test_what_it_took_to_read_the_frame_is_not_the_exchanges(clocks: Clocks) -> None:
    delay = clocks.delay()
    received = clocks.steady
    clocks.steady, clocks.wall = clocks.steady + 0.5, clocks.wall + 0.5
    delay.take([tick(SECOND * 1000)], received)
    assert delay.meter.timing(clocks.steady).minute.max == pytest.approx(2.25)


def test_every_tick_of_a_frame_counts_with_its_own_time(clocks: Clocks) -> None:
    """Two of them: 70 bars as they end, and one of 15 minutes ago that is sent again."""
    delay = clocks.delay()
    frame = [tick((SECOND + 2) * 1000)] * 35 + [tick((SECOND - 900) * 1000)]
    delay.take(frame + [tick((SECOND + 2) * 1000)] * 35, clocks.steady)
    found = delay.meter.timing(clocks.steady).minute
    assert (found.count, found.early) == (71, 0)
    assert found.p50 == pytest.approx(0.25, rel=0.02)
    assert found.p95 == pytest.approx(0.25, rel=0.02)
    assert found.max == pytest.approx(902.25)


def test_a_slow_wall_clock_shows_as_less_than_nothing(clocks: Clocks) -> None:
    clocks.wall = SECOND - 4.0
    delay = clocks.delay()
    delay.take([tick(SECOND * 1000)] * 3, clocks.steady)
    found = delay.meter.timing(clocks.steady).minute
    assert (found.count, found.early) == (3, 3)
    assert found.max == pytest.approx(-5.0)
    assert found.p50 is not None
    assert -5.0 <= found.p50 <= -4.9


def test_a_wall_clock_set_back_in_mid_run_changes_the_sign_and_nothing_else(clocks: Clocks) -> None:
    delay = clocks.delay()
    delay.take([tick(SECOND * 1000)], clocks.steady)
    clocks.wall -= 3_600
    delay.take([tick(SECOND * 1000)], clocks.steady)
    found = delay.meter.timing(clocks.steady).minute
    assert (found.count, found.early) == (2, 1)
    assert found.max == pytest.approx(2.25)


def test_no_ticks_measure_nothing(clocks: Clocks) -> None:
    delay = clocks.delay()
    delay.take([], clocks.steady)
    assert delay.meter.timing(clocks.steady) == Timing()


class Sinks:
    """Redis and viewers with meters of their own."""

    def __init__(self) -> None:
        self.redis, self.viewers, self.screens = (LatencyMeter() for _ in range(3))

    def timing(self, now: float) -> Timing:
        return self.redis.timing(now)

    def timings(self, now: float) -> tuple[Timing, Timing]:
        return self.viewers.timing(now), self.screens.timing(now)


def figures(
    clocks: Clocks, feed: Feed = Feed.LIVE, sinks: Sinks | None = None
) -> tuple[Figures, Statistics]:
    statistics, sinks = Statistics(), sinks or Sinks()
    memory = Memory(95_000_000, is_peak=True)
    made = Figures(feed, statistics, sinks, sinks, delay=clocks.delay(), memory=lambda: memory)
    return made, statistics


def test_no_rate_is_above_its_peak(clocks: Clocks) -> None:
    made, statistics = figures(clocks)
    now = clocks.steady
    for beat in range(30):
        statistics.ticks_processed += beat
        statistics.beat(now + beat / 10, 0.0)
        assert made.view(now + beat / 10).rate_peak >= statistics.view().rate
    assert made.view(now + 2.9).rate_peak_at == now + 2.9


def test_each_figure_is_in_its_place(clocks: Clocks) -> None:
    sinks, now = Sinks(), clocks.steady
    made, statistics = figures(clocks, sinks=sinks)
    sinks.redis.record(0.001, now)
    sinks.viewers.record(0.002, now)
    sinks.screens.record(0.05, now)
    made.take([tick(SECOND * 1000)], now)
    for tenth in range(50):
        statistics.count(Received([tick(SECOND * 1000)] * 20, size=3_000), now + tenth / 10)
        statistics.beat(now + tenth / 10, 0.004)
    view = made.view(now + 4.9)
    latencies = [getattr(view, field.name) for field in dataclasses.fields(view)[:5]]
    assert [timing.minute.max for timing in latencies] == [
        pytest.approx(2.25), 0.001, 0.002, 0.05, 0.004
    ]  # fmt: skip
    assert [timing.since_start.max for timing in latencies] == [
        timing.minute.max for timing in latencies
    ]
    assert view.bytes == 150_000
    assert view.bytes_rate == pytest.approx(30_000, rel=0.05)
    assert view.rate_peak == pytest.approx(200, rel=0.05)
    assert view.rate_peak_at == statistics.rate_peak_at
    assert (view.memory, view.memory_is_peak) == (95_000_000, True)


def test_a_replay_says_nothing_of_the_exchange(clocks: Clocks) -> None:
    made, _ = figures(clocks, Feed.REPLAY)
    made.take([tick(SECOND * 1000)], clocks.steady)
    assert made.view(clocks.steady).exchange_to_receive == Timing()


@pytest.mark.parametrize("feed", [Feed.LIVE, Feed.SIMULATED])
def test_other_feeds_do(clocks: Clocks, feed: Feed) -> None:
    made, _ = figures(clocks, feed)
    made.take([tick(SECOND * 1000)], clocks.steady)
    assert made.view(clocks.steady).exchange_to_receive.minute.count == 1


def test_figures_change_twice_a_second(clocks: Clocks) -> None:
    made, _ = figures(clocks)
    first = made.view(100.0)
    assert made.view(100.4) is first
    assert made.view(100.5) is not first
    assert made.view(3.0) is not made.view(100.5), "also by a clock that was set back"


def test_an_idle_minute_leaves_the_latencies_of_the_start(clocks: Clocks) -> None:
    made, _ = figures(clocks)
    made.take([tick(SECOND * 1000)], clocks.steady)
    timing = made.view(clocks.steady + 61).exchange_to_receive
    assert timing.minute == Quantiles()
    assert timing.since_start.count == 1


def test_an_engine_that_starts_anew_begins_anew(clocks: Clocks) -> None:
    made, statistics = figures(clocks)
    made.take([tick(SECOND * 1000)], clocks.steady)
    statistics.count(Received([tick(1)] * 9, size=99), clocks.steady)
    again, _ = figures(clocks)
    view = dataclasses.replace(again.view(clocks.steady), memory=None, memory_is_peak=False)
    assert view == PerformanceView()
