"""The events kept: order, bound, what was missed, the filter."""

from __future__ import annotations

from tests.ui.fake_engine import make_event, make_events
from tickterm.ui.events.buffer import LIMIT, EventBuffer
from tickterm.ui.events.filter import EventFilter, parse


def numbers(buffer: EventBuffer) -> list[int]:
    return [event.number for event in buffer.shown]


def test_each_event_comes_once() -> None:
    buffer = EventBuffer()
    assert [e.number for e in buffer.take(make_events(3))] == [1, 2, 3]
    assert buffer.take(make_events(3)) == []
    assert [e.number for e in buffer.take(make_events(5))] == [4, 5]
    assert numbers(buffer) == [1, 2, 3, 4, 5]
    assert buffer.newest == 5


def test_numbers_left_out_are_counted_as_missed() -> None:
    buffer = EventBuffer()
    buffer.take(make_events(3))
    buffer.take(make_events(2, first=9))
    assert buffer.missed == 5
    buffer.take((make_event(12), make_event(14)))
    assert buffer.missed == 7


def test_events_before_the_first_look_were_not_missed() -> None:
    buffer = EventBuffer()
    buffer.take(())
    buffer.take(make_events(3, first=4_000))
    assert buffer.missed == 0


def test_the_oldest_go_filter_or_not() -> None:
    buffer = EventBuffer()
    buffer.filter(parse("doji"))
    buffer.take(make_events(LIMIT + 100))
    assert len(buffer) == LIMIT
    assert min(numbers(buffer)) == 105
    assert all(event.pattern == "Doji" for event in buffer.shown)
    assert len(buffer.shown) == LIMIT // 5
    buffer.take(make_events(50, first=LIMIT + 101))
    assert min(numbers(buffer)) == 155
    buffer.filter(EventFilter())
    assert numbers(buffer)[0] == 151
    assert len(buffer.shown) == LIMIT


def test_what_is_held_stays_whatever_comes_in() -> None:
    buffer = EventBuffer()
    buffer.filter(parse("doji"))
    buffer.take(make_events(100))
    held = numbers(buffer)
    buffer.hold(held=True)
    for first in range(101, 3 * LIMIT, 500):
        buffer.take(make_events(500, first=first))
    assert numbers(buffer) == held
    assert buffer.waiting == 6_000 // 5
    assert len(buffer) == 100
    buffer.hold(held=False)
    assert len(buffer) == LIMIT
    assert numbers(buffer)[-1] == 6_100
    assert buffer.waiting == 0


def test_a_filter_chosen_while_held_sees_the_events_held() -> None:
    buffer = EventBuffer()
    buffer.take(make_events(10))
    buffer.hold(held=True)
    buffer.take(make_events(20, first=11))
    buffer.filter(parse("doji"))
    assert numbers(buffer) == [5, 10]
    assert buffer.waiting == 4
    buffer.take(make_events(5, first=31))
    assert buffer.waiting == 5
    buffer.filter(EventFilter())
    assert numbers(buffer) == list(range(1, 11))
    assert buffer.waiting == 25


def test_an_empty_list_can_be_held() -> None:
    buffer = EventBuffer()
    buffer.hold(held=True)
    buffer.take(make_events(3))
    buffer.filter(parse("doji"))
    buffer.filter(EventFilter())
    assert (numbers(buffer), buffer.waiting) == ([], 3)
    buffer.hold(held=False)
    assert numbers(buffer) == [1, 2, 3]


def test_a_symbols_events_are_newest_first_and_not_filtered() -> None:
    buffer = EventBuffer()
    buffer.take((make_event(1, "A"), make_event(2, "B"), make_event(3, "A")))
    buffer.filter(parse("nothing"))
    assert [event.number for event in buffer.of("A")] == [3, 1]
    assert buffer.of("AA") == []
