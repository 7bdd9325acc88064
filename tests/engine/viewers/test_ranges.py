"""Whatever happens, every viewer's numbers are without a gap, and its rows end up right."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.viewers.market import SYMBOLS
from tests.engine.viewers.schedule import OTHERS, SOME, Schedule
from tickterm.engine.viewers import dialogue, look, tick_stream, viewer
from tickterm.market.contract import Hello, SnapshotPart, Stream, Ticks

filters = st.none() | st.lists(st.sampled_from([*SOME, "UNKNOWN"]), max_size=3)
steps = st.one_of(
    st.tuples(st.just("ticks"), st.lists(st.sampled_from(SOME), max_size=12)),
    st.tuples(st.just("look")),
    st.tuples(st.just("rest"), st.booleans()),
    st.tuples(st.just("tend"), st.sampled_from([0.1, 0.1, 0.5])),
    st.tuples(st.just("turn"), st.integers(1, 4)),
    st.tuples(st.just("take"), st.integers(0, 2), st.none() | st.integers(0, 4000)),
    st.tuples(st.just("join"), st.integers(0, 2), st.sampled_from(Stream), filters),
    st.tuples(st.just("cut"), st.integers(0, 2)),
    st.tuples(st.just("resume"), st.integers(0, 2)),
    st.tuples(st.just("subscribe"), st.integers(0, 2), st.sampled_from([*SOME, "*"])),
    st.tuples(st.just("unsubscribe"), st.integers(0, 2), st.sampled_from([*SOME, "*"])),
    st.tuples(st.just("universe"), st.sampled_from([SOME, OTHERS])),
)


@pytest.fixture(scope="module", autouse=True)
def _small() -> Iterator[None]:
    """Make everything small, so that short schedules reach every edge."""
    with (
        patch.object(tick_stream, "PIECE", 5),
        patch.object(look, "ROWS_A_MESSAGE", 3),
        patch.object(viewer, "SLOW_ABOVE", 3000),
        patch.object(viewer, "CAUGHT_UP_BELOW", 1500),
        patch.object(viewer, "BURST", 10_000),
        patch.object(dialogue, "LOOK_AGAIN", 0),
    ):
        yield


async def _run(schedule: list[tuple[Any, ...]]) -> Schedule:
    run = Schedule()
    run.look()
    try:
        for step in schedule:
            await run.do(*step)
        await run.settle()
    finally:
        await run.end()
    return run


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(steps, max_size=40))
def test_numbers_are_without_a_gap_whatever_happens(schedule: list[tuple[Any, ...]]) -> None:
    asyncio.run(_run(schedule))


RESUMES: list[tuple[Any, ...]] = [
    ("join", 0, Stream.TICKS, None),
    ("turn", 4),
    ("take", 0, None),
    ("ticks", [*SOME]),
    ("take", 0, None),
    ("ticks", [*SOME]),
    ("resume", 0),
    ("turn", 4),
]
EXAMPLES: dict[str, list[tuple[Any, ...]]] = {
    "resumed, it is sent no snapshot that takes it back": [*RESUMES, ("ticks", [*SOME])],
    "a filter that lets nothing through leaves no gap": [
        ("join", 0, Stream.TICKS, ["S0"]),
        ("turn", 4),
        ("ticks", ["S0", "S1"]),
        ("ticks", ["S1"]),
        ("ticks", ["S0"]),
    ],
    "a filter taken away between two looks": [
        ("join", 0, Stream.TICKS, ["S0"]),
        ("turn", 4),
        ("ticks", ["S0", "S1"]),
        ("subscribe", 0, "*"),
        ("turn", 4),
        ("ticks", ["S1"]),
    ],
    "a filter widened over ticks that it did not let through": [
        ("join", 0, Stream.TICKS, ["S0"]),
        ("turn", 4),
        ("ticks", ["S1"]),
        ("subscribe", 0, "S1"),
        ("turn", 4),
        ("ticks", ["S1"]),
    ],
    "a slow viewer and another universe": [
        ("join", 0, Stream.TICKS, None),
        ("turn", 4),
        *[("ticks", [*SOME])] * 5,
        ("universe", OTHERS),
        ("ticks", [*SOME]),
    ],
    "another universe": [
        ("join", 0, Stream.ROWS, None),
        ("join", 1, Stream.ROWS, ["S2", "S5"]),
        ("turn", 20),
        ("universe", OTHERS),
        ("ticks", [*OTHERS]),
    ],
    "another universe of the same size, partly ticking": [
        ("join", 0, Stream.ROWS, None),
        ("ticks", [*SOME]),
        ("turn", 20),
        ("universe", SYMBOLS[2:6]),
        ("ticks", ["S4"]),
    ],
    "a slow viewer of rows, another universe and back": [
        ("join", 0, Stream.ROWS, None),
        ("turn", 4),
        ("take", 0, 0),
        *[("ticks", [*SOME]), ("look",)] * 5,
        ("universe", OTHERS),
        ("ticks", [*OTHERS]),
        ("universe", SOME),
        ("ticks", [*SOME]),
    ],
    "another universe while it is greeted": [
        ("join", 0, Stream.TICKS, None),
        ("turn", 4),
        ("take", 0, None),
        *[("ticks", [*SOME] * 2)] * 3,
        ("resume", 0),
        ("turn", 2),
        ("universe", OTHERS),
        ("ticks", [*SOME]),
    ],
    "slow for longer than the ring": [
        ("join", 0, Stream.TICKS, None),
        ("turn", 4),
        *[("ticks", [*SOME])] * 20,
    ],
    "slow for longer than the ring, with a filter": [
        ("join", 0, Stream.TICKS, ["S0", "S1", "S2"]),
        ("turn", 4),
        *[("ticks", [*SOME])] * 24,
    ],
    "more at once than the ring holds": [
        ("join", 0, Stream.TICKS, None),
        ("turn", 4),
        ("rest", True),
        *[("ticks", [*SOME])] * 20,
        ("look",),
    ],
    "the ring runs away from a resume": [
        ("join", 0, Stream.TICKS, None),
        ("turn", 4),
        ("take", 0, None),
        *[("ticks", [*SOME])] * 8,
        ("resume", 0),
        ("turn", 2),
        *[("ticks", [*SOME])] * 20,
        ("turn", 2),
    ],
    "nobody looks while the ring fills": [
        *[("ticks", [*SOME])] * 20,
        ("join", 0, Stream.TICKS, None),
        ("turn", 4),
    ],
    "a slow viewer of rows in a market that falls silent": [
        ("join", 0, Stream.ROWS, None),
        ("turn", 4),
        *[("ticks", [*SOME]), ("look",)] * 10,
    ],
}


@pytest.mark.parametrize("name", EXAMPLES)
async def test_numbers_are_without_a_gap(name: str) -> None:
    run = await asyncio.wait_for(_run(EXAMPLES[name]), 5)
    assert run.hub.attendance.viewers == set()


async def test_what_resumed_saw_every_number_once() -> None:
    run = Schedule()
    run.look()
    for step in RESUMES:
        await run.do(*step)
    seat = run.seats[0]
    messages = seat.connection.take()
    assert isinstance(messages[0], Hello)
    assert messages[0].recovered is True
    assert not any(isinstance(message, SnapshotPart) for message in messages)
    assert [int(t.price) for m in messages if isinstance(m, Ticks) for t in m.ticks] == [5, 6, 7, 8]
    await run.end()
