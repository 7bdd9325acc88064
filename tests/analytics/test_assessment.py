"""How a process is, by what its partitions do; and when nobody need stand in for it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tickterm.analytics.assessment import Interval, Share, assess, may_beat
from tickterm.analytics.channel_source import CHANNEL
from tickterm.analytics.counts import Counts
from tickterm.analytics.vitals import Vitals
from tickterm.market.bars import Bar, BarCounts
from tickterm.market.redis_events import HealthStatus
from tickterm.market.timeframe import Timeframe

NOW = 1000.0
OURS = Share((0,), HealthStatus.HEALTHY, "")
QUIET = Interval(0, 0, 0, 0)
BAR = Bar("SPY", Timeframe.M1, 60_000, 1.0, 1.0, 1.0, 1.0, 1, 1.0, 1)


class Part:
    """As much of a partition as is looked at."""

    def __init__(self, name: str = "ticks", heard_at: float | None = NOW - 1) -> None:
        self.name = name
        self.measure = Timeframe.M1
        self.reason = self.history_reason = ""
        self.vitals = Vitals(name, Timeframe.M1)
        self.vitals.began_at = NOW - 20
        self.vitals.heard_at = heard_at
        self.vitals.is_ready = True


def judged(*parts: Any, share: Share = OURS, bars: str = "", what: Interval = QUIET) -> str:
    status, reason = assess(parts, share, bars, what, NOW)
    return f"{status}: {reason}"


def test_all_is_well() -> None:
    assert judged(Part()) == "healthy: "
    assert may_beat([Part()], NOW)  # type: ignore[list-item] # as much as is looked at


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (
            [Part("tickstock:tick", NOW - 31)],
            "no ticks on tickstock:tick for 31 s: does the engine write it? "
            "see TICKTERM_STREAM and TICKTERM_STREAM_PARTITIONS",
        ),
        ([Part(CHANNEL, NOW - 600)], f"no ticks on {CHANNEL} for 10 min: is tickterm running on"),
        ([Part("a", NOW - 30), Part("b", NOW - 40)], "no ticks on a and 1 more for 30 s: does"),
    ],
)
def test_without_ticks_it_is_degraded_and_does_not_beat(parts: list[Any], words: str) -> None:
    assert judged(*parts).startswith(f"degraded: {words}")
    assert not may_beat(parts, NOW)


def test_one_partition_that_hears_is_enough() -> None:
    parts: list[Any] = [Part("a", NOW - 300), Part("b", NOW - 1)]
    assert judged(*parts) == "healthy: "
    assert may_beat(parts, NOW)


def test_before_the_first_tick_and_the_first_whole_bar_it_starts() -> None:
    part: Any = Part(heard_at=None)
    part.vitals.is_ready = False
    assert judged(part) == "starting: waiting for the first tick on ticks"
    assert not may_beat([part], NOW)
    part.vitals.began_at = NOW - 30
    assert judged(part).startswith("degraded: no ticks on ticks for 30 s")
    part.vitals.heard_at = NOW
    assert judged(part) == "starting: waiting for the first whole 1min bar"
    assert not may_beat([part], NOW)
    part.vitals.note_closing([BAR._replace(complete=False)], "")
    part.vitals.note_closing([BAR._replace(timeframe=Timeframe.S1)], "")
    assert not may_beat([part], NOW)
    part.vitals.note_closing([BAR], "")
    assert judged(part) == "healthy: "
    assert may_beat([part], NOW)


def test_nothing_studied_at_all_does_not_beat_but_some_do() -> None:
    part: Any = Part()
    part.history_reason = "the database is away"
    assert judged(part) == "degraded: the database is away"
    part.vitals.calculations = 5
    part.vitals.note_closing([BAR], "the database is away")
    assert may_beat([part], NOW)
    part.vitals.note_closing([BAR], "the database is away")
    assert not may_beat([part], NOW)
    part.vitals.note_closing([BAR], "")
    assert may_beat([part], NOW)


@pytest.mark.parametrize(
    "share",
    [
        Share((), HealthStatus.HEALTHY, "idle: other processes have all partitions"),
        Share((), HealthStatus.DEGRADED, "redis is not to be had"),
        Share(),
    ],
)
def test_who_has_no_share_is_as_the_share_is(share: Share) -> None:
    assert judged(share=share) == f"{share.status}: {share.reason}"
    assert not may_beat([], NOW)


def test_a_redis_that_is_not_to_be_had_is_the_first_reason() -> None:
    share = OURS._replace(status=HealthStatus.DEGRADED, reason="redis is away")
    assert judged(Part(heard_at=None), share=share) == "degraded: redis is away"
    assert judged(Part(), bars="disk full") == "degraded: disk full"


def test_a_partition_that_does_not_work_does_not_beat() -> None:
    part: Any = Part()
    part.reason = "not listening"
    assert judged(part) == "degraded: not listening"
    assert not may_beat([part], NOW)
    assert may_beat([part, Part()], NOW)  # type: ignore[list-item] # as much as is looked at


@pytest.mark.parametrize(
    ("rejected", "late", "stray", "dropped", "reason"),
    [
        (0, 0, 0, 0, ""),
        (25, 25, 0, 0, ""),
        (60, 0, 0, 0, "60 of 100 ticks are no ticks"),
        (0, 50, 9, 0, "59 of 100 ticks came too late for their bars"),
        (0, 0, 0, 300, "300 of 400 ticks came faster than they are taken, and are lost"),
    ],
)
def test_most_ticks_of_no_use(
    rejected: int, late: int, stray: int, dropped: int, reason: str
) -> None:
    before = Counts(50, Counter({"json": 50}), BarCounts(0, 0, 10, 0))
    more = Counts(100, Counter({"price": rejected}), BarCounts(100, 5, late, stray))
    interval = Interval.between(before, before.plus(more), dropped)
    assert interval.reason == reason
    assert judged(Part(), what=interval) == (f"degraded: {reason}" if reason else "healthy: ")


def test_few_ticks_say_nothing() -> None:
    assert Interval(9, 9, 0, 0).reason == ""
