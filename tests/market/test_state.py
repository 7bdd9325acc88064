"""What ticks make of the rows, and that unchanged rows stay the same objects."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickterm.market.names import KNOWN
from tickterm.market.snapshot import Row
from tickterm.market.state import MarketState, trading_day
from tickterm.market.ticks import TickData

NOON = 1_788_890_400_000
"""A Tuesday, 2026-09-08 18:00 UTC, ms."""

SECOND = 1_000
DAY = 86_400_000


def bar(price: float = 10.0, at: int = NOON, volume: float = 5, **more: Any) -> TickData:
    symbol = more.pop("symbol", "A")
    return TickData(
        symbol,
        price,
        volume,
        at,
        "aggregate",
        "massive",
        price,
        price,
        price,
        price,
        volume,
        **more,
    )


def row_after(*ticks: TickData) -> Row:
    state = MarketState(["A"])
    for number, tick in enumerate(ticks):
        state.apply(tick, float(number))
    return state.freeze()[0]


def test_before_the_first_tick_nothing_is_known() -> None:
    assert MarketState(["A", "B"]).freeze() == (Row("A"), Row("B"))
    assert Row("A").change is None
    assert Row("A").percent is None


def test_the_first_bar() -> None:
    row = row_after(bar(11.0, day_open=10.0, day_volume=500))
    of_the_day = (11.0, 10.0, None, 1)
    assert row == Row("A", 11.0, 10.0, True, 500, 0, (11.0,), NOON, 0.0, 1, *of_the_day)
    assert row.change == pytest.approx(1.0)
    assert row.percent == pytest.approx(10.0)


def test_without_an_open_change_is_from_the_first_price_until_the_open_comes() -> None:
    before = row_after(bar(10.0), bar(11.0, NOON + SECOND))
    assert (before.reference, before.reference_is_open) == (10.0, False)
    after = row_after(bar(10.0), bar(11.0, NOON + SECOND, day_open=9.0), bar(12.0, NOON + 2000))
    assert (after.reference, after.reference_is_open) == (9.0, True)


def test_direction_is_that_of_the_last_change() -> None:
    prices = [10.0, 11.0, 11.0, 9.0, 9.0]
    ticks = [bar(price, NOON + i * SECOND) for i, price in enumerate(prices)]
    assert [row_after(*ticks[: n + 1]).direction for n in range(5)] == [0, 1, 1, -1, -1]


def test_a_revised_second_replaces_what_it_said() -> None:
    row = row_after(bar(10.0, volume=5), bar(11.0, NOON + SECOND, 7), bar(12.0, NOON + SECOND, 9))
    assert (row.price, row.volume, row.sparkline) == (12.0, 14, (10.0, 12.0))
    assert row.ticks == 3


def test_volume_of_the_day_comes_from_the_feed_where_it_says_so() -> None:
    row = row_after(bar(day_volume=500), bar(at=NOON + SECOND, day_volume=900))
    assert row.volume == 900
    lower = row_after(bar(day_volume=500), bar(at=NOON + SECOND, day_volume=400))
    assert lower.volume == 400


def test_a_late_bar_turns_nothing_back() -> None:
    late = bar(50.0, NOON - 900 * SECOND, 3, day_volume=450)
    row = row_after(bar(10.0, day_volume=500), bar(11.0, NOON + SECOND, day_volume=510), late)
    assert (row.price, row.direction, row.timestamp) == (11.0, 1, NOON + SECOND)
    assert (row.sparkline, row.volume) == ((10.0, 11.0), 510)
    assert (row.ticks, row.updated) == (3, 1.0)


def test_a_late_bar_still_counts_its_shares() -> None:
    assert row_after(bar(volume=5), bar(at=NOON - SECOND, volume=3)).volume == 8
    more = bar(at=NOON - SECOND, day_volume=520)
    assert row_after(bar(day_volume=500), more).volume == 520


def test_after_a_late_bar_the_newest_second_can_still_be_revised() -> None:
    row = row_after(bar(volume=5), bar(at=NOON - SECOND, volume=3), bar(11.0, volume=6))
    assert (row.price, row.volume, row.sparkline) == (11.0, 9, (11.0,))


def ranged(low: float, high: float, at: int = NOON, **more: Any) -> TickData:
    return bar(high, at, **more)._replace(tick_low=low, tick_high=high)


def test_the_range_of_a_day_is_that_of_its_bars_and_its_open() -> None:
    row = row_after(ranged(9.0, 10.0), ranged(9.5, 12.0, NOON + SECOND))
    assert (row.low, row.high, row.open) == (9.0, 12.0, None)
    row = row_after(ranged(9.0, 10.0, day_open=8.5), ranged(9.5, 12.0, NOON + SECOND))
    assert (row.low, row.high, row.open) == (8.5, 12.0, 8.5)


def test_a_late_bar_widens_the_range_of_its_own_day_only() -> None:
    row = row_after(ranged(9.0, 10.0), ranged(8.0, 20.0, NOON - SECOND))
    assert (row.low, row.high, row.price) == (8.0, 20.0, 10.0)
    row = row_after(ranged(9.0, 10.0), ranged(9.0, 10.0, NOON + DAY), ranged(1.0, 99.0, NOON))
    assert (row.low, row.high) == (1.0, 99.0)  # a day back: that is a recording that begins again


def test_a_new_day_has_a_range_and_an_average_of_its_own() -> None:
    row = row_after(ranged(1.0, 99.0, day_vwap=50.0), ranged(9.0, 10.0, NOON + DAY))
    assert (row.low, row.high, row.vwap) == (9.0, 10.0, None)


def test_the_average_is_what_the_feed_said_last() -> None:
    assert row_after(bar(day_vwap=9.9), bar(at=NOON + SECOND)).vwap == 9.9
    late = bar(at=NOON - SECOND, day_vwap=9.1)
    assert row_after(bar(day_vwap=9.9), late).vwap == 9.9
    assert row_after(bar(day_vwap=9.9), bar(at=NOON + SECOND, day_vwap=9.8)).vwap == 9.8


def test_ticks_of_the_last_minute_are_counted_by_the_time_they_came() -> None:
    state = MarketState(["A"])

    def after(*moments: float) -> int:
        for now in moments:
            state.apply(bar(), now)
            [row] = state.freeze()
        return row.minute_ticks

    assert after(100.0) == 1
    assert after(100.9, 101.0, 159.9) == 4
    assert after(160.0) == 3
    assert after(161.0) == 3
    assert after(500.0) == 1
    assert after(*[500.0] * 10_000) == 10_001


def test_a_symbol_has_its_name_from_the_first_moment_and_keeps_it() -> None:
    state = MarketState()
    state.watch(["A", "B"], {"A": "Agilent"})
    assert [row.name for row in state.freeze()] == ["Agilent", ""]
    state.apply(bar(), 0.0)
    assert state.freeze()[0].name == "Agilent"
    state.watch(["B", "A"])
    assert state.freeze()[1].name == "Agilent"


def test_one_wrong_time_does_not_freeze_its_symbol() -> None:
    row = row_after(bar(10.0), bar(99.0, NOON + 400 * DAY), bar(11.0, NOON + SECOND, 7))
    assert (row.price, row.timestamp, row.volume) == (11.0, NOON + SECOND, 7)
    assert row.reference == 11.0


def test_a_recording_that_begins_again_moves_again() -> None:
    first, last = bar(10.0, NOON - 7200 * SECOND, day_volume=1), bar(12.0, NOON, day_volume=90)
    row = row_after(first, last, first)
    assert (row.price, row.timestamp, row.volume) == (10.0, first.timestamp, 1)


def test_a_new_day_begins_anew() -> None:
    row = row_after(
        bar(10.0, day_open=9.0, volume=5),
        bar(12.0, NOON + DAY, volume=7),
    )
    assert (row.reference, row.reference_is_open, row.volume) == (12.0, False, 7)


def of_two_days(*after: TickData) -> dict[str, Row]:
    """Return the rows of symbols that ticked one day, then of what came."""
    state = MarketState(["OLD", "A", "B", "C", "NONE"])
    for symbol in ("OLD", "A", "B", "C"):
        state.apply(ranged(9.0, 12.0, day_open=10.0, day_volume=500, symbol=symbol), 0.0)
    state.freeze()
    for tick in after:
        state.apply(tick, 86_400.0)
    return {row.symbol: row for row in state.freeze()}


def next_day(*symbols: str) -> list[TickData]:
    return [ranged(9.0, 12.0, NOON + DAY, symbol=symbol) for symbol in symbols]


def test_what_has_not_ticked_on_the_markets_day_has_no_values_of_that_day() -> None:
    rows = of_two_days(*next_day("A", "B", "C"))
    old = rows["OLD"]
    assert (old.price, old.updated, old.ticks, old.timestamp) == (12.0, 0.0, 1, NOON)
    assert (old.change, old.percent, old.open, old.high, old.low) == (None,) * 5
    assert (old.volume, old.vwap, old.reference_is_open) == (0, None, False)
    assert rows["A"].low == 9.0
    assert rows["NONE"] == Row("NONE")


def test_the_values_of_the_last_day_stay_until_another_has_surely_begun() -> None:
    assert of_two_days()["OLD"].change == 2.0
    assert of_two_days(*next_day("A", "B"))["OLD"].change == 2.0
    between = bar(12.0, NOON + SECOND, symbol="C")
    assert of_two_days(*next_day("A", "B"), between, *next_day("B"))["OLD"].change == 2.0


def test_a_symbol_that_ticks_at_last_has_a_day_of_its_own_at_once() -> None:
    rows = of_two_days(*next_day("A", "B", "C", "OLD"))
    assert (rows["OLD"].reference, rows["OLD"].change, rows["OLD"].low) == (12.0, 0.0, 9.0)


def test_one_wrong_time_does_not_end_everybodys_day() -> None:
    wrong = bar(12.0, NOON + 400 * DAY, symbol="A")
    assert of_two_days(wrong)["OLD"].change == 2.0
    assert of_two_days(wrong, wrong, wrong)["OLD"].change is None
    right = bar(12.0, NOON + SECOND, symbol="B")
    assert of_two_days(wrong, wrong, wrong, right, right, right)["OLD"].change == 2.0
    assert of_two_days(wrong, wrong, wrong, bar(12.0, NOON + SECOND, symbol="A"))["OLD"].change == 2


def test_what_comes_late_from_the_day_before_does_not_bring_it_back() -> None:
    border = next(
        t for t in range(NOON, NOON + DAY, 60_000) if trading_day(t) != trading_day(t - 1)
    )
    began = [bar(10.0, border + SECOND, symbol=symbol) for symbol in "ABC"]
    late = [bar(10.0, border - SECOND, symbol=symbol) for symbol in "ABC"]
    assert of_two_days(*began, *late)["OLD"].change is None
    assert of_two_days(*began, bar(10.0, NOON, symbol="NONE"))["OLD"].change is None


def test_a_recording_that_begins_again_has_its_day_at_once() -> None:
    again = bar(10.0, NOON - DAY, symbol="A", day_open=8.0)
    rows = of_two_days(*next_day("A", "B", "C"), again)
    assert (rows["A"].change, rows["OLD"].change) == (2.0, 2.0)


def test_a_day_that_comes_and_goes_between_two_looks_makes_no_new_rows() -> None:
    state = MarketState(["OLD", "A", "B"])
    for symbol in ("OLD", "A", "B"):
        state.apply(bar(10.0, symbol=symbol), 0.0)
    before = state.freeze()
    for tick in [bar(10.0, NOON + DAY, symbol="A")] * 3 + [
        bar(10.0, NOON + SECOND, symbol="B")
    ] * 3:
        state.apply(tick, 1.0)
    assert state.freeze()[0] is before[0]


def test_only_the_rows_that_lose_their_day_are_new_objects() -> None:
    state = MarketState(["OLD", "A", "B"])
    for symbol in ("OLD", "A", "B"):
        state.apply(bar(10.0, symbol=symbol), 0.0)
    state.apply(bar(10.0, NOON + DAY, symbol="A"), 1.0)
    state.apply(bar(10.0, NOON + DAY, symbol="B"), 1.0)
    before = state.freeze()
    state.apply(bar(10.0, NOON + DAY + SECOND, symbol="B"), 2.0)
    after = state.freeze()
    assert [old is new for old, new in zip(before, after, strict=True)] == [False, True, False]
    assert state.freeze() is after


def test_a_late_bar_of_yesterday_leaves_today_alone() -> None:
    border = next(
        t for t in range(NOON, NOON + DAY, 60_000) if trading_day(t) != trading_day(t - 1)
    )
    row = row_after(
        bar(10.0, border + SECOND, 7, day_volume=7, day_open=10.0),
        bar(11.0, border - SECOND, 5, day_volume=9_000_000, day_open=5.0),
        bar(11.0, border - 2 * SECOND, 5),
    )
    assert (row.price, row.volume, row.reference) == (10.0, 7, 10.0)


@pytest.mark.parametrize("month", ["winter", "summer"])
def test_a_trading_day_is_one_day_in_new_york(month: str) -> None:
    midnight_utc = {"winter": 1_768_176_000_000, "summer": 1_783_900_800_000}[month]
    shift = {"winter": 5, "summer": 4}[month] * 3_600_000
    first, last = midnight_utc + shift + 4 * 3_600_000, midnight_utc + shift + 20 * 3_600_000 - 1
    assert trading_day(first) == trading_day(last)
    assert trading_day(first + DAY) == trading_day(first) + 1


def test_silent_seconds_repeat_the_price_in_the_sparkline() -> None:
    row = row_after(bar(10.0), bar(11.0, NOON + 4 * SECOND))
    assert row.sparkline == (10.0, 10.0, 10.0, 10.0, 11.0)
    long = row_after(bar(10.0), bar(11.0, NOON + 10**7))
    assert long.sparkline == (10.0,) * 59 + (11.0,)


def test_the_sparkline_keeps_a_minute() -> None:
    row = row_after(*(bar(float(i + 1), NOON + i * SECOND) for i in range(100)))
    assert row.sparkline == tuple(float(i) for i in range(41, 101))


def test_freezing_keeps_what_did_not_change() -> None:
    state = MarketState(["A", "B", "C"])
    state.apply(bar(symbol="B"), 1.0)
    first = state.freeze()
    assert state.freeze() is first
    state.apply(bar(11.0, NOON + SECOND, symbol="B"), 2.0)
    second = state.freeze()
    assert second is not first
    assert [new is old for new, old in zip(second, first, strict=True)] == [True, False, True]
    assert first[1].price == 10.0


def test_watch_keeps_what_is_known_in_the_new_order() -> None:
    state = MarketState(["A", "B"])
    state.apply(bar(symbol="B"), 1.0)
    before = state.freeze()
    state.watch(["C", "B"])
    after = state.freeze()
    assert [row.symbol for row in after] == ["C", "B"]
    assert after[1] is before[1]
    state.apply(bar(12.0, NOON + SECOND, symbol="B"), 2.0)
    assert state.freeze()[1].ticks == 2


NAMES: list[dict[str, str]] = [{}, {"A": "Agilent", "C": "Citi"}, {"A": "Alcoa", "B": "Barnes"}]


@settings(deadline=None)
@given(st.lists(st.tuples(st.lists(st.sampled_from("ABCDE")), st.sampled_from(NAMES)), max_size=8))
def test_whatever_is_watched_stands_in_that_order_under_its_newest_name(
    watches: list[tuple[list[str], dict[str, str]]],
) -> None:
    state, known = MarketState(), dict[str, tuple[int, str]]()
    for number, (symbols, names) in enumerate(watches):
        state.watch(symbols, names)
        before = {symbol: known.get(symbol, (0, "")) for symbol in symbols}
        known = {
            symbol: (ticks, names.get(symbol) or KNOWN.get(symbol) or name)
            for symbol, (ticks, name) in before.items()
        }
        assert [(row.symbol, row.ticks, row.name) for row in state.freeze()] == [
            (symbol, *of_it) for symbol, of_it in known.items()
        ]
        for symbol, (ticks, name) in known.items():
            state.apply(bar(at=NOON + number * SECOND, symbol=symbol), 1.0)
            known[symbol] = ticks + 1, name


def test_watch_forgets_changes_of_the_symbols_that_left() -> None:
    state = MarketState(["A", "B"])
    state.apply(bar(symbol="A"), 1.0)
    state.watch(["B"])
    assert state.freeze() == (Row("B"),)
    state.watch(["A", "B"])
    assert state.freeze() == (Row("A"), Row("B"))


@settings(deadline=None, max_examples=150)
@given(
    st.lists(
        st.builds(
            bar,
            price=st.floats(0.01, 1e6),
            at=st.integers(1, 10**14) | st.integers(NOON, NOON + 10**5),
            volume=st.integers(0, 10**6),
            day_open=st.none() | st.floats(1, 100),
            day_volume=st.none() | st.integers(1, 10**9),
            symbol=st.sampled_from("ABC"),
        ),
        max_size=15,
    )
)
def test_any_order_of_any_ticks_gives_rows_that_make_sense(ticks: list[TickData]) -> None:
    state = MarketState(["A", "B", "C"])
    for number, tick in enumerate(ticks):
        state.apply(tick, float(number))
        rows = state.freeze()
        row = next(row for row in rows if row.symbol == tick.ticker)
        newest = max(trading_day(other.timestamp) for other in rows if other.ticks)
        assert row.price
        assert row.sparkline[-1] == row.price
        assert len(row.sparkline) <= 60
        assert row.volume >= 0
        assert row.reference or trading_day(row.timestamp) < newest
        assert row.updated == number or row.timestamp > tick.timestamp
    assert sum(row.ticks for row in state.freeze()) == len(ticks)


def test_a_symbol_that_nobody_watches_makes_no_row() -> None:
    """A feed that lies about symbols must not make the state grow."""
    state = MarketState(("AAPL",))
    for number in range(1000):
        state.apply(bar()._replace(ticker=f"X{number}"), 1.0)
    assert [row.symbol for row in state.freeze()] == ["AAPL"]
