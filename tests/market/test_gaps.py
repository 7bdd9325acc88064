"""Which bars lack ticks."""

from __future__ import annotations

import pytest

from tickterm.market.bars import Bar
from tickterm.market.gaps import MOST, Gaps
from tickterm.market.timeframe import Timeframe


def bar(start: int) -> Bar:
    return Bar("SPY", Timeframe.M1, start, 1.0, 1.0, 1.0, 1.0, 1, 1.0, 1)


@pytest.mark.parametrize(
    ("since", "until", "touched"),
    [(0, 60_000, False), (0, 60_001, True), (119_999, 130_000, True), (120_000, 130_000, False)],
)
def test_a_gap_touches_what_it_overlaps(since: int, until: int, touched: bool) -> None:
    gaps = Gaps()
    gaps.begin(since)
    gaps.end(until)
    assert gaps.touch(bar(60_000)) is touched


def test_an_open_gap_touches_all_that_ends_later() -> None:
    gaps = Gaps()
    gaps.begin(100_000)
    gaps.begin(500_000)
    assert gaps.is_open
    assert not gaps.touch(bar(0))
    assert gaps.touch(bar(60_000))
    assert gaps.touch(bar(6_000_000))


def test_a_gap_that_is_long_over_can_be_forgotten() -> None:
    gaps = Gaps()
    for since in (0, 60_000):
        gaps.begin(since)
        gaps.end(since + 60_000)
    gaps.forget(60_000)
    assert not gaps.touch(bar(0))
    assert gaps.touch(bar(60_000))


def test_gaps_are_bounded_and_none_is_forgotten() -> None:
    gaps = Gaps()
    for number in range(2 * MOST):
        gaps.begin(number * 120_000)
        gaps.end(number * 120_000 + 1)
    assert all(gaps.touch(bar(number * 120_000)) for number in range(2 * MOST))
    assert len(gaps._over) == MOST
