"""The ticks' own time: it follows them, goes on without them, and believes no single one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickterm.market.event_clock import ANEW, LEAP_NOTES, LEAP_SECONDS, STEP, EventClock

START = 1_704_465_000_000
QUARTER = 900_000
"""Ms that the feed may revise the past by."""


def running(seconds: int = 10) -> EventClock:
    """Return a clock after a batch a second; at monotonic `seconds` it is about START + that."""
    clock = EventClock()
    for second in range(seconds + 1):
        assert not clock.note(START + second * 1000, float(second))
    return clock


def test_it_knows_nothing_before_enough_batches() -> None:
    clock = EventClock()
    assert clock.at(5.0) == -1
    for second in range(LEAP_NOTES):
        assert clock.at(float(second)) == -1
        clock.note(START + second * 1000, float(second))
    assert clock.at(9.0) == START + 9_000


def test_in_a_thin_market_a_few_batches_must_stand_for_a_while() -> None:
    clock = EventClock()
    for second in (0, 1, 2):
        clock.note(START + second * 1000, float(second))
    assert clock.at(LEAP_SECONDS - 0.1) == -1
    assert clock.at(2 + LEAP_SECONDS) == START + 62_000


def test_it_goes_on_as_fast_as_our_own_clock() -> None:
    clock = running(10)
    assert START + 9_000 <= clock.at(10.0) <= START + 10_000
    assert clock.at(73.5) - clock.at(10.0) == 63_500


@pytest.mark.parametrize("wrong", [1, START - QUARTER, START + 60_000, 10**14])
def test_a_single_wrong_time_leads_nowhere(wrong: int) -> None:
    clock, other = running(10), running(10)
    assert not clock.note(wrong, 10.5)
    assert other.at(10.5) <= clock.at(10.5) <= START + 10_500
    for second in range(11, 20):
        assert not clock.note(START + second * 1000, float(second))
        assert START + (second - 1) * 1000 <= clock.at(float(second)) <= START + second * 1000


@pytest.mark.parametrize("lies", [1, 2, 5])
@pytest.mark.parametrize("wrong", [START - 10 * ANEW, START + 600_000, 10**14])
def test_nor_do_some_at_the_very_start(wrong: int, lies: int) -> None:
    clock = EventClock()
    for _ in range(lies):
        clock.note(wrong, 0.0)
    for second in range(1, 20):
        clock.note(START + second * 1000, float(second))
        assert clock.at(float(second)) <= START + second * 1000
    assert clock.at(20.0) == START + 20_000


def test_every_second_batch_may_be_wrong() -> None:
    clock = running(10)
    for second in range(11, 60):
        clock.note(START + second * 1000, second + 0.0)
        assert not clock.note(10**14 if second % 2 else 1, second + 0.5)
        assert START + (second - 1) * 1000 <= clock.at(second + 0.5) <= START + (second + 1) * 1000


def test_revised_seconds_do_not_turn_it_back() -> None:
    clock = running(10)
    for late in range(5):
        assert not clock.note(START - QUARTER + late * 1000, 10.0 + late)
    assert clock.at(15.0) - clock.at(10.0) == 5_000


def test_a_small_step_is_believed_when_two_batches_agree() -> None:
    clock = running(10)
    clock.note(START + 13_000, 10.1)
    assert clock.at(10.1) < START + 11_000
    clock.note(START + 14_000, 10.2)
    assert clock.at(10.2) == START + 13_100


def test_a_leap_is_believed_when_many_batches_agree() -> None:
    clock = running(10)
    for step in range(LEAP_NOTES):
        assert clock.at(10.0) < START + 10_000 + 2 * STEP
        clock.note(START + QUARTER + step * 60_000, 10.0)
    assert clock.at(10.0) == START + QUARTER + STEP


def test_a_leap_of_few_batches_is_believed_when_nobody_contradicts() -> None:
    clock = running(10)
    for second in (20, 30, 40):
        clock.note(START + QUARTER + second * 1000, float(second))
    assert clock.at(79.0) < START + 79_000 + 2 * STEP
    assert clock.at(100.0) == START + QUARTER + 100_000


LIES = [START + QUARTER, START + 3_000_000, START - 2 * ANEW, 10**14]


@pytest.mark.parametrize("lies", range(2, LEAP_NOTES))
@pytest.mark.parametrize("wrong", LIES)
def test_a_lone_symbol_that_lies_moves_no_time(wrong: int, lies: int) -> None:
    """However often, as long as there is a tick of the present among ten."""
    clock = running(10)
    for second in range(11, 100):
        for _ in range(lies):
            assert not clock.note(wrong + second * 1000, float(second))
            assert START + second * 1000 - 1_000 <= clock.at(float(second))
            assert clock.at(float(second)) <= START + second * 1000 + STEP
        clock.note(START + second * 1000, float(second))
    for second in range(100, 100 + 2 * STEP // 1000):
        clock.note(START + second * 1000, float(second))
    assert clock.at(120.0) == START + 120_000


def test_ticks_that_come_late_for_ever_hold_no_time_up() -> None:
    """A delayed symbol among others, and our own clock, which counts waiting only, hardly moves."""
    clock = running(10)
    for second in range(11, 2_000):
        clock.note(START + second * 1000, 10 + second / 1000)
        clock.note(START + (second + 1) * 1000, 10 + second / 1000)
        clock.note(START - QUARTER + second * 1000, 10 + second / 1000)
        clock.note(START + (second + 1) * 1000, 10 + second / 1000)
    assert clock.at(12.0) >= START + 1_990_000


def test_a_thin_market_is_no_gap_behind() -> None:
    clock = running(10)
    for minute in range(1, 30):
        clock.note(START + minute * 300_000, minute * 300.0)
        assert clock.at(minute * 300.0) >= START + minute * 300_000 - 1_000
    assert clock.at(30 * 300.0) >= START + 30 * 300_000 - 1_000


def test_after_a_pause_it_waits_for_the_ticks() -> None:
    clock = running(10)
    assert clock.at(310.0) >= START + 309_000
    clock.note(START + 11_000, 310.0)
    clock.note(START + 12_000, 311.0)
    assert START + 11_000 <= clock.at(311.0) <= START + 12_000


@pytest.mark.parametrize("speed", [0.5, 1.0, 10.0, 1000.0])
def test_it_follows_a_recording_at_any_speed(speed: float) -> None:
    clock = EventClock()
    for second in range(600):
        clock.note(START + second * 1000, second / speed)
        if second >= LEAP_NOTES:
            assert START + (second - 1) * 1000 <= clock.at(second / speed) <= START + second * 1000


def test_a_recording_that_starts_again_is_time_begun_anew() -> None:
    clock = EventClock()
    for second in range(0, 7200, 10):
        assert not clock.note(START + second * 1000, float(second))
    told = [clock.note(START + second * 1000, 7200.0 + second) for second in range(20)]
    assert told.index(True) == LEAP_NOTES - 1
    assert sum(told) == 1
    assert START + 18_000 <= clock.at(7219.0) <= START + 19_000


def test_a_thin_recording_that_starts_again_is_time_begun_anew() -> None:
    clock = running(7_200)
    told = [clock.note(START + minute * 60_000, 7_201 + minute * 60.0) for minute in range(4)]
    assert told == [False, False, True, False]
    assert clock.at(7_201 + 180.0) == START + 180_000


def test_after_wrong_times_that_agreed_it_begins_anew() -> None:
    clock = running(10)
    for second in range(11, 11 + LEAP_NOTES):
        clock.note(10**14, float(second))
    assert clock.at(21.0) > START + ANEW
    told = [clock.note(START + second * 1000, float(second)) for second in range(22, 32)]
    assert told == [False] * 9 + [True]
    assert clock.at(31.0) == START + 31_000


@given(
    st.lists(
        st.tuples(st.integers(0, 10**14), st.floats(0, 100), st.booleans()), min_size=1, max_size=50
    )
)
def test_single_wrong_times_never_lead(steps: list[tuple[int, float, bool]]) -> None:
    """Right batches, each perhaps followed by one of any time: never ahead of the right ones."""
    clock, now, second = running(10), 10.0, 10
    for wrong, gap, lies in steps:
        second += 1 + int(gap)
        now += 1 + gap
        clock.note(START + second * 1000, now)
        assert clock.at(now) <= START + second * 1000
        if lies:
            anew = clock.note(wrong, now)
            assert not anew
            assert clock.at(now) <= START + second * 1000
