"""The newest ticks by number: nothing but what is asked for, and no more memory than agreed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickterm.engine.batch import Batch
from tickterm.engine.viewers.ring import Ring

SIZES = st.lists(st.integers(0, 7), max_size=60)
FILTERS = st.none() | st.frozensets(st.sampled_from("abc"))


def filled(sizes: list[int], capacity: int = 20) -> Ring:
    """Return a ring of batches; the JSON of a tick is its number, the symbol one of three."""
    ring = Ring(capacity)
    for turn, size in enumerate(sizes):
        numbers = range(ring.last + 1, ring.last + size + 1)
        symbols = ["abc"[number % 3] for number in numbers]
        ring.append(Batch(symbols, [b"%d" % number for number in numbers], float(turn)))
    return ring


@given(SIZES)
def test_it_keeps_its_capacity_and_little_more(sizes: list[int]) -> None:
    ring = filled(sizes)
    assert ring.last == sum(sizes)
    kept = ring.last - ring.oldest + 1
    assert min(ring.last, 20) <= kept < 20 + 7
    assert sum(len(batch.payloads) for batch in ring._batches) == kept


@given(SIZES, st.data())
def test_what_follows_a_number(sizes: list[int], data: st.DataObject) -> None:
    ring = filled(sizes)
    position = data.draw(st.integers(ring.oldest - 1, ring.last + 2))
    limit = data.draw(st.integers(1, 30))
    span = ring.after(position, limit)
    numbers = list(range(position + 1, min(position + limit, ring.last) + 1))
    assert [int(payload) for payload in span.payloads] == numbers
    assert (span.first, span.last) == (position + 1, position + len(numbers))
    turns = [turn for turn, size in enumerate(sizes) for _ in range(size)]
    for number in numbers:
        assert span.payload(number) == b"%d" % number
        assert span.received(number) == turns[number - 1]


@given(SIZES, FILTERS, st.data())
def test_what_a_filter_lets_through(
    sizes: list[int], symbols: frozenset[str] | None, data: st.DataObject
) -> None:
    ring = filled(sizes)
    span = ring.after(ring.oldest - 1, 100)
    after = data.draw(st.integers(span.first - 1, span.last + 1))
    wanted = [
        number
        for number in range(max(span.first, after + 1), span.last + 1)
        if symbols is None or "abc"[number % 3] in symbols
    ]
    assert span.wanted(after, symbols) == wanted
    assert span.count(after, symbols) == len(wanted)
    assert span.newest(after, symbols) == sorted({number % 3: number for number in wanted}.values())


def test_what_is_gone_is_said_to_be() -> None:
    ring = filled([5] * 10)
    assert ring.oldest == 31
    assert ring.after(30, 1).first == 31
    with pytest.raises(LookupError):
        ring.after(29, 1)
    assert filled([]).after(0, 1).payloads == []


def test_one_batch_larger_than_the_ring_is_kept_whole() -> None:
    ring = filled([50, 30])
    assert ring.oldest == 51
    ring = filled([50])
    assert ring.oldest == 1


def test_lists_do_not_grow_with_what_is_gone() -> None:
    ring = filled([1] * 20_000, capacity=100)
    assert len(ring._firsts) == len(ring._batches) < 2_500
    assert ring.after(19_950, 100).payloads == [b"%d" % n for n in range(19_951, 20_001)]


@given(SIZES, st.sampled_from("abcd"))
def test_the_newest_of_one_symbol(sizes: list[int], symbol: str) -> None:
    ring = filled(sizes)
    kept = range(ring.last, ring.oldest - 1, -1)
    wanted = [b"%d" % number for number in kept if "abc"[number % 3] == symbol]
    assert list(ring.newest_of(symbol)) == wanted
