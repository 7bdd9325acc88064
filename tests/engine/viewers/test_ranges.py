"""Whatever happens, every viewer's numbers are without a gap, and its rows end up right."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.viewers.fake_connection import FakeConnection
from tests.engine.viewers.ledger import Ledger
from tests.engine.viewers.market import SYMBOLS, Market
from tickterm.access import Access
from tickterm.engine.viewers import dialogue, look, tick_stream, viewer
from tickterm.engine.viewers.dialogue import Dialogue
from tickterm.engine.viewers.hub import Hub
from tickterm.engine.viewers.ring import Ring
from tickterm.market.contract import (
    EngineMessage,
    Filter,
    Hello,
    Rows,
    SnapshotPart,
    Stream,
    Subscribe,
    Ticks,
    Unsubscribe,
    ViewerHello,
    Watched,
    WireRow,
)
from tickterm.market.row_stream import applied
from tickterm.market.snapshot import Row

SOME = SYMBOLS[:4]
OTHERS = SYMBOLS[2:7]

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


def nothing(*_: object) -> None:
    """Do nothing."""


class RowsLedger:
    """A viewer of the stream `rows`."""

    def __init__(self, symbols: list[str] | None) -> None:
        self.rows: dict[str, Row] = {}
        self.symbols = symbols
        """Its filter."""

    def take(self, message: EngineMessage) -> None:
        match message:
            case SnapshotPart():
                if message.part == 1:
                    self.rows = {}
                self._apply(message.rows)
            case Rows():
                self._apply(message.rows)
            case Watched(symbols):
                wanted = [s for s in symbols if self.symbols is None or s in self.symbols]
                self.rows = {symbol: self.rows.get(symbol) or Row(symbol) for symbol in wanted}
            case Filter(symbols):
                self.symbols = symbols
            case Ticks():
                raise AssertionError("ticks in the stream of rows")

    def _apply(self, rows: list[WireRow]) -> None:
        for row in rows:
            assert self.symbols is None or row.symbol in self.symbols
            self.rows[row.symbol] = applied(self.rows.get(row.symbol), row)


@dataclass
class Seat:
    """One viewer of the schedule."""

    hello: ViewerHello
    connection: FakeConnection
    talk: asyncio.Task[None]
    ledger: Ledger | RowsLedger
    symbols: set[str] | None = field(default=None)

    def take(self, count: int | None = None) -> None:
        for message in self.connection.take(count):
            self.ledger.take(message)


class Schedule:
    """Does the steps, each of which is a method here."""

    def __init__(self) -> None:
        self.hub = Hub("epoch")
        self.hub.ticks.ring = Ring(40)
        self.market = Market(self.hub, self._watch, SOME)
        self.now = time.monotonic()
        self.resting = False
        self.seats: dict[int, Seat] = {}
        self._talks: list[asyncio.Task[None]] = []

    def _watch(self, rows: Any) -> None:
        self.hub.rows = rows

    async def do(self, name: str, *arguments: Any) -> None:
        done = getattr(self, name)(*arguments)
        if isinstance(done, Coroutine):
            await done

    def ticks(self, symbols: list[str]) -> None:
        self.market.second += 1
        self.hub._rest_until = float("inf") if self.resting else 0.0
        self.market.ticks(*symbols)

    def look(self) -> None:
        self.market.look()

    def rest(self, resting: bool) -> None:
        """Have the hub send what comes later, or at once."""
        self.resting = resting

    def tend(self, seconds: float) -> None:
        self.now += seconds
        self.hub.tend(self.now)

    async def turn(self, count: int) -> None:
        for _ in range(count):
            await asyncio.sleep(0)

    def take(self, seat: int, count: int | None) -> None:
        if seat in self.seats:
            self.seats[seat].take(count)

    def join(self, seat: int, stream: Stream, symbols: list[str] | None) -> None:
        self.cut(seat)
        self._join(seat, ViewerHello(stream=stream, symbols=symbols))

    def cut(self, seat: int) -> Seat | None:
        gone = self.seats.pop(seat, None)
        if gone is not None:
            gone.connection.abort()
        return gone

    def resume(self, seat: int) -> None:
        gone = self.seats.get(seat)
        if gone is None or not isinstance(gone.ledger, Ledger) or gone.ledger.last is None:
            return
        self.cut(seat)
        symbols = None if gone.ledger.symbols is None else sorted(gone.ledger.symbols)
        self._join(seat, ViewerHello(symbols=symbols, resume=gone.ledger.position))

    def subscribe(self, seat: int, symbol: str) -> None:
        if seat in self.seats:
            self.seats[seat].connection.say(Subscribe([symbol]))

    def unsubscribe(self, seat: int, symbol: str) -> None:
        if seat in self.seats:
            self.seats[seat].connection.say(Unsubscribe([symbol]))

    def universe(self, symbols: tuple[str, ...]) -> None:
        self.market.watch(*symbols)
        self.look()

    async def settle(self) -> None:
        """Let everybody catch up, and hold what they have against the market."""
        self.rest(False)
        for _ in range(30):
            await self.turn(30)
            for seat in self.seats.values():
                seat.take()
            self.tend(0.1)
        self.look()
        for seat in self.seats.values():
            seat.take()
        self.tend(5.0)
        for seat in self.seats.values():
            seat.take()
            if seat.talk.done():
                await seat.talk
            elif isinstance(seat.ledger, Ledger):
                assert seat.ledger.last == self.market.last
                seat.ledger.settle()
            else:
                wanted = seat.ledger.symbols
                rows = [r for r in self.market.rows() if wanted is None or r.symbol in wanted]
                assert list(seat.ledger.rows.values()) == rows, "the rows, in their order"

    async def end(self) -> None:
        for seat in list(self.seats):
            self.cut(seat)
        await asyncio.gather(*self._talks)
        assert not self.hub.attendance.viewers

    def _join(self, seat: int, hello: ViewerHello) -> None:
        connection = FakeConnection()
        connection.say(hello)
        talk = Dialogue(connection, self.hub, Access(), nothing, nothing, local=False)  # type: ignore[arg-type]  # a fake
        ledger = (
            Ledger(self.market, hello)
            if hello.stream is Stream.TICKS
            else RowsLedger(hello.symbols)
        )
        task = asyncio.get_running_loop().create_task(talk.run())
        self._talks.append(task)
        self.seats[seat] = Seat(hello, connection, task, ledger)


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
