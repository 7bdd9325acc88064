"""Each kind of alert happens once for its condition, and not for its near miss."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from msgspec.structs import replace

from tickterm.market.alert_book import AlertBook
from tickterm.market.alerts import AlertRule
from tickterm.market.ticks import TickData

START = 1_704_465_000
"""2024-01-05 09:30 New York, seconds UTC."""
HOUR = 3_600


def tick(
    second: float, price: float, shares: float = 100, symbol: str = "A", kind: str = "aggregate"
) -> TickData:
    return TickData(
        *(symbol, price, shares, int((START + second) * 1000), kind, "replay"),
        *(price, price, price, price, shares),
    )


class Market:
    """A book of the given rules, fed with ticks whose clock is their own time."""

    def __init__(self, *texts: str, price: float | None = None, watched: str = "A") -> None:
        self.book = AlertBook()
        self.rules = [
            replace(AlertRule.parse(text), id=number) for number, text in enumerate(texts, 1)
        ]
        self.price = price
        self.set(watched)

    def set(self, watched: str = "A", clock: float = START * 1000.0) -> None:
        self.book.set(self.rules, set(watched), lambda _: self.price, clock)

    def take(self, *ticks: TickData) -> list[str]:
        return [
            happening.text
            for each in ticks
            for happening in self.book.take([each], float(each.timestamp))
        ]

    def prices(self, *prices: float, first: int = 0, step: int = 1) -> list[str]:
        return self.take(*(tick(first + n * step, price) for n, price in enumerate(prices)))

    def silent(self, *seconds: float) -> list[str]:
        return [
            happening.text
            for second in seconds
            for happening in self.book.look((START + second) * 1000)
        ]


# -- above and below ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "prices", "times"),
    [
        ("A > 230", (229, 230.01, 231), 1),
        ("A > 230", (229, 230, 230, 229), 0),  # it touches
        ("A > 230", (230, 230.01), 1),  # from the level itself
        ("A > 230", (231, 232, 233), 0),  # beyond already
        ("A > 230", (231, 229, 231), 1),  # back, and again
        ("A > 230", (229, 231, 229, 231, 229, 231), 3),
        ("A > 230", (200, 300), 1),  # over it in one leap
        ("A < 220", (221, 219.99, 219), 1),
        ("A < 220", (221, 220, 220.5), 0),
        ("A < 220", (219, 218), 0),
        ("A < 220", (219, 221, 219), 1),
    ],
)
def test_a_price_that_passes_its_level(rule: str, prices: tuple[float, ...], times: int) -> None:
    assert len(Market(f"{rule} cooldown 0s").prices(*prices)) == times


def test_the_words_of_a_passing() -> None:
    assert Market("A > 230").prices(229, 1230.5) == ["A 1,230.50: above 230.00"]
    assert Market("A < 0.5").prices(1, 0.4321) == ["A 0.4321: below 0.5000"]


def test_a_rule_knows_the_price_of_before_it() -> None:
    assert len(Market("A > 230", price=229.0).prices(231)) == 1
    assert Market("A > 230", price=231.0).prices(231) == []


def test_a_passing_over_a_gap_of_the_feed_is_one() -> None:
    market = Market("A > 230")
    assert market.prices(229) == []
    market.book.interrupt()
    assert len(market.prices(231, first=600)) == 1


def test_revisions_of_a_second_are_one_passing() -> None:
    market = Market("A > 230 cooldown 0s")
    second = [tick(1, 231), tick(1, 229), tick(1, 231)]
    assert len(market.take(tick(0, 229), *second, tick(2, 231))) == 1


def test_late_bars_say_nothing_of_the_present() -> None:
    market = Market("A > 230 cooldown 0s", "A move 2%", "A stale 60s")
    ticks = [tick(10, 229), tick(5, 400), tick(9, 1), tick(11, 229)]
    assert market.take(*ticks) == []


def test_a_wrong_time_blinds_nobody_for_long() -> None:
    market = Market("A > 230")
    assert market.take(tick(40 * HOUR, 229)) == []
    assert len(market.prices(229, 231)) == 1


def test_a_recording_that_begins_anew_fires_again() -> None:
    market = Market("A > 230", "A move 2%")
    for _ in range(2):
        assert len(market.prices(229, 234, first=0)) == 2
        assert market.prices(229, 229, first=2 * HOUR) == []


# -- the cool-down --------------------------------------------------------------------------------


def test_what_happens_while_a_rule_cools_down_is_not_told_later() -> None:
    market = Market("A > 230 cooldown 60s")
    assert len(market.prices(229, 231)) == 1
    assert market.prices(229, 231, 231, 231, first=58) == []
    assert market.prices(231, 231, first=100) == []
    assert len(market.prices(229, 231, first=120)) == 1


def test_a_cool_down_is_over_at_its_last_second() -> None:
    market = Market("A > 230 cooldown 60s")
    assert len(market.prices(229, 231)) == 1
    assert market.prices(229, 231, first=59) == []  # 59 s after it
    market = Market("A > 230 cooldown 60s")
    assert len(market.prices(229, 231, 229)) == 1
    assert len(market.prices(231, first=61)) == 1


# -- moves ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "points", "times"),
    [
        ("A move 2% 60s", [(0, 100), (60, 102)], 1),
        ("A move 2% 60s", [(0, 100), (60, 101.99)], 0),
        ("A move 2% 60s", [(0, 100), (61, 102)], 0),  # too slow
        ("A move 2% 60s", [(0, 230), (30, 234.6)], 1),  # no binary fractions
        ("A move 2% 60s", [(0, 230), (30, 225.4)], 1),
        ("A move 2% 60s", [(0, 100), (60, 98)], 1),
        ("A move 2% 60s", [(0, 100), (60, 98.01)], 0),
        ("A move +2% 60s", [(0, 100), (60, 98)], 0),
        ("A move +2% 60s", [(0, 100), (20, 97), (40, 98.94)], 1),  # from the lowest of the window
        ("A move -2% 60s", [(0, 100), (60, 102)], 0),
        ("A move -2% 60s", [(0, 100), (20, 103), (40, 100.94)], 1),
        ("A move 2% 60s", [(0, 100), (30, 102), (40, 103), (50, 103.9)], 1),  # from 102 on anew
        ("A move 2% 60s cooldown 0s", [(0, 100), (30, 102), (40, 104.04)], 2),
        ("A move 2% 60s", [(n, 100 * 1.0003**n) for n in range(300)], 0),  # 1.8 % a minute
        ("A move 2% 60s", [(n, 100 * 1.0004**n) for n in range(120)], 1),  # 2.4 %
        ("A move 2% 60s", [(0, 100), (0.2, 97), (0.4, 101), (0.6, 102)], 1),  # trades
    ],
)
def test_a_move(rule: str, points: list[tuple[float, float]], times: int) -> None:
    assert len(Market(rule).take(*(tick(*point) for point in points))) == times


def test_a_move_is_told_with_its_ends() -> None:
    told = Market("A move 2% 5m").prices(100, 99, 101, step=30)
    assert told == ["A up 2.02%: 99.00 to 101.00 within 5m"]


def test_a_move_is_not_judged_over_a_gap() -> None:
    market = Market("A move 2% 60s")
    market.prices(100)
    market.book.interrupt()
    assert market.prices(103, 103.5, first=10) == []
    assert len(market.prices(106, first=20)) == 1


def test_a_move_remembers_no_more_than_a_point_a_second() -> None:
    market = Market("A move 900% 60s")
    market.take(*(tick(n / 1000, 100 + n / 1e6) for n in range(20_000)))
    lows = market.book._judges[1]._lows  # type: ignore[attr-defined]  # of a move
    assert len(lows) <= 61


# -- volumes --------------------------------------------------------------------------------------


def minutes(count: int, shares: float = 100, first: int = 0) -> Iterable[TickData]:
    return (tick(first + second, 10, shares) for second in range(count * 60))


@pytest.mark.parametrize(
    ("known", "spike", "times"),
    [
        (21, 12_100, 1),  # 59 x 100 + 12,100 = 3 x 6,000
        (21, 11_500, 0),  # x 2.9
        (21, 100, 0),
        (6, 12_100, 1),
        (4, 12_100, 0),  # too little is known
    ],
)
def test_a_volume(known: int, spike: float, times: int) -> None:
    market = Market("A volume x3 1m cooldown 0s")
    assert market.take(*minutes(known)) == []
    told = market.take(tick(known * 60, 10, spike), *minutes(3, first=known * 60 + 1))
    assert len(told) == times


def test_a_factor_that_is_reached_exactly_is_reached() -> None:
    market = Market("A volume x1.1 1m")
    assert market.take(*minutes(21, 3)) == []
    assert 180 * 1.1 > 59 * 3 + 21  # as binary fractions have it
    assert len(market.take(tick(21 * 60, 10, 21))) == 1


def test_the_words_of_a_volume() -> None:
    market = Market("A volume x3 1m")
    market.take(*minutes(21))
    told = market.take(tick(21 * 60, 10, 13_300))
    assert told == ["A volume x3.2: 19,200 shares within 1m, 6,000 on average"]


def test_a_revised_bar_replaces_its_shares_and_trades_add_up() -> None:
    market = Market("A volume x3 1m")
    market.take(*minutes(21))
    assert market.take(*(tick(21 * 60, 10, 4_000) for _ in range(9))) == []
    market = Market("A volume x3 1m")
    market.take(*minutes(21))
    assert len(market.take(*(tick(21 * 60, 10, 4_000, kind="trade") for _ in range(9)))) == 1


def test_a_volume_is_not_judged_over_a_gap() -> None:
    market = Market("A volume x3 1m")
    market.take(*minutes(21))
    market.book.interrupt()
    assert market.take(*minutes(1, 900, first=30 * 60)) == []


def test_after_a_silence_longer_than_all_that_is_compared_nothing_is_usual() -> None:
    market = Market("A volume x3 1m")
    market.take(*minutes(21))
    assert market.take(*minutes(1, 900, first=50 * 60)) == []


# -- silence --------------------------------------------------------------------------------------


def test_a_silence_is_told_once_until_the_next_tick() -> None:
    market = Market("A stale 60s cooldown 0s")
    market.prices(10)
    assert market.silent(1, 59, 59.9) == []
    assert market.silent(60, 61, 500) == ["A silent for 1m"]
    market.prices(10, first=600)
    assert market.silent(659) == []
    assert len(market.silent(660, 700)) == 1


def test_a_symbol_that_never_ticked_is_silent_since_its_rule() -> None:
    market = Market("A stale 60s")
    assert market.silent(59) == []
    [happening] = market.book.look((START + 60) * 1000)
    assert happening.price is None


def test_nothing_is_silent_before_it_could_be_heard() -> None:
    market = Market("A stale 60s")
    market.book.wake((START + 1000) * 1000)
    assert market.silent(1000, 1059) == []
    assert len(market.silent(1060)) == 1


def test_a_silence_cools_down_by_the_clock() -> None:
    market = Market("A stale 60s cooldown 5m")
    market.prices(10)
    assert len(market.silent(60)) == 1
    market.prices(10, first=61)
    assert market.silent(121, 400) == []


# -- many rules -----------------------------------------------------------------------------------


def test_only_watched_symbols_are_judged_and_others_wake_when_they_are() -> None:
    market = Market("A > 230", "B > 5", "B stale 60s", watched="A")
    crosses = [tick(n, price, symbol="B") for n, price in enumerate((4, 6))]
    assert market.take(*crosses) == []
    asleep = market.book.judges_silence
    market.set("AB")
    assert (asleep, market.book.judges_silence) == (False, True)
    assert len(market.take(*crosses)) == 1


def test_other_rules_go_on_when_one_is_added_or_removed() -> None:
    market = Market("A > 230", "A move 2% 60s")
    market.prices(229)
    del market.rules[1]
    market.rules.append(replace(AlertRule.parse("A < 1"), id=3))
    market.set()
    assert len(market.prices(231, first=1)) == 1
    market.set()
    assert market.prices(229, 231, first=2) == []  # it still cools down


def test_without_rules_no_tick_is_looked_at() -> None:
    ticks = iter([tick(0, 1)])
    assert AlertBook().take(ticks, 0.0) == []
    assert len(list(ticks)) == 1
