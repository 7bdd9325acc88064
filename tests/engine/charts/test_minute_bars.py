"""Minutes out of the feed's frames: of what is watched, in the ticks' own time."""

from __future__ import annotations

from math import inf

import pytest

from tickterm.engine.charts import minute_bars as module
from tickterm.engine.charts.minute_bars import MinuteBars
from tickterm.market.bars import GRACE
from tickterm.market.event_clock import LEAP_NOTES
from tickterm.market.ticks import TickData

DAY = 1_700_000_040_000
"""The beginning of a minute within a trading day, ms UTC."""
MINUTE = 60_000


def tick(symbol: str, second: int, price: float = 10.0, event_type: str = "aggregate") -> TickData:
    return TickData(
        symbol, price, 5, DAY + second * 1_000, event_type, "massive", price, price, price, price, 5
    )


class Feed:
    """Frames that come when their ticks say so."""

    def __init__(self, *symbols: str, began: int | None = 0) -> None:
        """`began`: the second that ticks of another symbol have made known; None: none has."""
        self.begun_anew = 0
        self.minutes = MinuteBars(self._anew)
        self.minutes.watch(symbols)
        for _ in range(0 if began is None else LEAP_NOTES):
            self.send(tick("CLOCK", began or 0))

    def send(self, *ticks: TickData, at: float | None = None) -> list[tuple[str, int, float]]:
        """Send one frame; return symbol, minute and volume of each bar that closed."""
        now = (ticks[-1].timestamp - DAY) / 1000 if at is None else at
        return self._told(self.minutes.take(ticks, now))

    def wait(self, until: float) -> list[tuple[str, int, float]]:
        """Have a live link on which no ticks come."""
        self.minutes.alive(until)
        return self._told(self.minutes.close(until))

    def starts(self, symbol: str) -> list[int]:
        return [(candle.start - DAY) // MINUTE for candle in self.minutes.candles(symbol)]

    def _told(self, bars: list) -> list[tuple[str, int, float]]:  # type: ignore[type-arg]  # of Bar
        return [(bar.symbol, (bar.start - DAY) // MINUTE, bar.volume) for bar in bars]

    def _anew(self) -> None:
        self.begun_anew += 1


def test_a_minute_closes_when_the_ticks_have_passed_it() -> None:
    feed = Feed("A", "B")
    assert feed.send(tick("A", 0), tick("B", 1)) == []
    assert feed.send(tick("A", 59)) == []
    assert feed.send(tick("A", 60)) == []
    assert feed.send(tick("A", 62)) == []
    assert feed.send(tick("A", 63)) == [("A", 0, 10), ("B", 0, 5)]
    assert [candle.volume for candle in feed.minutes.forming("A")] == [15]
    assert feed.minutes.forming("B") == []
    assert (feed.starts("A"), feed.starts("B")) == ([0], [0])


def test_a_silent_feed_closes_its_minutes_by_the_clock() -> None:
    feed = Feed("A")
    feed.send(tick("A", 0))
    feed.send(tick("A", 10))
    feed.send(tick("X", 10))
    assert feed.wait(59.0 + GRACE / 1000) == []
    assert feed.wait(61.0 + GRACE / 1000) == [("A", 0, 10)]
    assert feed.wait(999.0) == []


def test_no_minute_closes_before_there_is_a_time() -> None:
    feed = Feed("A", began=None)
    assert feed.wait(5.0) == []
    feed.send(tick("A", 0))
    assert feed.wait(1e6) == []


def test_what_nobody_watches_and_what_is_no_second_makes_no_bar() -> None:
    feed = Feed("A")
    for second in range(3):
        feed.send(tick("A", second), tick("X", second), tick("A", second, event_type="trade"))
    assert feed.send(tick("X", 70)) == [("A", 0, 15)]
    assert feed.minutes.forming("X") == []


def test_a_recording_flat_out_closes_each_minute_in_its_turn() -> None:
    """A day within moments of ours: no tick is late, none stray."""
    feed = Feed("A")
    closed = []
    for second in range(0, 36_000, 20):
        closed += feed.send(tick("A", second), at=second / 1e6)
    closed += feed.wait(200.0)
    assert closed == [("A", minute, 15) for minute in range(600)]


def test_time_that_falls_back_opens_nothing_again() -> None:
    """The feed stood still, our clock went on, and then all came at once."""
    feed = Feed("A")
    feed.send(tick("A", 0))
    feed.send(tick("A", 50))
    feed.send(tick("X", 50))
    assert feed.wait(70.0) == [("A", 0, 10)]
    then = feed.minutes.time(70.0)
    assert feed.send(tick("A", 51), tick("A", 52), at=70.1) == []
    assert feed.send(tick("A", 53), at=70.2) == []
    assert feed.minutes.time(70.2) >= then
    feed.send(tick("A", 61), at=70.3)
    assert feed.wait(200.0) == [("A", 1, 5)]
    assert feed.starts("A") == [0, 1]


def test_one_wrong_time_closes_nothing() -> None:
    feed = Feed("A")
    feed.send(tick("A", 0))
    feed.send(tick("A", 1))
    assert feed.send(tick("A", 86_400), at=2.0) == []
    assert feed.send(tick("A", 3)) == []
    assert feed.begun_anew == 0


def test_time_that_begins_anew_begins_all_anew() -> None:
    feed = Feed("A", began=7_200)
    for second in (7_200, 7_201, 7_270, 7_271):
        feed.send(tick("A", second))
    assert feed.starts("A") == [120]
    for second in range(LEAP_NOTES):
        assert feed.begun_anew == 0
        feed.send(tick("A", second), at=8_000.0 + second)
    assert feed.begun_anew == 1
    assert feed.starts("A") == []
    assert [candle.start for candle in feed.minutes.forming("A")] == [DAY]
    closed = feed.send(tick("A", 70), at=8_070.0)
    assert closed == [("A", 0, 5 * LEAP_NOTES)], "nothing of the new session is lost"


def test_the_minute_in_which_listening_begins_is_not_whole() -> None:
    minutes = MinuteBars(lambda: None)
    minutes.watch(["A"])
    closed = [
        bar
        for second in (30, 60, 61, 120, 130, 190, 191)
        for bar in minutes.take([tick("A", second)], second)
    ]
    assert [bar.complete for bar in closed] == [False, True, True]


class Link:
    """A feed whose link may be lost; a tick each second while it is there."""

    def __init__(self) -> None:
        self.minutes = MinuteBars(lambda: None)
        self.minutes.watch(["A"])
        self.complete: dict[int, bool] = {}
        self.minutes.link_up(-1.0)

    def trade(self, first: int, last: int) -> None:
        for second in range(first, last):
            self._keep(self.minutes.take([tick("A", second)], float(second)))

    def lose(self, since: int, back: float | None) -> None:
        """Lose the link, which had been mute for a second; it may come back."""
        self.minutes.link_lost(float(since))
        self._keep(self.minutes.close(since + 1.0))
        if back is not None:
            self.minutes.link_up(back)

    def wait(self, until: float) -> None:
        """Hear nothing, not even a sign of life."""
        self._keep(self.minutes.close(until))

    def _keep(self, bars: list) -> None:  # type: ignore[type-arg]  # of Bar
        self.complete |= {(bar.start - DAY) // MINUTE: bar.complete for bar in bars}


@pytest.mark.parametrize(
    ("lost", "back", "whole"),
    [
        (130, 131, [False, True, False, True, True]),
        (130, 200, [False, True, False, False, True]),
        (122, 123, [False, False, False, True, True]),
        (123, 176, [False, True, False, True, True]),
        (123, 178, [False, True, False, False, True]),
    ],
)
def test_minutes_that_overlap_a_time_without_the_link_are_not_whole(
    lost: int, back: int, whole: list[bool]
) -> None:
    """The feed holds seconds back: some before the loss may be missing, and some at the return."""
    link = Link()
    link.trade(0, lost + 1)
    link.lose(lost, back)
    link.trade(back + 1, 310)
    assert link.complete == dict(enumerate(whole))
    assert link.minutes.whole_from == DAY + back * 1_000 + GRACE


def test_a_minute_that_closes_while_the_link_is_down_is_not_whole() -> None:
    link = Link()
    link.trade(0, 150)
    link.lose(149, None)
    link.wait(200.0)
    assert link.complete == {0: False, 1: True, 2: False}


def test_a_link_that_comes_back_and_brings_nothing_has_not_come_back() -> None:
    link = Link()
    link.trade(0, 150)
    link.lose(149, 152.0)
    link.lose(149, 160.0)
    link.wait(200.0)
    link.trade(250, 380)
    assert link.complete == {0: False, 1: True, 2: False, 4: True, 5: True}


def test_a_minute_after_which_there_was_no_sign_of_life_is_not_whole() -> None:
    """The link dies in silence, which is noticed when the minute is over."""
    link = Link()
    link.trade(0, 171)
    for second in range(171, 300):
        link.wait(float(second))
    assert link.complete == {0: False, 1: True}
    link.lose(170, None)
    link.wait(300.0)
    assert link.complete == {0: False, 1: True, 2: False}


@pytest.mark.parametrize("answers", [[182.9, 188.4], [183.0], [inf]])
def test_a_minute_of_a_quiet_market_waits_for_a_sign_of_life(answers: list[float]) -> None:
    link = Link()
    link.trade(0, 171)
    for at in answers:
        link.wait(200.0)
        assert 2 not in link.complete
        link.minutes.alive(at)
        link.minutes.alive(at - 10)  # one that was known already
    link.wait(200.0)
    assert link.complete == {0: False, 1: True, 2: True}


def test_ticks_are_a_sign_of_life() -> None:
    """Also those of a time that closes nothing by itself, as the feed revises the past."""
    link = Link()
    link.trade(0, 171)
    link.wait(184.0)
    assert 2 not in link.complete
    link._keep(link.minutes.take([tick("X", 150)], 184.0))
    assert link.complete == {0: False, 1: True, 2: True}


def test_ticks_that_come_after_a_silence_are_not_too_late() -> None:
    link = Link()
    link.trade(0, 171)
    link.wait(184.0)
    link._keep(link.minutes.take([tick("A", second) for second in range(171, 184)], 184.0))
    assert [candle.volume for candle in link.minutes.candles("A")] == [300, 300, 300]


def test_a_link_that_came_back_must_give_a_sign_of_life_again() -> None:
    link = Link()
    link.trade(0, 150)
    link.lose(149, 152.0)
    link.wait(200.0)
    assert 2 not in link.complete
    link.lose(149, None)
    link.wait(200.0)
    assert link.complete == {0: False, 1: True, 2: False}


def test_silence_after_the_link_came_back_is_no_gap() -> None:
    link = Link()
    link.trade(0, 150)
    link.lose(149, 152.0)
    link.trade(250, 310)
    assert link.complete[4]


def test_after_a_long_sleep_the_gap_lasts_until_it_is_known_what_time_it_is() -> None:
    """Our own clock may have stood still, as in a laptop that was shut."""
    link = Link()
    link.trade(0, 150)
    link.lose(149, 152.0)
    for number in range(130):
        link._keep(link.minutes.take([tick("A", 6_030 + number)], 153.0 + number))
    assert link.complete == {0: False, 1: True, 2: False, 100: False, 101: True}


def test_a_short_sleep_is_no_time_with_the_link() -> None:
    link = Link()
    link.trade(0, 166)
    link.lose(165, 167.0)
    for number in range(60):
        link._keep(link.minutes.take([tick("A", 200 + number)], 168.0 + number))
    assert link.complete == {0: False, 1: True, 2: False, 3: False}


def test_a_wrong_time_ends_no_gap() -> None:
    link = Link()
    link.trade(0, 150)
    link.lose(149, 152.0)
    link._keep(link.minutes.take([tick("A", 10**6)], 153.0))
    link.trade(154, 310)
    assert link.complete == {0: False, 1: True, 2: False, 3: True, 4: True}


def test_another_session_knows_nothing_of_the_gaps_of_the_one_before() -> None:
    link = Link()
    link.trade(7_200, 7_300)
    link.lose(7_299, None)
    for second in range(200):
        link._keep(link.minutes.take([tick("A", second)], 8_000.0 + second))
    assert (link.complete[0], link.complete[1], link.complete[2]) == (False, True, True)


def test_thousands_of_symbols_close_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CLOSING_TIME", 0.0)
    symbols = [f"S{n:04}" for n in range(1000)]
    feed = Feed(*symbols)
    for second in (0, 1):
        feed.send(*[tick(symbol, second) for symbol in symbols])
    pieces = [feed.wait(100.0 + n) for n in range(12)]
    assert [len(piece) for piece in pieces[:10]] == [module.BARS_AT_ONCE] * 10
    assert [name for piece in pieces for name, _, _ in piece] == symbols
    assert all(feed.starts(symbol) == [0] for symbol in symbols)


def test_a_recording_at_full_speed_does_not_pile_up_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CLOSING_TIME", 0.0)
    symbols = [f"S{n:03}" for n in range(300)]
    feed = Feed(*symbols)
    made = sum(
        len(feed.send(*[tick(symbol, 60 * minute) for symbol in symbols])) for minute in range(50)
    )
    assert made >= len(symbols) * (50 - 3 - module.MOST_WAITING)


def complete(feed: Feed, *ticks: TickData) -> dict[tuple[str, int], bool]:
    """Send a frame; say of each minute that closed by it whether it is whole."""
    bars = feed.minutes.take(ticks, (ticks[-1].timestamp - DAY) / 1000)
    return {(bar.symbol, (bar.start - DAY) // MINUTE): bar.complete for bar in bars}


def test_the_minute_in_which_a_symbol_was_added_is_not_whole() -> None:
    feed = Feed("A")
    feed.send(tick("A", 60))
    feed.minutes.watch(("A", "NEW", "LATE"))
    feed.send(tick("A", 90), tick("NEW", 90))
    told = complete(feed, tick("A", 125))
    assert told == {("A", 1): True, ("NEW", 1): False}
    feed.send(tick("NEW", 130), tick("LATE", 130))
    told = complete(feed, tick("A", 185))
    assert told == {("A", 2): True, ("NEW", 2): True, ("LATE", 2): False}


def test_what_is_added_again_lacks_ticks_again() -> None:
    feed = Feed("A", "B")
    feed.send(tick("A", 60), tick("B", 60))
    feed.minutes.watch(("A",))
    feed.send(tick("A", 70), tick("B", 70))
    feed.minutes.watch(("A", "B"))
    feed.send(tick("A", 80), tick("B", 80))
    assert complete(feed, tick("A", 125)) == {("A", 1): True, ("B", 1): False}
