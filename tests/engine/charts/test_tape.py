"""The tape of one symbol: the newest ticks as they came, and seconds that are sent again."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from tickterm.engine.charts.tape import MOST_LINES, REVISED_WITHIN, Tape
from tickterm.market.snapshot import TapeTick
from tickterm.market.ticks import TickData, encode


def tick(second: int, price: float = 10.0, kind: str = "aggregate") -> TickData:
    prices = (price, price + 0.5, price - 0.25, price)
    return TickData("A", price, 7, second * 1_000, kind, "massive", *prices, 7)


def tape_of(*ticks: TickData) -> Tape:
    tape = Tape(count(1), ())
    for one in ticks:
        tape.take(one)
    return tape


def told(tape: Tape) -> Sequence[tuple[int, int, float, bool]]:
    return [(line.number, line.time // 1_000, line.price, line.revised) for line in tape.ticks()]


def test_a_line_has_the_values_of_its_tick() -> None:
    assert tape_of(tick(5, 12.5)).ticks() == (TapeTick(1, 5_000, 12.5, 12.25, 13.0, 7),)


def test_a_second_that_is_sent_again_replaces_its_line() -> None:
    tape = tape_of(tick(1), tick(2), tick(1, 11.0))
    assert told(tape) == [(1, 1, 11.0, True), (2, 2, 10.0, False)]
    tape.take(tick(3))
    assert told(tape)[-1] == (3, 3, 10.0, False)


def test_trades_of_the_same_time_are_lines_of_their_own() -> None:
    tape = tape_of(tick(1, 10, "trade"), tick(1, 11, "trade"), tick(1, 12), tick(1, 13, "quote"))
    assert [line[2] for line in told(tape)] == [10, 11, 12, 13]
    assert not any(line[3] for line in told(tape))


def test_a_minutes_bar_does_not_replace_its_first_second() -> None:
    tape = tape_of(tick(60, 10.0), tick(60, 11.0, "aggregate_minute"))
    assert len(told(tape)) == 2


def test_time_that_begins_anew_sends_nothing_again() -> None:
    long = REVISED_WITHIN // 1_000 + 5
    tape = tape_of(tick(0), tick(long), tick(0, 12.0), tick(0, 13.0))
    assert told(tape) == [(1, 0, 10.0, False), (2, long, 10.0, False), (3, 0, 13.0, True)]


def test_only_the_newest_are_kept() -> None:
    tape = tape_of(*(tick(second) for second in range(1_000)))
    assert [line[1] for line in told(tape)] == list(range(1_000 - MOST_LINES, 1_000))
    tape.take(tick(999, 11.0))
    assert len(tape.ticks()) == MOST_LINES == 200
    assert len(tape._lines) == MOST_LINES


def test_what_has_not_changed_is_the_same_object() -> None:
    tape = tape_of(tick(1), tick(2))
    before = tape.ticks()
    assert tape.ticks() is before
    tape.take(tick(2))
    after = tape.ticks()
    assert after is not before
    assert after[0] is before[0]


def test_it_begins_with_the_ticks_before() -> None:
    newest_first = [encode(tick(second)) for second in (3, 2, 1)]
    tape = Tape(count(7), newest_first)
    tape.take(tick(3, 11.0))
    assert told(tape) == [(7, 1, 10.0, False), (8, 2, 10.0, False), (9, 3, 11.0, True)]
