"""Ticks in, closed bars out: entries, gaps, another session, junk; the same in whatever batches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickterm.analytics import intake as module
from tickterm.analytics.batch import Batch
from tickterm.analytics.intake import Closing, Intake, first_time
from tickterm.market.bars import Bar, BarCounts
from tickterm.market.event_clock import LEAP_NOTES
from tickterm.market.ticks import TickData, encode
from tickterm.market.timeframe import Timeframe

START = 1_704_465_000_000
"""2024-01-05 09:30 New York."""
M1, M5 = Timeframe.M1, Timeframe.M5


def tick(second: int, symbol: str = "SPY", price: float = 100.0, start: int = START) -> TickData:
    at = start + second * 1000
    return TickData(symbol, price, 10, at, "aggregate", "replay", price, price, price, price, 10)


def batch(ticks: Sequence[TickData], first: int = 0, **more: object) -> Batch:
    entries = [b"1-%d" % number for number in range(first, first + len(ticks))]
    return Batch([encode(t) for t in ticks], entries, **more)  # type: ignore[arg-type] # of tests


def seconds(first: int, last: int) -> list[TickData]:
    return [tick(second) for second in range(first, last)]


def bars_of(closings: Iterable[Closing]) -> list[Bar]:
    return [bar for closing in closings for bar in closing.bars]


def test_a_minute_closes_with_its_entries_a_grace_after_its_end() -> None:
    intake = Intake([M1])
    assert intake.take(batch(seconds(0, 63))) == []
    (closing,) = intake.take(batch([tick(63), tick(64)], first=63))
    assert [(bar.start, bar.seconds, bar.complete) for bar in closing.bars] == [(START, 60, True)]
    assert closing.entries == [b"1-%d" % number for number in range(60)]
    assert closing.settled == START + 60_000
    assert not closing.anew


def test_a_silent_minute_closes_by_waiting() -> None:
    intake = Intake([M1])
    intake.take(batch(seconds(0, 60)))
    assert intake.take(Batch(waited=4.9)) == []
    (closing,) = intake.take(Batch(waited=0.2))
    assert len(closing.bars) == 1
    assert len(closing.entries) == 60


def test_work_that_takes_long_is_no_waiting() -> None:
    intake = Intake([M1])
    intake.take(batch(seconds(0, 59)))
    assert bars_of(intake.take(batch([tick(59)], first=59))) == []


@given(st.lists(st.integers(1, 200), min_size=1, max_size=30))
def test_batches_make_no_difference(sizes: list[int]) -> None:
    day = seconds(0, 400)
    whole = Intake([M1, M5])
    wanted = bars_of(whole.take(batch(day)))
    parts = Intake([M1, M5])
    found: list[Bar] = []
    at = 0
    for size in [*sizes, 400]:
        found += bars_of(parts.take(batch(day[at : at + size], first=at)))
        at += size
    assert found == wanted
    assert len(wanted) == 7


def test_every_entry_is_given_back_once() -> None:
    intake = Intake([M1])
    day = seconds(0, 200)
    odd = [
        tick(70)._replace(event_type="trade"),
        tick(10),  # late
        tick(10**6),  # from the future, alone: it may be right
    ]
    mixed = day[:150] + odd + day[150:]
    payloads = batch(mixed)
    payloads = Batch([*payloads.payloads, b"junk"], [*payloads.entries, b"9-9"])
    closings = intake.take(payloads) + intake.take(Batch(waited=70.0))
    given = [entry for closing in closings for entry in closing.entries]
    future = payloads.entries[152]
    assert sorted(given) == sorted(set(payloads.entries) - {future})
    assert intake.counts().ticks == len(mixed) + 1
    assert intake.counts().rejected == {"json": 1}
    assert intake.counts().seconds.late == 1


def test_after_a_crash_the_same_bars_are_made_and_nothing_older_is_touched() -> None:
    day = seconds(0, 600)
    whole = bars_of(Intake([M1, M5]).take(batch(day)))
    settled = START + 180_000
    parts = [bar for bar in whole if bar.timeframe is M1 and bar.end <= settled]
    again = Intake([M1, M5])
    again.resume(parts, settled)
    late = tick(30, price=1.0)
    closings = again.take(batch([late, *day[180:]]))
    assert bars_of(closings) == [bar for bar in whole if bar.end > settled]
    assert b"1-0" in closings[0].entries
    assert again.counts().seconds.late == 1


@pytest.mark.parametrize("is_resumed", [True, False])
def test_no_symbols_are_too_many_for_a_leap_of_time(is_resumed: bool) -> None:
    """As after an outage: the backlog begins long after what was known before."""
    intake = Intake([Timeframe.S5])
    if is_resumed:
        intake.resume([], START)
    else:
        intake.take(batch(seconds(0, 30)))
    names = ["SPY", *(f"S{number}" for number in range(1, module.MOST_SYMBOLS))]
    for second in range(3_600, 3_600 + LEAP_NOTES + 1):
        intake.take(batch([tick(second, name) for name in names]))
    counts = intake.counts()
    assert counts.seconds == BarCounts(taken=counts.ticks)
    assert intake.now > START + 3_600_000


def test_what_was_not_heard_makes_bars_incomplete() -> None:
    intake = Intake([M1, M5])
    first = intake.take(batch(seconds(0, 100)))
    cut = intake.take(Batch(cut=True))
    rest = intake.take(batch(seconds(150, 186), first=100))
    rest += intake.take(batch(seconds(186, 330), first=136))
    found = {(bar.timeframe, bar.start): bar.complete for bar in bars_of(first + cut + rest)}
    assert found[M1, START] is True
    assert found[M1, START + 60_000] is False
    assert found[M1, START + 120_000] is False
    assert found[M1, START + 240_000] is True
    assert found[M5, START] is False


def test_bars_that_close_while_nothing_is_heard_are_incomplete() -> None:
    intake = Intake([M1])
    intake.take(batch(seconds(0, 50)))
    intake.take(Batch(cut=True))
    (bar,) = bars_of(intake.take(Batch(waited=30.0)))
    assert not bar.complete


def test_a_period_that_began_while_we_listened_to_silence_is_complete() -> None:
    intake = Intake([M1])
    intake.missing(0)
    intake.take(batch(seconds(0, 2), listened=600.0))
    (bar,) = bars_of(intake.take(batch(seconds(2, 70), first=2, listened=600.0)))
    assert bar.complete


def test_time_begins_anew() -> None:
    intake = Intake([M1])
    day = seconds(0, 7_200)
    before = intake.take(batch(day))
    again = intake.take(batch(seconds(0, 130), first=7_200))
    flushed, *_ = again
    assert flushed.anew
    assert len(bars_of(before)) + len(flushed.bars) == 120
    new = bars_of(again[1:])
    assert new == bars_of(before)[: len(new)]
    assert new[0].seconds == 60  # the ticks by which it was seen are in their bars as well
    given = [entry for closing in before + again for entry in closing.entries]
    assert len(given) == len(set(given)) == 7_200 + 120


def test_bars_that_another_session_ends_are_incomplete() -> None:
    intake = Intake([M1])
    intake.take(batch(seconds(0, 7_190)))
    (flushed,) = [c for c in intake.take(batch(seconds(0, 12), first=7_190)) if c.anew]
    assert [bar.complete for bar in flushed.bars] == [False]


def test_one_tick_from_long_ago_is_no_new_session() -> None:
    intake = Intake([M1])
    closings = intake.take(batch([*seconds(0, 7_200), tick(5), *seconds(7_200, 7_300)]))
    assert not any(closing.anew for closing in closings)
    assert intake.counts().seconds.late == 1


def test_symbols_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SYMBOLS", 2)
    intake = Intake([M1])
    intake.take(batch([tick(0, symbol) for symbol in ("A", "B", "C", "C")]))
    assert intake.symbols == 2
    assert intake.counts().rejected == {"too many symbols": 2}
    assert intake.new_symbols() == ["A", "B"]
    assert intake.new_symbols() == []


def test_symbols_of_an_earlier_session_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SYMBOLS", 2)
    intake = Intake([M1])
    day = 86_400_000
    for number, symbols in enumerate(["XA", "X", "XC"]):
        start = START + number * day
        ticks = [tick(second, symbol, start=start) for second in range(900) for symbol in symbols]
        for first in range(0, len(ticks), 90):
            intake.take(batch(ticks[first : first + 90]))
    assert intake.new_symbols() == ["X", "A", "C"]
    assert intake.symbols == 2
    assert 0 < intake.counts().rejected["too many symbols"] < 200


def test_another_session_begins_with_its_own_symbols() -> None:
    intake = Intake([M1])
    intake.take(batch([tick(second, symbol) for second in range(90) for symbol in ("A", "B")]))
    assert intake.new_symbols() == ["A", "B"]
    earlier = START - 7 * 86_400_000
    intake.take(batch([tick(second, "B", start=earlier) for second in range(90)]))
    assert intake.new_symbols() == ["B"]
    assert intake.symbols == 1
    assert intake.counts().seconds.taken == 270


def test_the_first_time_is_no_liar_s() -> None:
    payloads = [b"junk", *(encode(tick(number)) for number in (10**6, 1, 2, 3, -(10**6)))]
    assert first_time(payloads) == START + 2_000
    assert first_time([b"junk"]) is None
