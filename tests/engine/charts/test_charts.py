"""Charts: the same candles whenever they are opened, and nothing for what nobody looks at."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import pytest

from tests.engine.viewers.fake_charts import Seat
from tests.engine.viewers.fake_connection import FakeConnection
from tickterm.engine.batch import Batch
from tickterm.engine.charts import charts as module
from tickterm.engine.charts.chart import MOST_CANDLES, MOST_TICKS
from tickterm.engine.charts.charts import Charts
from tickterm.engine.charts.minute_bars import MinuteBars
from tickterm.engine.patterns.board import PatternBoard
from tickterm.engine.viewers.chart_desk import ChartDesk
from tickterm.engine.viewers.ring import Ring
from tickterm.engine.viewers.viewer import Viewer
from tickterm.market.event_clock import LEAP_NOTES
from tickterm.market.pattern_reader import PatternReport
from tickterm.market.redis_events import Direction
from tickterm.market.snapshot import Candle
from tickterm.market.ticks import TickData, encode
from tickterm.market.timeframe import Timeframe

HOUR = 1_700_002_800_000
"""The beginning of an hour within a trading day, ms UTC."""
SHOWN = [frame for frame in Timeframe if frame is not Timeframe.D1]


def tick(symbol: str, second: int, price: float = 10.0, volume: int = 5) -> TickData:
    prices = (price, price + 0.5, price - 0.25, price + 0.25)
    start = HOUR + second * 1_000
    return TickData(symbol, prices[-1], volume, start, "aggregate", "massive", *prices, volume)


class Engine:
    """What the service does with ticks, as far as charts are concerned."""

    def __init__(self, *symbols: str) -> None:
        self.now = 0.0
        self.ring = Ring()
        self.board = PatternBoard()
        self.board.watch(symbols)
        self.minutes = MinuteBars(self._begin_anew)
        self.minutes.watch(symbols)
        self.charts = Charts(self.minutes, self._recent, self.board.of, clock=self._clock)
        self.opening_takes = 0.0

    def send(self, *ticks: TickData) -> None:
        self.ring.append(Batch([t.ticker for t in ticks], [encode(t) for t in ticks], self.now))
        self.charts.take_minutes(self.minutes.take(ticks, self.now))
        self.charts.take(ticks, self.now)

    def play(self, ticks: Sequence[TickData]) -> None:
        for one in ticks:
            self.now = max(self.now, (one.timestamp - HOUR) / 1000)
            self.send(one)

    def beat(self, now: float) -> None:
        self.now = now
        self.minutes.alive(now)
        self.charts.take_minutes(self.minutes.close(now))

    def candles(self, symbol: str, timeframe: Timeframe) -> tuple[Candle, ...]:
        candles = self.charts.candles(symbol, timeframe)
        assert candles is not None
        return candles

    def _begin_anew(self) -> None:
        self.charts.clear()
        self.board.begin_anew()

    def _recent(self, symbol: str) -> Iterator[bytes]:
        self.now += self.opening_takes
        return self.ring.newest_of(symbol)

    def _clock(self) -> float:
        return self.now


def expected(ticks: Sequence[TickData], symbol: str, timeframe: Timeframe) -> list[Candle]:
    """Compute the candles in the plainest way."""
    seconds = {one.timestamp: one for one in ticks if one.ticker == symbol}
    periods: dict[int, list[TickData]] = {}
    for second in sorted(seconds):
        periods.setdefault(second - second % timeframe.ms, []).append(seconds[second])
    return [
        Candle(
            start,
            parts[0].tick_open,
            max(part.tick_high for part in parts),
            min(part.tick_low for part in parts),
            parts[-1].tick_close,
            sum(part.tick_volume for part in parts),
        )
        for start, parts in periods.items()
    ][-MOST_CANDLES:]


def two_hours() -> list[TickData]:
    """Return ticks of two symbols: with silent minutes, and seconds that are sent again."""
    luck = random.Random(7)
    ticks = []
    for second in range(7_300):
        for symbol in ("A", "B"):
            if luck.random() < 0.8 and not 600 <= second % 2_000 < 750:
                price = round(luck.uniform(9, 11), 2)
                ticks.append(tick(symbol, second, price, luck.randrange(1, 100)))
                if luck.random() < 0.1:
                    ticks.append(tick(symbol, second, price + 1, 7))
    return ticks


TICKS = two_hours()


@pytest.mark.parametrize("timeframe", SHOWN)
@pytest.mark.parametrize("opened", [0.0, 0.37, 1.0], ids=["first", "on the way", "last"])
def test_a_chart_is_the_same_whenever_it_is_opened(timeframe: Timeframe, opened: float) -> None:
    engine = Engine("A", "B")
    split = int(opened * len(TICKS))
    engine.play(TICKS[:split])
    assert list(engine.candles("A", timeframe)) == expected(TICKS[:split], "A", timeframe)
    engine.play(TICKS[split:])
    assert list(engine.candles("A", timeframe)) == expected(TICKS, "A", timeframe)


@pytest.mark.parametrize("timeframe", SHOWN)
def test_it_is_right_at_every_moment(timeframe: Timeframe) -> None:
    """Whether the newest bars are open, closed by ticks or closed by the clock."""
    engine = Engine("A", "B")
    engine.candles("A", timeframe)
    for number, one in enumerate(TICKS[:2_000], 1):
        engine.play([one])
        if number % 50 == 0:
            assert list(engine.candles("A", timeframe)) == expected(TICKS[:number], "A", timeframe)
    engine.beat(engine.now + 7_200)
    assert list(engine.candles("A", timeframe)) == expected(TICKS[:2_000], "A", timeframe)


def test_volumes_stay_whole_numbers() -> None:
    engine = Engine("A")
    engine.play([tick("A", second) for second in range(0, 200, 10)])
    for timeframe in SHOWN:
        volumes = [candle.volume for candle in engine.candles("A", timeframe)]
        assert {type(volume) for volume in volumes} == {int}


def test_what_has_not_changed_is_the_same_object() -> None:
    engine = Engine("A", "B")
    engine.play([tick("A", second) for second in range(400)])
    engine.play([tick("B", 399)])
    for timeframe in SHOWN:
        before = engine.candles("A", timeframe)
        engine.play([tick("B", 399)])
        assert engine.candles("A", timeframe) is before
        engine.play([tick("A", 399)])
        after = engine.candles("A", timeframe)
        assert after is not before
        assert after == before
        same = [one is other for one, other in zip(before, after, strict=True)]
        assert all(same[:-8]), "only those of open bars are made again"


def test_a_symbol_of_which_nothing_is_known() -> None:
    engine = Engine("A")
    engine.play(TICKS[:100])
    for timeframe in Timeframe:
        assert engine.candles("X", timeframe) == ()


def test_the_newest_five_hundred() -> None:
    engine = Engine("A")
    engine.play([tick("A", second) for second in range(1_000)])
    seconds = engine.candles("A", Timeframe.S1)
    assert [c.start for c in seconds] == [HOUR + s * 1_000 for s in range(500, 1_000)]
    engine.play([tick("A", 1_000)])
    assert len(engine.candles("A", Timeframe.S1)) == 500
    assert engine.candles("A", Timeframe.S1)[-1].start == HOUR + 1_000_000


def test_what_nobody_looks_at_is_closed() -> None:
    engine = Engine("A", "B")
    engine.play(TICKS[:500])
    keys = [(symbol, frame) for symbol in ("A", "B") for frame in (Timeframe.S5, Timeframe.M1)]
    before = {key: engine.candles(*key) for key in keys}
    engine.charts.keep({keys[0]})
    assert list(engine.charts._charts) == ["A"]
    assert engine.candles(*keys[0]) is before[keys[0]]
    engine.charts.keep(set())
    assert not engine.charts._charts
    assert {key: engine.candles(*key) for key in keys} == before


def test_many_charts_at_once_are_opened_one_after_the_other() -> None:
    engine = Engine("A", "B")
    engine.play(TICKS[:500])
    engine.opening_takes = 2 * module.OPENING_TIME
    assert engine.charts.candles("A", Timeframe.S1) is not None
    assert engine.charts.candles("B", Timeframe.S1) is None
    assert engine.charts.candles("A", Timeframe.S1) is not None, "an open one need not wait"
    engine.charts.keep({("A", Timeframe.S1)})
    assert engine.charts.candles("B", Timeframe.S1) is not None


def test_however_long_opening_takes_each_look_opens_the_chart_that_waits_longest() -> None:
    engine = Engine("A", "B", "C")
    engine.play(TICKS[:500])
    engine.opening_takes = 100 * module.OPENING_TIME
    desk = ChartDesk()
    desk.source = engine.charts
    seats = {symbol: FakeConnection() for symbol in "CAB"}
    restless, wishes = Viewer(FakeConnection(), local=False), list(Timeframe)  # type: ignore[arg-type]  # all of it that is used
    for symbol, connection in seats.items():
        desk.seat(Viewer(connection, local=False), symbol, Timeframe.S1)  # type: ignore[arg-type]  # likewise
    for number, symbol in enumerate(seats):
        for wish in wishes:
            desk.seat(restless, symbol, wish)
        desk.show()
        answered = [symbol for symbol, connection in seats.items() if connection.take()]
        assert answered == list(seats)[number : number + 1]


@pytest.mark.parametrize(("times", "timeframe", "most"), [(1, "1s", 501), (8, "15s", MOST_TICKS)])
def test_no_more_is_read_than_a_chart_needs(times: int, timeframe: str, most: int) -> None:
    engine = Engine("A")
    for second in range(1_500):
        engine.send(*[tick("A", second)] * times)
    reads = 0

    def counted(symbol: str) -> Iterator[bytes]:
        nonlocal reads
        for payload in engine.ring.newest_of(symbol):
            reads += 1
            yield payload

    Charts(engine.minutes, counted, engine.board.of).candles("A", Timeframe(timeframe))
    assert reads == most


@pytest.mark.parametrize("timeframe", SHOWN)
def test_time_that_begins_anew_begins_every_chart_anew(timeframe: Timeframe) -> None:
    engine = Engine("A")
    engine.play([tick("A", second) for second in range(7_200, 7_400)])
    assert engine.candles("A", timeframe)
    again, believed = [tick("A", second, 20.0) for second in range(130)], LEAP_NOTES - 1
    for one in again:
        engine.now += 1.0
        engine.send(one)
    # The first ticks of the past are not believed; minutes remember them, seconds do not.
    first = 0 if timeframe.ms >= Timeframe.M1.ms else believed
    assert list(engine.candles("A", timeframe)) == expected(again[first:], "A", timeframe)


def test_time_that_begins_anew_has_charts_sent_whole_with_their_events() -> None:
    engine, desk, seat = Engine("A"), ChartDesk(), Seat()
    desk.source = engine.charts
    desk.seat(seat.viewer, "A", Timeframe.M1)
    for second in (7_200, 0):
        for _ in range(LEAP_NOTES):
            engine.send(tick("A", second))
        engine.board.add(
            PatternReport("A", "Doji", 1.0, Direction.NEUTRAL, 0, "1min", "analytics", None),
            *(float(second), 7),
        )
        desk.show()
    messages = seat.take()
    assert [message.whole for message in messages] == [True, True]
    assert [[event.number for event in message.events] for message in messages] == [[1], [2]]


# -- the tape -------------------------------------------------------------------------------------


def seconds(engine: Engine, symbol: str) -> list[int]:
    return [(line.time - HOUR) // 1_000 for line in engine.charts.ticks(symbol)]


@pytest.mark.parametrize("timeframe", SHOWN)
def test_a_chart_brings_the_newest_ticks_of_its_symbol(timeframe: Timeframe) -> None:
    engine = Engine("A", "B")
    engine.play([tick("A", second) for second in range(300)])
    engine.play([tick("B", 300)])
    assert engine.charts.ticks("A") == (), "nobody looks at it"
    engine.candles("A", timeframe)
    assert seconds(engine, "A") == list(range(100, 300))
    before = engine.charts.ticks("A")
    engine.play([tick("B", 301)])
    assert engine.charts.ticks("A") is before
    engine.play([tick("A", 302), tick("A", 303)])
    assert seconds(engine, "A") == [*range(102, 300), 302, 303]
    assert engine.charts.ticks("B") == ()


def test_all_charts_of_a_symbol_share_its_tape() -> None:
    engine = Engine("A")
    engine.play([tick("A", second) for second in range(10)])
    engine.candles("A", Timeframe.S1)
    before = engine.charts.ticks("A")
    engine.candles("A", Timeframe.M1)
    assert engine.charts.ticks("A") is before
    engine.play([tick("A", 10)])
    assert seconds(engine, "A") == list(range(11)), "each tick once, whatever many charts there are"
    assert len(engine.candles("A", Timeframe.S1)) == 11


def test_a_tape_lasts_as_long_as_somebody_looks() -> None:
    engine = Engine("A", "B")
    engine.play([tick("A", second) for second in range(5)])
    engine.candles("A", Timeframe.M1)
    engine.charts.keep({("A", Timeframe.S1)})
    assert seconds(engine, "A") == list(range(5)), "another chart of it"
    engine.charts.keep({("B", Timeframe.M1)})
    assert engine.charts.ticks("A") == ()
    assert not engine.charts._tapes


def test_a_tape_runs_on_when_time_begins_anew() -> None:
    engine = Engine("A")
    engine.play([tick("A", second) for second in range(7_200, 7_210)])
    engine.candles("A", Timeframe.M1)
    for second in range(LEAP_NOTES + 3):
        engine.now += 1.0
        engine.send(tick("A", second))
    assert seconds(engine, "A")[-LEAP_NOTES - 3 :] == list(range(LEAP_NOTES + 3))
    numbers = [line.number for line in engine.charts.ticks("A")]
    assert numbers == sorted(set(numbers))


def test_numbers_of_a_tape_that_is_opened_again_go_on() -> None:
    """A viewer may still have the lines of before."""
    engine = Engine("A")
    engine.play([tick("A", second) for second in range(5)])
    engine.candles("A", Timeframe.M1)
    before = engine.charts.ticks("A")[-1].number
    engine.charts.keep(set())
    engine.candles("A", Timeframe.M1)
    assert engine.charts.ticks("A")[0].number > before
