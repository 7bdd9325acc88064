"""Entries of the stream: let go of when no bar needs them, and not before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count
from pathlib import Path

import pytest

from tests.analytics.lives import Life, append, live_to_the_end
from tests.redis_server import redis_server
from tickterm.analytics.batch import Batch
from tickterm.analytics.intake import Closing, Intake
from tickterm.market import open_periods
from tickterm.market.bars import BarMaker
from tickterm.market.ticks import TickData, encode
from tickterm.market.timeframe import Timeframe

START = 1_704_465_000_000
"""2024-01-05 09:30 New York."""
YEAR = 365 * 86_400
"""Seconds: as far as a time can be wrong."""
TIMEFRAMES = [Timeframe.S5, Timeframe.M1]


def tick(second: int, symbol: str = "SPY") -> TickData:
    at = START + second * 1000
    return TickData(symbol, 1.0, 10, at, "aggregate", "replay", 1.0, 1.0, 1.0, 1.0, 10)


class Stream:
    """Gives each tick an entry, and collects those that are let go of."""

    def __init__(self) -> None:
        self.intake = Intake(TIMEFRAMES)
        self.left: dict[bytes, TickData] = {}
        self.bars = 0
        self._numbers = count(1)

    def send(self, *ticks: TickData) -> list[TickData]:
        """Send ticks in one batch; return those whose entries are let go of."""
        entries = [b"1-%d" % next(self._numbers) for _ in ticks]
        self.left |= dict(zip(entries, ticks, strict=True))
        return self._dealt_with(self.intake.take(Batch([encode(t) for t in ticks], entries)))

    def wait(self, seconds: float) -> list[TickData]:
        return self._dealt_with(self.intake.take(Batch(waited=seconds)))

    def _dealt_with(self, closings: Iterable[Closing]) -> list[TickData]:
        self.bars += sum(len(closing.bars) for closing in closings)
        return [self.left.pop(entry) for closing in closings for entry in closing.entries]


def trade(stream: Stream, first: int, last: int) -> list[TickData]:
    """Let a tick of the present come in every second."""
    return [gone for second in range(first, last) for gone in stream.send(tick(second))]


def among_the_present(wrong: Iterable[TickData]) -> list[TickData]:
    """Return them with others between them, by which time does not leap."""
    return [each for bad in wrong for each in (bad, tick(30))]


def wrong_ones(ticks: Iterable[TickData]) -> list[TickData]:
    return [each for each in ticks if each.ticker == "BAD"]


def test_a_wrong_time_that_the_bars_have_no_room_for_is_let_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(open_periods, "MOST_FAR", 3)
    stream = Stream()
    trade(stream, 0, 30)
    bad = [tick(YEAR + second, "BAD") for second in range(50)]
    gone = []
    for number, each in enumerate(bad):
        gone += stream.send(each, tick(30 + number))
    assert wrong_ones(gone + trade(stream, 80, 130)) == bad[3:]
    assert wrong_ones(stream.left.values()) == bad[:3]
    assert stream.intake.counts().seconds.stray == 47


def test_older_versions_of_a_second_far_ahead_are_let_go() -> None:
    stream = Stream()
    trade(stream, 0, 30)
    for _ in range(50):
        stream.send(tick(YEAR, "BAD"))
    newest = list(stream.left)[-1]
    assert len(wrong_ones(trade(stream, 30, 70))) == 49
    assert newest in stream.left


def test_each_tick_is_looked_at_once_however_many_are_far_ahead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The process has other partitions to work on."""
    stream, looks = Stream(), 0
    has = BarMaker.has

    def counted(maker: BarMaker, each: TickData) -> bool:
        nonlocal looks
        looks += 1
        return has(maker, each)

    trade(stream, 0, 30)
    monkeypatch.setattr(BarMaker, "has", counted)
    bad = [tick(YEAR + second, "BAD") for second in range(5_000)]
    gone = stream.send(*among_the_present(bad))
    assert wrong_ones(gone + trade(stream, 30, 130)) == []
    assert looks == len(bad)


def test_what_made_room_within_one_batch_does_not_wait_for_the_minute() -> None:
    stream = Stream()
    trade(stream, 0, 30)
    stream.send(*among_the_present(tick(YEAR - 60 * n, "BAD") for n in range(10_000)))
    assert len(wrong_ones(stream.left.values())) <= 2 * open_periods.MOST_OPEN


def test_many_of_one_batch_do_not_wait_for_the_minute() -> None:
    stream = Stream()
    trade(stream, 0, 30)
    for _ in range(20):
        stream.send(*[tick(YEAR, "BAD")] * 500)
    assert len(wrong_ones(stream.left.values())) < 2_500


def test_the_furthest_that_made_room_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_periods, "MOST_OPEN", 20)
    stream = Stream()
    trade(stream, 0, 30)
    furthest = tick(2 * YEAR, "BAD")
    stream.send(furthest)
    nearer = [tick(YEAR + 60 * minute, "BAD") for minute in range(30)]
    stream.send(*nearer)
    gone = trade(stream, 30, 70)
    assert furthest in gone
    assert len(wrong_ones(stream.left.values())) <= 20


def test_a_time_that_an_hour_of_others_shows_to_be_wrong_is_let_go() -> None:
    stream = Stream()
    trade(stream, 0, 30)
    bad = [tick(YEAR + second, "BAD") for second in range(3)]
    stream.send(*bad)
    assert wrong_ones(trade(stream, 30, 3_500)) == []
    assert wrong_ones(trade(stream, 3_500, 3_800)) == bad
    assert stream.intake.counts().seconds.stray == 3
    present = [each.timestamp for each in stream.left.values()]
    assert present == [START + second * 1000 for second in range(3_780, 3_800)]


def test_a_wrong_time_from_before_any_time_was_known_is_let_go() -> None:
    """As after a start, when the entries that an earlier run left are read first."""
    stream = Stream()
    stream.send(tick(YEAR, "BAD"))
    assert len(wrong_ones(trade(stream, 0, 4_000))) == 1


def test_silence_shows_no_time_to_be_wrong() -> None:
    """The last tick of a recording may come hours after the one before."""
    stream = Stream()
    trade(stream, 0, 30)
    late = tick(4 * 3_600)
    stream.send(late)
    for _ in range(120):
        assert late not in stream.wait(60.0)
    assert late in stream.send(*[tick(4 * 3_600 + 60 + second) for second in range(15)])
    assert stream.bars > 0


@pytest.mark.parametrize("step", [1, 7, 40, 61, 299, 301, 3_599, 3_601, 20_000])
def test_a_recording_flat_out_loses_nothing_however_thin_it_is(step: int) -> None:
    stream = Stream()
    day = [tick(step * number) for number in range(400)]
    gone: list[TickData] = []
    for each in day:
        gone += stream.send(each)
    gone += stream.wait(61.0)
    gone += stream.wait(61.0)
    counts = stream.intake.counts().seconds
    assert (counts.stray, counts.late) == (0, 0)
    assert len(gone) == len(set(gone))
    assert set(gone) | set(stream.left.values()) == set(day)
    assert len(gone) > 390 or step == 1


def test_an_entry_goes_with_the_bar_of_its_minute_and_not_before() -> None:
    stream = Stream()
    early = tick(1_000)
    trade(stream, 0, 30)
    stream.send(early)
    assert early not in trade(stream, 30, 1_022)
    bars = stream.bars
    assert early in trade(stream, 1_022, 1_030)
    assert stream.bars > bars


@pytest.mark.parametrize("wrong", [YEAR, -YEAR])
async def test_nothing_of_wrong_times_stays_in_the_group(tmp_path: Path, wrong: int) -> None:
    """It would be trimmed one day, and then look like ticks that were lost."""
    ticks: Sequence[TickData] = [
        each
        for second in range(0, 5_000, 10)
        for each in [tick(second), *[tick(wrong + second, "BAD")] * (second < 600)]
    ]
    with redis_server() as redis:
        life = Life(redis.url, tmp_path / "bars.db")
        await append(life.redis, ticks)
        await live_to_the_end(life, left=14)  # of the minutes that are open
        again = Life(redis.url, tmp_path / "bars.db", owner="another")
        await live_to_the_end(again, left=14)
        assert again.source.missed == 0
