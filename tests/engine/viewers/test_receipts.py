"""How long ticks take to viewers, by a clock that a test moves."""

from __future__ import annotations

import pytest

from tests.engine.viewers.fake_connection import FakeConnection
from tests.engine.viewers.market import DAY, batch_of, tick
from tickterm.access import Access
from tickterm.engine.batch import Batch
from tickterm.engine.viewers.broadcaster import Broadcaster
from tickterm.engine.viewers.hub import Hub
from tickterm.engine.viewers.receipts import MOST, Receipts
from tickterm.engine.viewers.viewer import SLOW_ABOVE, Viewer
from tickterm.market.contract import Stream
from tickterm.market.snapshot import Quantiles, Row, Snapshot, Timing


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def frame(clock: Clock, count: int = 1, symbol: str = "A") -> Batch:
    return batch_of([tick(symbol, number + 1, DAY) for number in range(count)], clock.now)


def test_each_batch_weighs_as_many_as_its_ticks(clock: Clock) -> None:
    receipts = Receipts(clock)
    receipts.add(frame(clock, 95))
    clock.now += 0.3
    receipts.add(frame(clock, 5))
    clock.now += 0.1
    receipts.settle(sent=True)
    found = receipts.meter.timing(clock.now).minute
    assert found.count == 100
    assert found.max == pytest.approx(0.4)
    assert found.p50 == pytest.approx(0.4, rel=0.02)
    receipts.settle(sent=True)
    assert receipts.meter.timing(clock.now + 1).minute.count == 100, "measured once"


def test_what_nobody_was_sent_is_forgotten(clock: Clock) -> None:
    receipts = Receipts(clock)
    receipts.add(frame(clock))
    receipts.settle(sent=False)
    clock.now += 50
    receipts.settle(sent=True)
    assert receipts.meter.timing(clock.now) == Timing()


def test_more_batches_than_are_told_apart_are_never_measured_too_short(clock: Clock) -> None:
    receipts = Receipts(clock)
    receipts.add(frame(clock))
    clock.now += 1
    for _ in range(MOST - 1):
        receipts.add(frame(clock))
    clock.now += 1
    for _ in range(5):
        receipts.add(frame(clock, 1_000))
    assert len(receipts._received) == MOST
    receipts.settle(sent=True)
    found = receipts.meter.timing(clock.now).minute
    assert (found.count, found.max) == (MOST + 5_000, 2.0)
    assert found.p50 == pytest.approx(1.0, rel=0.02)
    assert len(receipts._received) == 0


class Place:
    """A hub whose viewers are there already."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.hub = Hub("epoch")
        self.hub.receipts = Receipts(clock)
        self.hub.ticks.receipts = Receipts(clock)
        self._price = 0.0
        self.look()

    def join(self, stream: Stream, symbols: frozenset[str] | None = None) -> FakeConnection:
        connection = FakeConnection()
        viewer = Viewer(connection, local=False)  # type: ignore[arg-type]  # a fake
        viewer.stream, viewer.symbols, viewer.live = stream, symbols, True
        viewer.universe, viewer.rows = self.hub.watched.symbols, self.hub._look.rows
        self.hub.attendance.viewers.add(viewer)
        return connection

    def offer(self, count: int = 1, symbol: str = "A") -> None:
        self.hub._rest_until = 0.0
        self.hub.offer(frame(self.clock, count, symbol))

    def look(self) -> None:
        self._price += 1
        self.hub.show(Snapshot(now=self.clock.now, rows=(Row("A", self._price, ticks=1),)))

    @property
    def counts(self) -> tuple[Quantiles, Quantiles]:
        """Of ticks, and of rows, all along."""
        streams = (self.hub.ticks.receipts, self.hub.receipts)
        ticks, rows = (one.meter.timing(self.clock.now).since_start for one in streams)
        return ticks, rows


async def test_ticks_are_measured_as_they_are_sent_and_rows_at_the_look(clock: Clock) -> None:
    place = Place(clock)
    place.join(Stream.TICKS)
    place.join(Stream.ROWS)
    place.offer(70)
    clock.now += 0.08
    place.look()
    ticks, rows = place.counts
    assert (ticks.count, ticks.max) == (70, 0.0)
    assert rows.count == 70
    assert rows.max == pytest.approx(0.08)


async def test_ticks_that_rest_wait_as_long_as_they_do(clock: Clock) -> None:
    place = Place(clock)
    place.join(Stream.TICKS)
    place.hub._rest_until = float("inf")
    place.hub.offer(frame(clock, 9))
    clock.now += 0.005
    place.hub.flush()
    assert place.counts[0].max == pytest.approx(0.005)
    assert place.counts[0].count == 9


async def test_without_viewers_nothing_is_measured(clock: Clock) -> None:
    place = Place(clock)
    for _ in range(3):
        place.offer(70)
        clock.now += 0.1
        place.look()
    place.join(Stream.TICKS)
    place.join(Stream.ROWS)
    clock.now += 9
    place.look()
    assert [found.count for found in place.counts] == [0, 0]


async def test_a_filter_that_lets_nothing_through_is_sent_nothing(clock: Clock) -> None:
    place = Place(clock)
    place.join(Stream.TICKS, frozenset({"B"}))
    place.offer(3, "A")
    assert place.counts[0].count == 0
    clock.now += 1
    place.offer(4, "B")
    clock.now += 1
    assert place.counts[0].count == 4


async def test_a_slow_viewer_does_not_make_it_look_slow(clock: Clock) -> None:
    place = Place(clock)
    place.join(Stream.TICKS)._waiting += bytes(SLOW_ABOVE + 1)
    place.join(Stream.ROWS)._waiting += bytes(SLOW_ABOVE + 1)
    place.offer(70)
    clock.now += 3
    place.look()
    assert [found.count for found in place.counts] == [0, 0]


async def test_the_deepest_queue_and_the_ticks_that_are_kept(clock: Clock) -> None:
    broadcaster = Broadcaster(Access())
    hub = broadcaster._hub
    assert (broadcaster.view().deepest, broadcaster.view().kept) == (0, 0)
    place = Place(clock)
    place.hub = hub
    for waiting in (10, 5_000, 70):
        place.join(Stream.TICKS)._waiting += bytes(waiting)
    hub._heartbeat_at = float("inf")
    hub.tend(clock.now)
    assert broadcaster.view().deepest == 5_000
    place.offer(12)
    assert broadcaster.view().kept == 12
    assert [timing.since_start.count for timing in broadcaster.timings(clock.now)] == [12, 0]
