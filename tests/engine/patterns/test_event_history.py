"""The events that charts show: the newest of every symbol, and nobody's at another's cost."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickterm.engine.patterns import history as module
from tickterm.engine.patterns.history import MOST, MOST_EVENTS, EventHistory
from tickterm.market.redis_events import Direction
from tickterm.market.snapshot import PatternEvent


def event(number: int, symbol: str) -> PatternEvent:
    return PatternEvent(
        number, 7, symbol, "Doji", 0.5, Direction.NEUTRAL, 60_000, "1min", "analytics", 9.5
    )


def history_of(*symbols: str) -> EventHistory:
    history = EventHistory()
    history.watch(symbols)
    return history


def numbers(history: EventHistory, symbol: str) -> list[int]:
    return [event.number for event in history.of(symbol)]


def small(monkeypatch: pytest.MonkeyPatch, most: int, most_events: int) -> None:
    monkeypatch.setattr(module, "MOST", most)
    monkeypatch.setattr(module, "MOST_EVENTS", most_events)


def test_what_comes_out_is_what_went_in() -> None:
    history = history_of("A", "B")
    events = [event(number, symbol) for number, symbol in enumerate("ABBA", 1)]
    for one in events:
        history.add(one)
    assert history.of("A") == (events[0], events[3])
    assert all(a is b for a, b in zip(history.of("B"), events[1:3], strict=True))
    assert history.of("C") == ()


def test_a_busy_symbol_keeps_its_newest_and_takes_nothing_from_a_quiet_one() -> None:
    history = history_of("QUIET", "BUSY")
    history.add(event(1, "QUIET"))
    for number in range(2, MOST_EVENTS + 5_000):
        history.add(event(number, "BUSY"))
    assert numbers(history, "QUIET") == [1]
    assert numbers(history, "BUSY") == list(range(MOST_EVENTS + 5_000 - MOST, MOST_EVENTS + 5_000))
    assert (MOST, MOST_EVENTS) == (500, 200_000)


def test_of_too_many_the_oldest_of_all_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch, 3, 6)
    history = history_of("A", "B", "C", "D")
    for number, symbol in enumerate("AABBBBCA", 1):  # B has had one too many
        history.add(event(number, symbol))
    assert [numbers(history, s) for s in "ABC"] == [[2, 8], [4, 5, 6], [7]]
    history.add(event(9, "D"))
    history.add(event(10, "D"))
    assert [numbers(history, s) for s in "ABCD"] == [[8], [5, 6], [7], [9, 10]]
    for number, symbol in enumerate("DCCC", 11):
        history.add(event(number, symbol))
    assert [numbers(history, s) for s in "ABCD"] == [[], [], [12, 13, 14], [9, 10, 11]]
    assert history._events.keys() == {"C", "D"}
    history.add(event(15, "A"))
    assert [numbers(history, s) for s in "AD"] == [[15], [10, 11]]


def test_only_what_is_watched_is_kept() -> None:
    history = EventHistory()
    history.add(event(1, "A"))
    assert history.of("A") == ()
    history.watch(["A", "B"])
    for number, symbol in enumerate("ABC", 2):
        history.add(event(number, symbol))
    kept = history.of("B")
    assert numbers(history, "A") == [2]
    history.watch(["B", "C"])
    assert history.of("B") is kept
    history.add(event(5, "A"))
    history.add(event(6, "C"))
    assert [numbers(history, symbol) for symbol in "ABC"] == [[], [3], [6]]
    history.watch(["A"])
    assert history.of("A") == ()
    assert not history._events
    assert not history._oldest


def test_the_oldest_of_those_that_stay_watched_leaves_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    small(monkeypatch, 2, 4)
    history = history_of("A", "B", "C")
    for number, symbol in enumerate("ABAA", 1):
        history.add(event(number, symbol))
    history.watch(["A", "B", "C"])
    for number, symbol in enumerate("CC", 5):
        history.add(event(number, symbol))
    assert [numbers(history, symbol) for symbol in "ABC"] == [[3, 4], [], [5, 6]]


def test_the_same_object_until_there_is_a_new_one() -> None:
    history = history_of("A", "B")
    assert history.of("A") is history.of("A")
    history.add(event(1, "A"))
    before = history.of("A")
    history.add(event(2, "B"))
    assert history.of("A") is before
    assert history._frozen.keys() == {"A"}, "nobody has asked for the other one"
    history.add(event(3, "A"))
    assert [event.number for event in before] == [1]
    assert numbers(history, "A") == [1, 3]


def test_it_can_begin_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch, 3, 4)
    history = history_of("A", "B")
    for number, symbol in enumerate("AABB", 1):
        history.add(event(number, symbol))
    assert numbers(history, "A") == [1, 2]
    history.clear()
    assert (history.of("A"), history.of("B")) == ((), ())
    assert not history._oldest
    assert not history._frozen
    for number, symbol in enumerate("BABBA", 5):
        history.add(event(number, symbol))
    assert [numbers(history, symbol) for symbol in "AB"] == [[6, 9], [7, 8]]


Step = tuple[str, str | None]
"""A symbol that has an event, and one that is looked at; or symbols that are watched from now on
where none is."""
steps = st.lists(
    st.tuples(st.sampled_from("ABCD"), st.sampled_from("ABCD"))
    | st.tuples(st.sampled_from(["AB", "ABC", "BCD", "D"]), st.none()),
    max_size=80,
)


@given(steps, st.integers(1, 4), st.integers(4, 9))
def test_it_is_what_the_plainest_way_gives(
    steps: Sequence[Step], most: int, most_events: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        small(patch, most, most_events)
        history, watched = history_of(*"ABCD"), set("ABCD")
        expected: list[PatternEvent] = []
        for number, (said, looked_at) in enumerate(steps, 1):
            if looked_at is None:
                watched = set(said)
                history.watch(said)
                expected = [one for one in expected if one.symbol in watched]
                continue
            history.add(event(number, said))
            if said in watched:
                expected.append(event(number, said))
            own = [one for one in expected if one.symbol == said]
            expected = [one for one in expected if one not in own[:-most]][-most_events:]
            assert history.of(looked_at) == tuple(e for e in expected if e.symbol == looked_at)
        for symbol in "ABCD":
            assert list(history.of(symbol)) == [e for e in expected if e.symbol == symbol]
        assert history._count == len(expected)
        assert len(history._oldest) == len(history._events)


def test_it_is_small() -> None:
    """Of what an event takes, apart from the event itself."""
    symbols = [f"S{number}" for number in range(400)]
    history = history_of(*symbols)
    events = [event(number, symbols[number % 400]) for number in range(1, 40_001)]
    tracemalloc.start()
    for one in events:
        history.add(one)
    for symbol in symbols:
        history.of(symbol)
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert taken / len(events) < 24
