"""The engine's own rules: at work only while nobody else is, and each pattern said once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeAlias

import msgspec
import pytest

from tickterm.engine.patterns.fallback_pattern_detector import FallbackPatternDetector
from tickterm.market.bars import GRACE, Bar, BarMaker
from tickterm.market.pattern_rules import BARS_NEEDED, RULES
from tickterm.market.redis_events import BarData, Detection, Direction, PatternDetected, encode
from tickterm.market.ticks import TickData
from tickterm.market.timeframe import Timeframe

START = 1_704_465_000_000
MINUTE = 60_000
WALL = 1_760_000_000.0
Prices: TypeAlias = tuple[float, float, float, float]
QUIET: Prices = (10.0, 10.06, 9.97, 10.03)
"""Open, high, low and close of a bar without a pattern."""
DOJI: Prices = (10.0, 10.06, 9.97, 10.0)


def bar(minute: int, prices: Prices = QUIET, volume: int = 500, symbol: str = "A") -> Bar:
    return Bar(symbol, Timeframe.M1, START + minute * MINUTE, *prices, volume, 1.0, 60)


def active() -> FallbackPatternDetector:
    detector = FallbackPatternDetector()
    detector.heard(None, 100.0, WALL)
    return detector


def passive() -> FallbackPatternDetector:
    detector = FallbackPatternDetector()
    detector.heard(b"%d" % WALL, 100.0, WALL)
    return detector


def state(detector: FallbackPatternDetector) -> tuple[bool, float, float | None]:
    return detector.is_active, detector.active_since, detector.heartbeat_at


def names(detections: list[Detection]) -> list[str]:
    return [found.pattern for found in detections]


def test_a_detection_says_all_of_its_bar() -> None:
    (found,) = active().take([bar(3, DOJI)])
    assert found == Detection(
        symbol="A",
        pattern="Doji",
        confidence=0.6,
        direction=Direction.NEUTRAL,
        timestamp=START + 3 * MINUTE,
        timeframe=Timeframe.M1,
        bar_data=BarData(open=10.0, high=10.06, low=9.97, close=10.0, volume=500),
    )


def test_what_it_finds_can_be_published() -> None:
    for found in active().take([bar(0, DOJI)]):
        event = PatternDetected("fallback", START, found)
        assert msgspec.json.decode(encode(event), type=PatternDetected) == event


def test_it_is_at_work_only_while_analytics_is_silent() -> None:
    detector = FallbackPatternDetector()
    readings = [
        (None, 0.0, (True, 0.0, None)),
        (None, 5.0, (True, 0.0, None)),
        (6, 7.0, (False, 0.0, 6.0)),
        (6, 150.0, (False, 0.0, 6.0)),
        (6, 160.0, (True, 160.0, 6.0)),
        (200, 200.0, (False, 160.0, 200.0)),
    ]
    assert state(detector) == (False, 0.0, None)
    for beat, now, expected in readings:
        detector.heard(None if beat is None else b"%d" % (WALL + beat), now, WALL + now)
        assert state(detector) == expected


def test_while_passive_it_finds_nothing() -> None:
    detector = passive()
    assert [detector.take([bar(minute, DOJI)]) for minute in range(20)] == [[]] * 20
    assert FallbackPatternDetector().take([bar(0, DOJI)]) == []


def test_it_takes_over_at_once_with_the_bars_it_kept() -> None:
    detector = passive()
    for minute in range(9):
        detector.take([bar(minute)])
    detector.heard(None, 10_000.0, WALL)
    assert names(detector.take([bar(9, volume=5000)])) == ["High_Volume_Surge"]


def test_what_went_by_while_it_was_passive_is_not_found_afterwards() -> None:
    detector = passive()
    detector.take([bar(minute, DOJI) for minute in range(9)])
    detector.heard(None, 10_000.0, WALL)
    assert detector.take([]) == []
    assert detector.take([bar(9)]) == []


def test_the_beat_of_a_minute_does_not_switch_it() -> None:
    detector, states = passive(), []
    for now in range(100, 3700, 5):
        detector.heard(b"%d" % (WALL + now // 60 * 60), float(now), WALL + now)
        states.append(detector.is_active)
    assert not any(states)


@pytest.mark.parametrize("price", [0.0001, 10.0, 999_999.0])
def test_flat_prices_are_no_pattern_and_no_error(price: float) -> None:
    detector = active()
    bars = [bar(minute, (price,) * 4, volume=0) for minute in range(30)]
    assert detector.take(bars) == []


def test_one_tick_is_enough_to_judge() -> None:
    maker, detector = BarMaker([Timeframe.M1]), active()
    maker.take(TickData("A", 10, 1, START, "aggregate", "t", 10, 10.06, 9.97, 10, 1))
    assert names(detector.take(maker.close(START + MINUTE + GRACE))) == ["Doji"]
    assert active().take([]) == []


def test_a_pattern_is_found_once_in_five_minutes_of_the_bars_own_time() -> None:
    detector = active()
    at = [minute for minute in range(30) if detector.take([bar(minute, DOJI)])]
    assert at == [0, 5, 10, 15, 20, 25]


def test_each_pattern_and_symbol_cools_down_by_itself() -> None:
    detector = active()
    surge = [bar(minute) for minute in range(6)]
    assert names(detector.take([*surge, bar(6, DOJI)])) == ["Doji"]
    assert names(detector.take([bar(7, DOJI, volume=5000)])) == ["High_Volume_Surge"]
    assert names(detector.take([bar(7, DOJI, symbol="B")])) == ["Doji"]


def test_a_bar_is_judged_once() -> None:
    detector = active()
    doji = bar(0, DOJI)
    assert names(detector.take([doji, doji])) == ["Doji"]
    later = bar(10, DOJI)
    assert names(detector.take([later])) == ["Doji"]
    assert detector.take([later]) == []


def test_a_repeated_bar_does_not_count_twice_among_those_before() -> None:
    detector = active()
    detector.take([bar(0)] * 9)
    assert detector.take([bar(1, volume=5000)]) == []


def test_the_judged_bar_is_the_one_that_came_not_the_newest_of_all() -> None:
    found = active().take([bar(minute, DOJI, symbol=f"S{minute}") for minute in range(5)])
    assert [(each.symbol, each.timestamp) for each in found] == [
        (f"S{minute}", START + minute * MINUTE) for minute in range(5)
    ]


def test_when_time_begins_anew_so_does_the_cool_down() -> None:
    detector = active()
    for minute in (100, 0, 0):  # the last of which is of a recording of one minute
        assert names(detector.take([bar(minute, DOJI)])) == ["Doji"]
        assert detector.take([bar(minute, DOJI), bar(minute + 1, DOJI)]) == []
        detector.begin_anew()


def test_when_time_begins_anew_bars_of_before_are_forgotten() -> None:
    detector = active()
    for minute in range(10):
        detector.take([bar(100 + minute)])
    detector.begin_anew()
    assert detector.take([bar(0, volume=5000)]) == []


def test_bars_that_lack_ticks_are_left_out() -> None:
    detector = active()
    assert detector.take([bar(0, DOJI)._replace(complete=False)]) == []
    gap = (11.0, 11.06, 10.97, 11.03)
    detector.take([bar(1), bar(2, gap)._replace(complete=False)])
    assert detector.take([bar(3)]) == []


JUMP: Prices = (11.0, 11.06, 10.97, 11.03)
"""A tenth above a quiet bar."""
COVERS: Prices = (10.09, 10.09, 9.94, 9.95)
"""A body that covers that of a quiet bar and goes the other way."""


@pytest.mark.parametrize(("prices", "pattern"), [(JUMP, "Price_Gap"), (COVERS, "Engulfing")])
def test_nothing_is_compared_across_a_time_without_the_link(prices: Prices, pattern: str) -> None:
    back = START + 2 * MINUTE + 30_000
    for whole_from, found in ((0, [pattern]), (START + MINUTE, [pattern]), (back, [])):
        detector = active()
        detector.take([bar(0), bar(1)])
        assert names(detector.take([bar(3, prices)], whole_from)) == found
    assert names(detector.take([bar(4)], back)) == ([pattern] if prices is JUMP else [])


def test_a_gap_that_comes_later_hinders_no_comparison() -> None:
    detector = active()
    detector.take([bar(0)])
    assert names(detector.take([bar(1, JUMP)], START + 3 * MINUTE)) == ["Price_Gap"]


def test_other_rules_go_on_across_a_time_without_the_link() -> None:
    detector = active()
    detector.take([bar(minute) for minute in range(6)])
    back = START + 7 * MINUTE
    assert names(detector.take([bar(8, volume=5000)], back)) == ["High_Volume_Surge"]
    assert names(detector.take([bar(9, DOJI)], back)) == ["Doji"]


def test_symbols_that_leave_the_universe_are_forgotten() -> None:
    detector = active()
    for minute in range(9):
        detector.take([bar(minute), bar(minute, symbol="B")])
    detector.keep({"A", "C"})
    assert list(detector._symbols) == ["A"]
    found = detector.take([bar(9, volume=5000), bar(9, volume=5000, symbol="B")])
    assert [(each.symbol, each.pattern) for each in found] == [("A", "High_Volume_Surge")]
    assert detector.take([bar(10, DOJI, symbol="B")]) == []
    assert names(detector.take([bar(10, DOJI, symbol="C")])) == ["Doji"]


def test_symbols_that_nobody_watches_do_not_grow() -> None:
    detector = active()
    detector.keep(["A"])
    detector.take([bar(0, symbol=f"S{number}") for number in range(1000)])
    assert not detector._symbols


@pytest.mark.parametrize("make", [active, passive])
def test_five_thousand_symbols_do_not_grow(make: Callable[[], FallbackPatternDetector]) -> None:
    detector = make()
    symbols = [f"S{number}" for number in range(5_000)]
    detector.keep(symbols)
    for minute in range(2 * BARS_NEEDED):
        prices = DOJI if minute % 2 else QUIET
        detector.take([bar(minute, prices, symbol=symbol) for symbol in symbols])
    assert set(detector._symbols) == set(symbols)
    assert all(len(known.bars) == BARS_NEEDED for known in detector._symbols.values())
    assert all(len(known.found_at) <= len(RULES) for known in detector._symbols.values())


def test_it_needs_no_thread_and_no_argument() -> None:
    before = threading.active_count()
    detector = FallbackPatternDetector()
    detector.take([bar(0)])
    assert threading.active_count() == before
    assert state(detector) == (False, 0.0, None)
