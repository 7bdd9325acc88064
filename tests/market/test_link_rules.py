"""Back-off is earned by data; silence is doubted without mistaking a sparse feed for it."""

from __future__ import annotations

import random
from itertools import accumulate, pairwise

import pytest

from tests.cpu import cpu_cost
from tickterm.market.link_rules import Backoff, LinkTimes, QuietWatch

DAY = 86_400.0


def test_delays_double_up_to_the_longest() -> None:
    backoff = Backoff(LinkTimes())
    delays = [backoff.next_delay(0.0) for _ in range(10)]
    assert delays == [0.5, 1, 2, 4, 8, 16, 32, 60, 60, 60]


@pytest.mark.parametrize("luck", [0.0, 0.5, 0.999])
def test_luck_adds_up_to_a_quarter_and_never_passes_the_longest(luck: float) -> None:
    backoff = Backoff(LinkTimes())
    for plain in (0.5, 1, 2, 4, 8, 16, 32, 60, 60):
        assert plain <= backoff.next_delay(luck) <= min(plain * 1.25, 60)


def test_a_server_that_accepts_and_drops_sees_few_dials() -> None:
    backoff = Backoff(LinkTimes())
    now = 0.0
    dials = 0
    while now < 30.0:
        dials += 1
        backoff.connecting()
        assert not backoff.data(now)
        now += backoff.next_delay(0.0)
    assert dials <= 8


def test_a_minute_of_data_earns_the_first_delay_back() -> None:
    backoff = Backoff(LinkTimes())
    for _ in range(5):
        backoff.next_delay(0.0)
    backoff.connecting()
    assert [backoff.data(float(second)) for second in (100, 130, 159.9)] == [False, False, False]
    assert backoff.data(160.0)
    assert backoff.next_delay(0.0) == 0.5


def test_minutes_of_several_connections_do_not_add_up() -> None:
    backoff = Backoff(LinkTimes())
    for attempt, expected in enumerate((0.5, 1, 2, 4)):
        backoff.connecting()
        for second in range(59):
            assert not backoff.data(attempt * 1000.0 + second)
        assert backoff.next_delay(0.0) == expected


def poisson(mean: float, seed: int, length: float) -> list[float]:
    chance = random.Random(seed)
    count = int(length / mean * 1.5) + 50
    times = accumulate(chance.expovariate(1 / mean) for _ in range(count))
    return [at for at in times if at < length]


def alarms(watch: QuietWatch, arrivals: list[float], until: float) -> list[float]:
    """Look each second, as the client does: an alarm drops the link, the next comes up at once."""
    found: list[float] = []
    watch.connected(0.0)
    index = 0
    for now in map(float, range(int(until))):
        while index < len(arrivals) and arrivals[index] <= now:
            watch.data(arrivals[index])
            index += 1
        if watch.overdue(now) is not None:
            found.append(now)
            watch.alarmed()
            watch.connected(now)
    return found


def test_a_dense_feed_that_goes_mute_is_noticed_after_half_a_minute() -> None:
    watch = QuietWatch(30.0)
    assert alarms(watch, [i / 4 for i in range(4000)], 1000) == []
    assert watch.deadline() == 30.0
    assert watch.overdue(999.0 + 29.9) is None
    assert watch.overdue(999.0 + 30.0) == pytest.approx(30.0)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("mean", [1.0, 5.0, 30.0, 120.0])
def test_a_sparse_feed_is_never_mistaken_for_a_mute_one(mean: float, seed: int) -> None:
    arrivals = poisson(mean, seed, DAY)
    found = alarms(QuietWatch(30.0), arrivals, DAY)
    assert len(found) <= 5
    assert all(alarm < arrivals[QuietWatch.LEARNT_AFTER] for alarm in found)


def test_even_pauses_are_taken_for_chance() -> None:
    watch = QuietWatch(30.0)
    watch.connected(0.0)
    for frame in range(1, 51):
        watch.data(10.0 * frame)
    assert watch.deadline() == pytest.approx(200.0)


def test_a_link_that_is_mute_from_the_start_is_doubted_ever_more_rarely() -> None:
    found = alarms(QuietWatch(30.0), [], DAY)
    pauses = [later - sooner for sooner, later in pairwise([0.0, *found])]
    assert pauses[0] == pytest.approx(30.0, abs=1.1)
    assert pauses == sorted(pauses)
    assert len(found) < 35


def test_the_first_few_data_end_no_doubling() -> None:
    watch = QuietWatch(30.0)
    watch.connected(0.0)
    watch.alarmed()
    for second in range(QuietWatch.LEARNT_AFTER - 1):
        watch.data(float(second))
    assert watch.deadline() == 60.0
    watch.data(20.0)
    assert watch.deadline() == 30.0


@pytest.mark.parametrize("mean", [0.5, 5.0, 30.0])
def test_after_the_close_the_alarms_grow_rare(mean: float) -> None:
    """16 hours of data, 8 of night, at most a dozen and a half reconnects in it."""
    day = poisson(mean, 1, 16 * 3600)
    found = [alarm for alarm in alarms(QuietWatch(30.0), day, DAY) if alarm > 16 * 3600]
    assert 1 <= len(found) <= 18
    pauses = [later - sooner for sooner, later in pairwise(found)]
    assert pauses == sorted(pauses)
    assert pauses[-1] <= QuietWatch.LONGEST_WAIT + 1


def test_data_end_the_widening() -> None:
    watch = QuietWatch(30.0)
    watch.connected(0.0)
    for second in range(100):
        watch.data(float(second))
    for _ in range(20):
        watch.alarmed()
    assert watch.deadline() == QuietWatch.LONGEST_WAIT
    watch.connected(500.0)
    watch.data(501.0)
    assert watch.deadline() == 30.0


def test_time_without_a_link_is_not_silence() -> None:
    watch = QuietWatch(30.0)
    watch.connected(0.0)
    for second in range(100):
        watch.data(float(second))
    watch.connected(5000.0)
    assert watch.overdue(5029.0) is None
    watch.data(5001.0)
    assert watch.deadline() == 30.0


def test_a_long_pause_is_remembered_for_a_while_only() -> None:
    watch = QuietWatch(30.0)
    watch.connected(0.0)
    for second in range(100):
        watch.data(float(second))
    watch.data(120.0)
    assert watch.deadline() == pytest.approx(63.0)
    for second in range(QuietWatch.RECENT):
        watch.data(121.0 + second)
    assert watch.deadline() == 30.0


@pytest.mark.parametrize("pace", ["even", "falling", "random"])
def test_a_frame_costs_microseconds_however_many_came_before(pace: str) -> None:
    chance = random.Random(5)
    watch = QuietWatch(30.0)
    now = 0.0
    with cpu_cost() as cost:
        for i in range(50_000):
            now += {"even": 0.25, "falling": 1 - i / 60_000, "random": chance.random()}[pace]
            watch.data(now)
            watch.deadline()
    assert cost.seconds < 50_000 * 25e-6
