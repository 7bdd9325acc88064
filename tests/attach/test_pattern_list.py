"""The pattern events of an engine: each once, the newest, harmless."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from tests.attach.messages import pattern
from tests.market import contract_values
from tickterm.attach.bounds import LARGEST
from tickterm.attach.pattern_list import KEPT, PatternList
from tickterm.market.contract import Patterns
from tickterm.market.snapshot import PatternEvent


def numbers(events: PatternList) -> list[int]:
    return [event.number for event in events.freeze()]


def test_events_come_in_their_order_and_once() -> None:
    events = PatternList()
    assert events.freeze() == ()
    events.take(Patterns([pattern(7, "A"), pattern(8, "B")]))
    events.take(Patterns([pattern(8, "B"), pattern(11, "C")]))
    assert [(event.number, event.symbol) for event in events.freeze()] == [
        (1, "A"),
        (2, "B"),
        (5, "C"),
    ]


def test_the_same_object_until_there_is_a_new_one() -> None:
    events = PatternList()
    events.take(Patterns([pattern(1)]))
    before = events.freeze()
    events.take(Patterns([pattern(1)]))
    events.take(Patterns([], missed=3))
    assert events.freeze() is before


def test_another_run_of_the_engine() -> None:
    events = PatternList()
    events.take(Patterns([pattern(500, "A")]))
    events.begin()
    events.take(Patterns([pattern(1, "B")]))
    assert [(event.number, event.symbol) for event in events.freeze()] == [(1, "A"), (2, "B")]


def test_a_flood_leaves_the_newest() -> None:
    events = PatternList()
    for first in range(1, 3_000, 1_000):
        events.take(Patterns([pattern(n, f"S{n}") for n in range(first, first + 1_000)]))
    assert [event.symbol for event in events.freeze()] == [f"S{n}" for n in range(1_001, 3_001)]
    assert len(events.freeze()) == KEPT == 2_000


@given(st.lists(contract_values.pattern, max_size=4))
def test_whatever_an_engine_says_it_can_be_shown(said: list[PatternEvent]) -> None:
    events = PatternList()
    events.take(Patterns(said))
    for event in events.freeze():
        texts = (event.symbol, event.pattern, event.timeframe, event.source)
        assert all(len(text) <= 64 for text in texts)
        assert not {unicodedata.category(c) for t in texts for c in t} & {"Cc", "Cf", "Cs"}
        assert 0 <= event.confidence <= 1
        for value in (event.wall_ms, event.timestamp, event.price or 0):
            assert abs(value) <= LARGEST


def test_long_texts_are_cut() -> None:
    events = PatternList()
    long = "x" * 10_000
    event = pattern(1, long, pattern=long, timeframe=long, source=f"\x1b[31m{long}")
    events.take(Patterns([event]))
    [got] = events.freeze()
    assert (len(got.symbol), len(got.pattern), len(got.timeframe)) == (32, 64, 16)
    assert "\x1b" not in got.source
