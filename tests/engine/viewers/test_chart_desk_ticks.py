"""A chart's tape on its way to viewers: all with the chart, then what comes or changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from tests.engine.viewers.fake_charts import (
    Seat,
    candles,
    desk_of,
    events,
    seated,
    show_to,
    tape,
    tape_tick,
)
from tickterm.market.contract import Candles
from tickterm.market.timeframe import Timeframe


def numbers(messages: Iterable[Candles]) -> list[list[int]]:
    return [[tick.number for tick in message.ticks] for message in messages]


async def test_all_with_the_chart_and_then_what_is_new_or_sent_again() -> None:
    desk, source = desk_of(A=candles(1))
    source.tapes |= {"A": tape(2, 5), "B": tape(1, 3)}
    seat = seated(desk, Timeframe.M5)
    desk.show()
    desk.show()
    [whole] = seat.take()
    assert whole == Candles("A", Timeframe.M5, True, list(candles(1)), [], list(tape(2, 5)))
    first, second = source.tapes["A"]
    source.tapes["A"] = first, second, tape_tick(9)
    desk.show()
    source.tapes["A"] = tape_tick(2, 11.0, revised=True), *source.tapes["A"][1:]
    desk.show()
    messages = seat.take()
    assert [message.whole for message in messages] == [False, False]
    assert numbers(messages) == [[9], [2]]
    assert tuple(seat.ticks.values()) == source.tapes["A"]


async def test_lines_that_are_too_old_are_no_change() -> None:
    desk, source = desk_of(A=candles(1))
    source.tapes["A"] = lines = tape(1, 2, 3)
    seat = seated(desk)
    desk.show()
    source.tapes["A"] = lines[1:]
    desk.show()
    assert numbers(seat.take()) == [[1, 2, 3]]


async def test_a_tape_that_changes_alone_brings_nothing_else() -> None:
    desk, source = desk_of(A=candles(1))
    source.patterns["A"] = events(1)
    seat = seated(desk)
    desk.show()
    seat.take()
    source.tapes["A"] = tape(1)
    desk.show()
    [change] = seat.take()
    assert (change.candles, change.events, numbers([change])) == ([], [], [[1]])


async def test_viewers_who_missed_different_lines_get_different_frames() -> None:
    desk, source = desk_of(A=candles(1))
    slow, quick = Seat(), Seat()
    for seat in (slow, quick):
        desk.seat(seat.viewer, "A", Timeframe.M1)
    desk.show()
    slow.take()
    slow.make_slow()
    source.tapes["A"] = one = tape(1)
    desk.show()
    slow.catch_up()
    source.tapes["A"] = *one, tape_tick(2)
    desk.show()
    assert [numbers(seat.take())[-1] for seat in (slow, quick)] == [[1, 2], [2]]


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.booleans()), max_size=15))
def test_whatever_happens_a_viewer_has_the_newest(
    looks: Sequence[tuple[int, bool, bool]],
) -> None:
    """Lines that come, leave and are sent again; viewers slow now and then."""
    desk, source = desk_of(A=candles(5))
    seat, last = seated(desk), 0
    for new, again, is_slow in looks:
        lines = [*source.tapes.get("A", ()), *tape(*range(last + 1, last + 1 + new))]
        last += new
        if again and lines:
            lines[-1] = tape_tick(lines[-1].number, last + 20.0, revised=True)
        source.tapes["A"] = tuple(lines[-5:])
        show_to(desk, seat, slow=is_slow)
        if not is_slow:
            kept = source.tapes["A"]
            assert tuple(seat.ticks.values())[-len(kept) or 200 :] == kept
