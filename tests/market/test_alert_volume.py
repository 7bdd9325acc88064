"""The shares of windows, against a plain sum over all that ever came."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickterm.market.alert_volume import (
    BEFORE,
    LEAST_BEFORE,
    LONGEST_SILENCE,
    MOST_PARTS,
    VolumeWindow,
)

START = 1_704_465_000_000

lengths = st.sampled_from([1.0, 1.5, 5.0, 60.0, 61.7, 600.0, 3_600.0])
steps = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 400, 1_000, 1_001, 7_000, 60_000, 900_000, 30_000_000]),
        st.integers(-500, 10**9),
    ),
    min_size=1,
    max_size=60,
)


class Plain:
    """What a window means: all since the last long silence is summed up each time."""

    def __init__(self, seconds: float) -> None:
        self.part_ms = max(1000, round(seconds * 1000 / MOST_PARTS))
        self.parts = max(1, round(seconds * 1000 / self.part_ms))
        self.shares: dict[int, int] = {}

    def add(self, timestamp: int, shares: int) -> tuple[float, float]:
        """Return the shares of the newest window and of an average one."""
        part = timestamp // self.part_ms
        is_new = part not in self.shares
        silent = part - max(self.shares, default=part)
        if silent >= self.parts * (BEFORE + 1) or silent * self.part_ms > LONGEST_SILENCE:
            self.shares.clear()
        self.shares[part] = self.shares.get(part, 0) + shares
        if is_new:
            self.average = self._average(part, part - self.parts)
        return self._sum(part - self.parts, part), self.average

    def _average(self, part: int, end: int) -> float:
        known = end + 1 - min(self.shares)
        before = self._sum(part - self.parts * (BEFORE + 1), end)
        if known >= self.parts * BEFORE:
            return before / BEFORE
        return before * self.parts / known if known >= self.parts * LEAST_BEFORE else 0.0

    def _sum(self, after: int, last: int) -> int:
        return sum(shares for part, shares in self.shares.items() if after < part <= last)


@given(lengths, st.integers(0, 3_600_000), steps)
def test_it_is_the_plain_sum(seconds: float, start: int, moves: list[tuple[int, int]]) -> None:
    window, plain, now = VolumeWindow(seconds), Plain(seconds), START + start
    for step, shares in moves:
        now += step
        recent = window.add(now, shares)
        assert (recent, window.average) == plain.add(now, shares)


@pytest.mark.parametrize("seconds", [60.0, 600.0, 3_600.0])
def test_the_night_is_no_time_of_small_volumes(seconds: float) -> None:
    window = VolumeWindow(seconds)
    for day in range(2):
        for second in range(0, 8 * 3_600, 10):
            recent = window.add(START + (day * 86_400 + second) * 1000, 100.0)
            assert recent <= 1.02 * seconds * 10
            assert window.average == 0 or window.average > 0.9 * seconds * 10
    assert window.average


@pytest.mark.parametrize("seconds", [1.0, 5.0, 20.0])
def test_a_part_a_step_it_is_the_plain_sum(seconds: float) -> None:
    window, plain = VolumeWindow(seconds), Plain(seconds)
    for number in range(plain.parts * (BEFORE + 3)):
        now, shares = START + number * plain.part_ms, number % 97
        recent = window.add(now, shares)
        assert (recent, window.average) == plain.add(now, shares)


def test_shares_may_be_fractions() -> None:
    window = VolumeWindow(5.0)
    told = [window.add(START + 1000 * second, 0.1) for second in range(10_000)]
    assert told[-1] == pytest.approx(0.5)
    assert window.average == pytest.approx(0.5)
