"""Bars of ticks: nothing lost, nothing twice, and the same bar in whatever order ticks come."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from math import isclose
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickterm.market import open_periods
from tickterm.market.bars import GRACE, MOST_OPEN, Bar, BarCounts, BarMaker, bar_of, merged
from tickterm.market.event_clock import EventClock
from tickterm.market.ticks import TickData
from tickterm.market.timeframe import Timeframe

START = 1_704_465_000_000
"""2024-01-05 09:30 New York, ms UTC: an hour and a half of every timeframe below is whole."""
MINUTE = 60_000
M1, M5 = Timeframe.M1, Timeframe.M5
LATER = START + 10**9
ALL = tuple(Timeframe)


def tick(second: int, close: float = 10.0, volume: float = 1, symbol: str = "SPY") -> TickData:
    """Return the tick of a second after START."""
    at = START + second * 1000
    return TickData(
        symbol, close, volume, at, "aggregate", "t", close, close + 1, close - 1, close, volume
    )


def made(ticks: Iterable[TickData], *timeframes: Timeframe, until: int = LATER) -> list[Bar]:
    maker = BarMaker(timeframes)
    for each in ticks:
        maker.take(each)
    return maker.close(until)


def reference(ticks: Iterable[TickData], ms: int) -> dict[tuple[str, int], list[TickData]]:
    """Return the newest version of each second, in order, by symbol and period."""
    newest = {(each.ticker, each.timestamp): each for each in ticks}
    periods: dict[tuple[str, int], list[TickData]] = {}
    for symbol, at in sorted(newest):
        periods.setdefault((symbol, at // ms * ms), []).append(newest[symbol, at])
    return periods


def check(bars: Sequence[Bar], ticks: Iterable[TickData], timeframe: Timeframe) -> None:
    """Assert that bars are those of the ticks, made the slow way."""
    expected = reference(ticks, timeframe.ms)
    assert sorted((bar.symbol, bar.start) for bar in bars) == sorted(expected)
    for bar in bars:
        seconds = expected[bar.symbol, bar.start]
        assert bar.timeframe is timeframe
        assert bar.open == seconds[0].tick_open
        assert bar.high == max(each.tick_high for each in seconds)
        assert bar.low == min(each.tick_low for each in seconds)
        assert bar.close == seconds[-1].tick_close
        assert bar.volume == sum(each.tick_volume for each in seconds)
        assert bar.seconds == len(seconds)
        dollars = [
            each.tick_volume * (each.tick_high + each.tick_low + each.tick_close) / 3
            for each in seconds
        ]
        assert isclose(bar.turnover, sum(dollars), rel_tol=1e-12)


@st.composite
def ticks_of(draw: st.DrawFn, seconds: int = 900) -> TickData:
    """Any sound tick of three symbols within `seconds` after START."""
    prices = sorted(draw(st.lists(st.integers(1, 10_000), min_size=4, max_size=4)))
    low, one, other, high = (price / 100 for price in prices)
    first, last = draw(st.sampled_from([(one, other), (other, one)]))
    volume = draw(st.one_of(st.integers(0, 1000), st.sampled_from([0.5, 0.25])))
    at = START + draw(st.integers(0, seconds - 1)) * 1000
    symbol = draw(st.sampled_from(["AIG", "BAC", "SPY"]))
    return TickData(symbol, last, volume, at, "aggregate", "t", first, high, low, last, volume)


MANY = st.lists(ticks_of(), max_size=60)


@pytest.mark.parametrize("timeframe", [Timeframe.S1, Timeframe.S15, M1, M5, Timeframe.H1])
@given(ticks=MANY)
def test_bars_are_what_was_traded(timeframe: Timeframe, ticks: list[TickData]) -> None:
    check(made(ticks, timeframe), ticks, timeframe)


@given(MANY)
def test_prices_lie_between_low_and_high(ticks: list[TickData]) -> None:
    for bar in made(ticks, *ALL):
        assert bar.low <= min(bar.open, bar.close)
        assert bar.high >= max(bar.open, bar.close)
        assert bar.low - 1e-9 <= bar.vwap <= bar.high + 1e-9


@given(MANY, st.randoms(use_true_random=False))
def test_order_while_open_makes_no_difference(ticks: list[TickData], chance: random.Random) -> None:
    newest = {(each.ticker, each.timestamp): each for each in ticks}
    mixed = list(newest.values())
    chance.shuffle(mixed)
    assert made(mixed, *ALL) == made(ticks, *ALL)


@given(MANY, st.lists(st.integers(1, 20), min_size=60, max_size=60))
def test_batches_make_no_difference(ticks: list[TickData], sizes: list[int]) -> None:
    ticks.sort(key=lambda each: each.timestamp)
    maker = BarMaker(ALL)
    bars, rest = [], list(ticks)
    for size in sizes:
        batch, rest = rest[:size], rest[size:]
        for each in batch:
            maker.take(each)
        if batch:
            bars += maker.close(batch[-1].timestamp)
    bars += maker.close(LATER)
    assert bars == made(ticks, *ALL)


@given(st.lists(st.one_of(ticks_of(), st.integers(-1, 1200)), max_size=80))
def test_no_tick_vanishes(steps: list[TickData | int]) -> None:
    """Ticks in any order, and closings at any time: each ends in a bar or in a count."""
    maker, bars = BarMaker([Timeframe.S1, M1]), []
    ticks = [step._replace(tick_volume=1) for step in steps if isinstance(step, TickData)]
    feed = iter(ticks)
    for step in steps:
        if isinstance(step, TickData):
            maker.take(next(feed))
        else:
            bars += maker.close(START + step * 1000)
    bars += maker.close(LATER)
    for timeframe in (Timeframe.S1, M1):
        counts = maker.counts(timeframe)
        volume = sum(bar.volume for bar in bars if bar.timeframe is timeframe)
        assert counts.taken == len(ticks)
        assert counts.taken == volume + counts.revised + counts.late + counts.stray


@given(st.lists(st.one_of(ticks_of(), st.integers(-1, 1200)), max_size=80))
def test_no_period_closes_twice(steps: list[TickData | int]) -> None:
    maker, bars = BarMaker(ALL), []
    for step in [*steps, 10**6]:
        if isinstance(step, TickData):
            maker.take(step)
        else:
            bars += maker.close(START + step * 1000)
    assert max(Counter(bar[:3] for bar in bars).values(), default=1) == 1
    for timeframe in Timeframe:
        starts = [bar.start for bar in bars if bar.timeframe is timeframe]
        assert starts == sorted(starts)


@pytest.mark.parametrize("longer", [M5, Timeframe.M15, Timeframe.H1])
@given(ticks=st.lists(ticks_of(5400), max_size=60))
def test_minutes_make_the_longer_bar(longer: Timeframe, ticks: list[TickData]) -> None:
    minutes = made(ticks, M1)
    direct = {
        period: bar_of(period[0], longer, period[1], {each.timestamp: each for each in seconds})
        for period, seconds in reference(ticks, longer.ms).items()
    }
    bars = {(bar.symbol, bar.start): bar for bar in made(ticks, longer)}
    assert set(bars) == set(direct)
    for period, bar in bars.items():
        parts = [
            minute
            for minute in minutes
            if minute.symbol == bar.symbol and bar.start <= minute.start < bar.end
        ]
        assert merged(longer, bar.start, parts) == bar
        assert isclose(bar.turnover, direct[period].turnover, rel_tol=1e-12)
        assert bar._replace(turnover=0) == direct[period]._replace(turnover=0)


def test_second_59_stays_in_its_minute() -> None:
    first, second = made([tick(59, 10.0), tick(60, 20.0)], M1)
    assert (first.start, first.end, first.close) == (START, START + MINUTE, 10.0)
    assert (second.start, second.open) == (START + MINUTE, 20.0)


def test_high_and_low_are_those_of_the_seconds_not_of_their_closes() -> None:
    (bar,) = made([tick(0, 10.0), tick(1, 10.5)], M1)
    assert (bar.high, bar.low) == (11.5, 9.0)


def test_a_bar_says_what_its_mean_price_was() -> None:
    (bar,) = made([tick(0, 10.0, 300), tick(1, 20.0, 100)], M1)
    assert bar.vwap == 12.5
    (nothing,) = made([tick(0, 10.0, 0)], M1)
    assert nothing.vwap == nothing.close == 10.0


def test_a_silent_symbol_closes_by_the_clock_after_the_grace() -> None:
    maker = BarMaker([M1])
    maker.take(tick(5))
    assert maker.close(START + MINUTE + GRACE - 1) == []
    (bar,) = maker.close(START + MINUTE + GRACE)
    assert bar.symbol == "SPY"
    assert maker.close(LATER) == []


def test_each_bar_has_a_grace_of_its_own() -> None:
    maker = BarMaker([Timeframe.S1])
    for second in range(3):
        maker.take(tick(second))
    closed = [len(maker.close(START + second * 1000 + GRACE)) for second in (1, 2, 2, 3)]
    assert closed == [1, 1, 0, 1]


def test_all_symbols_close_together_in_order() -> None:
    maker = BarMaker([M5, M1, Timeframe.S1])
    for second in (0, 1, 299):
        for symbol in ("SPY", "BAC"):
            maker.take(tick(second, symbol=symbol))
    bars = maker.close(LATER)
    assert [(bar.end - START, bar.timeframe.value, bar.symbol) for bar in bars] == [
        (1_000, "1s", "BAC"),
        (1_000, "1s", "SPY"),
        (2_000, "1s", "BAC"),
        (2_000, "1s", "SPY"),
        (60_000, "1min", "BAC"),
        (60_000, "1min", "SPY"),
        (300_000, "1s", "BAC"),
        (300_000, "1s", "SPY"),
        (300_000, "1min", "BAC"),
        (300_000, "1min", "SPY"),
        (300_000, "5min", "BAC"),
        (300_000, "5min", "SPY"),
    ]


def test_the_newest_version_of_a_second_counts_while_its_bar_is_open() -> None:
    maker = BarMaker([M1])
    for each in (tick(0, 10.0, 5), tick(1, 99.0, 100), tick(2, 12.0, 7), tick(1, 11.0, 6)):
        maker.take(each)
    (bar,) = maker.close(LATER)
    assert (bar.volume, bar.high, bar.close, bar.seconds) == (18, 13.0, 12.0, 3)
    assert maker.counts() == BarCounts(taken=4, revised=1)


def test_a_tick_may_be_late_for_its_second_and_in_time_for_its_minute() -> None:
    maker = BarMaker([Timeframe.S1, M1])
    maker.take(tick(1))
    seconds = maker.close(START + 10_000)
    maker.take(tick(0))
    maker.take(tick(1))
    minutes = maker.close(START + MINUTE + GRACE)
    assert [(bar.timeframe, bar.volume) for bar in seconds + minutes] == [
        (Timeframe.S1, 1),
        (M1, 2),
    ]
    assert maker.counts(Timeframe.S1) == BarCounts(taken=3, late=2)
    assert maker.counts(M1) == BarCounts(taken=3, revised=1)


def test_late_ticks_are_counted_and_change_nothing() -> None:
    maker = BarMaker([M1, M5])
    maker.take(tick(0))
    maker.take(tick(61))
    assert len(maker.close(START + 2 * MINUTE + GRACE)) == 2
    for second in (-3600, 0, 59, 119):
        maker.take(tick(second))
    assert maker.counts() == BarCounts(taken=6, late=4)
    (bar,) = maker.close(LATER)
    assert (bar.timeframe, bar.volume) == (M5, 2)


def test_a_revision_of_long_ago_makes_no_bar_after_a_start() -> None:
    """It would be stored over the whole one that an earlier run made."""
    maker = BarMaker([M1])
    maker.take(tick(600))
    assert maker.close(START + 600_000) == []
    maker.take(tick(0))
    assert [bar.start for bar in maker.close(LATER)] == [START + 600_000]
    assert maker.counts() == BarCounts(taken=2, late=1)


def test_other_events_make_no_bars() -> None:
    maker = BarMaker([M1])
    for event_type in ("aggregate_minute", "trade", "quote", "", "Aggregate"):
        maker.take(tick(0)._replace(event_type=event_type))
    assert maker.close(LATER) == []
    assert maker.counts() == BarCounts()


@pytest.mark.parametrize("wrong", [-100_000, 3_600, 90_000, 10**10])
def test_a_single_wrong_time_closes_nothing(wrong: int) -> None:
    maker, clock = BarMaker([M1]), EventClock()
    bars = []
    for second in range(150):
        batch = [tick(second)] + [tick(wrong)] * (second == 30)
        for each in batch:
            maker.take(each)
        clock.note(batch[-1].timestamp, float(second))
        bars += maker.close(clock.at(float(second)))
    assert [(bar.start, bar.seconds) for bar in bars] == [
        (START, 60),
        (START + MINUTE, 60),
    ]


def test_what_is_closed_stays_closed_when_time_goes_back() -> None:
    """As after a pause of a recording, in which the clock went on: nobody traded meanwhile."""
    maker, clock, bars = BarMaker([M1, M5]), EventClock(), []
    for second in range(600):
        now = second + (100.0 if second > 90 else 0.0)
        if second == 91:
            bars += maker.close(clock.at(now))
        maker.take(tick(second))
        clock.note(START + second * 1000, now)
        bars += maker.close(clock.at(now))
    bars += maker.close(LATER)
    assert [(bar.start - START, bar.seconds) for bar in bars if bar.timeframe is M1] == [
        (0, 60),
        (MINUTE, 31),
        *((minute * MINUTE, 60) for minute in range(3, 10)),
    ]
    assert maker.counts() == BarCounts(taken=600, late=89)


def test_a_minute_without_any_trade_closes_as_well() -> None:
    maker = BarMaker([M1, M5])
    maker.take(tick(0))
    maker.close(START + 2 * MINUTE + GRACE)
    maker.take(tick(61))
    assert maker.counts() == BarCounts(taken=2, late=1)
    maker.close(START)
    maker.take(tick(62))
    assert maker.counts() == BarCounts(taken=3, late=2)


def test_a_backlog_may_be_taken_in_one_piece() -> None:
    seconds = [tick(second) for second in range(MOST_OPEN)]
    check(made(seconds, Timeframe.S1), seconds, Timeframe.S1)


def test_the_furthest_of_too_many_open_bars_is_stray() -> None:
    maker = BarMaker([M1])
    for minute in range(1, MOST_OPEN + 1):
        maker.take(tick(minute * 60))
    maker.take(tick((MOST_OPEN + 1) * 60))
    assert maker.counts().stray == 1
    maker.take(tick(0))
    maker.take(tick(1))
    assert maker.counts() == BarCounts(taken=MOST_OPEN + 3, stray=2)
    bars = maker.close(START + MOST_OPEN * MINUTE + 10 * MINUTE)
    assert [bar.start for bar in bars] == [START + minute * MINUTE for minute in range(MOST_OPEN)]


@pytest.mark.parametrize("wrong", [3_000, -7_200])
def test_a_few_wrong_times_of_one_symbol_cost_the_others_nothing(wrong: int) -> None:
    maker, clock, bars = BarMaker([M1]), EventClock(), []
    for second in range(150):
        batch = [
            tick(second),
            *[tick(second + wrong, symbol="AA")] * (3 if second in (30, 90) else 0),
        ]
        for each in batch:
            maker.take(each)
            assert not clock.note(each.timestamp, float(second))
            bars += maker.close(clock.at(float(second)))
    assert [(bar.start - START, bar.symbol, bar.seconds) for bar in bars] == [
        (0, "SPY", 60),
        (MINUTE, "SPY", 60),
    ]


def test_a_minute_has_sixty_seconds_whatever_times_there_are() -> None:
    maker = BarMaker([M1])
    for millisecond in range(0, MINUTE, 7):
        price = 10 + millisecond / MINUTE
        maker.take(tick(0, price)._replace(timestamp=START + millisecond))
    (bar,) = maker.close(LATER)
    assert (bar.seconds, bar.volume) == (60, 60)
    assert bar.open == 10 + 994 / MINUTE  # the newest version of the first second
    assert maker.counts().taken == 60 + maker.counts().revised


def test_what_lies_far_ahead_of_time_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_periods, "MOST_FAR", 100)
    maker = BarMaker([M1])
    maker.close(START)
    far = open_periods.FAR // 1000 + 60
    for second in range(far, far + 150):
        maker.take(tick(second))
    maker.take(tick(far))
    maker.take(tick(0, symbol="BAC"))
    assert maker.counts() == BarCounts(taken=152, revised=1, stray=50)
    assert [bar.seconds for bar in maker.forming("SPY", M1)] == [60, 40]
    near = maker.close(START + 120_000)  # now some are near: there is room again
    for second in range(far, far + 150):
        maker.take(tick(second))
    assert maker.counts() == BarCounts(taken=302, revised=101, stray=50)
    bars = near + maker.close(LATER)
    assert [(bar.symbol, bar.seconds) for bar in bars] == [
        ("BAC", 1),
        ("SPY", 60),
        ("SPY", 60),
        ("SPY", 30),
    ]


def test_the_furthest_makes_room_among_those_far_ahead_too() -> None:
    maker = BarMaker([M1])
    maker.close(START)
    for minute in range(1, MOST_OPEN + 1):
        maker.take(tick(minute * 60))
    maker.take(tick((MOST_OPEN + 1) * 60))
    maker.take(tick(0))
    assert maker.counts() == BarCounts(taken=MOST_OPEN + 2, stray=2)
    bars = maker.close(LATER)
    assert [bar.start for bar in bars] == [START + minute * MINUTE for minute in range(MOST_OPEN)]


def test_far_seconds_that_made_room_leave_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_periods, "MOST_FAR", 3)
    monkeypatch.setattr(open_periods, "MOST_OPEN", 2)
    maker = BarMaker([M1])
    maker.close(START)
    for second in (1_200, 1_201, 900, 600, 601):
        maker.take(tick(second))
    assert maker.counts() == BarCounts(taken=5, stray=2)
    assert [bar.seconds for bar in maker.close(LATER)] == [2, 1]


def test_nothing_stays_of_a_closed_bar() -> None:
    maker = BarMaker(ALL)
    for day in range(3):
        for number in range(200):
            maker.take(tick(day * 86_400 + number % 10, symbol=f"S{number}"))
        maker.close(START + (day + 1) * 86_400_000)
    assert [ticked._periods.first() for ticked in maker._ticked.values()] == [None] * 4
    assert [merging._open for merging in maker._merging] == [{}] * 4


def test_forming_bars_are_what_would_close_now() -> None:
    maker = BarMaker([M1])
    assert maker.forming("SPY", M1) == []
    for second in (61, 0, 1):
        maker.take(tick(second, 10.0 + second))
    forming = maker.forming("SPY", M1)
    assert [bar.close for bar in forming] == [11.0, 71.0]
    assert maker.forming("BAC", M1) == []
    assert maker.close(LATER) == forming
    with pytest.raises(KeyError):
        maker.forming("SPY", M5)


def test_it_says_which_minutes_and_ticks_are_open() -> None:
    maker = BarMaker([Timeframe.S1, M5])
    first, newer = tick(0), tick(0, 11.0)
    maker.take(first)
    assert maker.has(first)
    maker.take(newer)
    assert (maker.has(first), maker.has(newer)) == (False, True)
    far = tick(90_000)
    maker.close(START + 10_000)
    maker.take(far)
    assert maker.has(newer), "its second has closed, its minute has not"
    assert maker.has(far)
    assert [maker.is_open(START + n * MINUTE) for n in (0, 1, 1_500)] == [True, False, True]
    maker.close(START + MINUTE + GRACE)
    assert not maker.has(newer)
    assert not maker.is_open(START)


def test_asking_for_a_forming_bar_leaves_nothing_behind() -> None:
    maker = BarMaker([M1])
    maker.take(tick(0))
    maker.forming("BAC", M1)
    assert [bar.symbol for bar in maker.close(LATER)] == ["SPY"]


@given(st.lists(ticks_of(), min_size=1, max_size=60), st.integers(0, 14))
def test_longer_bars_go_on_from_minutes_known(ticks: list[TickData], restart: int) -> None:
    """The minutes come before the first tick, or when a symbol first closes a minute."""
    at = START + restart * MINUTE
    ticks.sort(key=lambda each: each.timestamp)
    known = [bar for bar in made(ticks, M1) if bar.start < at]
    rest = [each for each in ticks if each.timestamp >= at]
    before, after = BarMaker([Timeframe.M15]), BarMaker([Timeframe.M15])
    before.resume(known)
    for maker in (before, after):
        for each in rest:
            maker.take(each)
    assert after.close(START + 15 * MINUTE + GRACE - 1) == []
    after.resume(known)
    whole = made(ticks, Timeframe.M15)
    for maker in (before, after):
        bars = maker.close(LATER)
        assert [bar._replace(turnover=0) for bar in bars] == [
            bar._replace(turnover=0) for bar in whole
        ]
        assert all(
            isclose(bar.turnover, other.turnover, rel_tol=1e-12)
            for bar, other in zip(bars, whole, strict=True)
        )


def test_minutes_of_a_longer_bar_that_has_closed_are_not_taken() -> None:
    maker = BarMaker([M5])
    maker.take(tick(0))
    (bar,) = maker.close(START + 5 * MINUTE + GRACE)
    maker.close(START)
    maker.resume([bar._replace(timeframe=M1)])
    assert maker.close(LATER) == []


def test_a_bar_is_as_complete_as_its_parts() -> None:
    (minute,) = made([tick(0)], M1)
    assert merged(M5, START, [minute, minute]).complete
    assert not merged(M5, START, [minute, minute._replace(complete=False)]).complete


@pytest.mark.parametrize("day", ["2024-01-05", "2024-03-08", "2024-03-11", "2024-11-01"])
def test_a_day_is_04_00_to_20_00_new_york(day: str) -> None:
    new_york = ZoneInfo("America/New_York")
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=new_york)
    hours = [3, 4, 12, 19, 20]
    at = {hour: int(noon.replace(hour=hour).timestamp() * 1000) for hour in hours}
    shares = {hour: 10**place for place, hour in enumerate(hours)}
    maker = BarMaker([Timeframe.D1])
    for hour in hours:
        maker.take(tick(0, volume=shares[hour])._replace(timestamp=at[hour]))
    assert maker.close(at[20] + GRACE - 1) == []
    (bar,) = maker.close(at[20] + GRACE)
    assert (bar.start, bar.end) == (at[4], at[20])
    assert bar.volume == shares[4] + shares[12] + shares[19]


def test_days_of_a_week_in_which_clocks_change_are_whole() -> None:
    """From Friday to Monday, a tick each half hour."""
    new_york = ZoneInfo("America/New_York")
    begin = int(datetime(2024, 3, 8, tzinfo=new_york).timestamp() * 1000)
    ticks = [tick(0)._replace(timestamp=begin + half * 1_800_000) for half in range(190)]
    maker, bars = BarMaker([Timeframe.D1]), []
    for each in ticks:
        maker.take(each)
        bars += maker.close(each.timestamp)
    assert [bar.volume for bar in bars] == [32] * 4
    assert [after.start - before.start for before, after in pairwise(bars)] == [
        86_400_000,
        82_800_000,
        86_400_000,
    ]
