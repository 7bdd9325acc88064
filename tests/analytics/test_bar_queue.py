"""Bars on their way to a database that may be away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from tests.waiting import until
from tickterm.analytics import bar_queue as module
from tickterm.analytics.bar_queue import BarQueue
from tickterm.errors import UnreachableError
from tickterm.market.bars import Bar
from tickterm.market.timeframe import Timeframe


class Store:
    """A table that refuses while it is away."""

    def __init__(self) -> None:
        self.is_away = False
        self.written: list[Bar] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def write(self, bars: Sequence[Bar]) -> None:
        await self.gate.wait()
        if self.is_away:
            raise UnreachableError("away")
        self.written += bars


def bars(first: int, count: int) -> list[Bar]:
    return [
        Bar("SPY", Timeframe.M1, 60_000 * number, 1.0, 1.0, 1.0, 1.0, 1, 1.0, 1)
        for number in range(first, first + count)
    ]


@asynccontextmanager
async def running(queue: BarQueue) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(queue.run())
        yield
        task.cancel()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_RETRY", 0.005)


async def test_bars_are_written_in_their_order() -> None:
    store = Store()
    queue = BarQueue(store)
    async with running(queue):
        parcels = [queue.put(bars(number, 1)) for number in range(5)]
        await queue.written_soon(parcels[-1], 5.0)
        assert store.written == bars(0, 5)
        assert all(parcel.done.is_set() and not parcel.dropped for parcel in parcels)
        assert (queue.written, queue.waiting, queue.dropped) == (5, 0, 0)


async def test_they_wait_while_the_database_is_away(caplog: pytest.LogCaptureFixture) -> None:
    store = Store()
    store.is_away = True
    queue = BarQueue(store)
    async with running(queue):
        parcel = queue.put(bars(0, 3))
        await until(lambda: queue.reason)
        await queue.written_soon(parcel, 60.0)  # no patience in bad times
        assert not parcel.done.is_set()
        assert queue.waiting == 3
        store.is_away = False
        await until(parcel.done.is_set)
        assert queue.reason == ""
        assert store.written == bars(0, 3)
    assert len([record for record in caplog.records if "bars wait" in record.message]) == 1


async def test_beyond_the_bound_the_oldest_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BARS", 10)
    store = Store()
    store.is_away = True
    queue = BarQueue(store)
    async with running(queue):
        parcels = [queue.put(bars(4 * number, 4)) for number in range(4)]
        assert [parcel.dropped for parcel in parcels] == [True, True, False, False]
        assert (queue.waiting, queue.dropped) == (8, 8)
        store.is_away = False
        await until(parcels[-1].done.is_set)
        assert store.written == bars(8, 8)
        assert (queue.written, queue.waiting, queue.dropped) == (8, 0, 8)


async def test_what_is_dropped_while_it_is_written_is_counted_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOST_BARS", 4)
    store = Store()
    store.gate.clear()
    queue = BarQueue(store)
    async with running(queue):
        first = queue.put(bars(0, 3))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        second = queue.put(bars(3, 3))
        assert first.dropped
        store.gate.set()
        await until(second.done.is_set)
        assert (queue.written, queue.waiting, queue.dropped) == (3, 0, 3)
        assert store.written[-3:] == bars(3, 3)


async def test_nothing_to_write_is_done_in_its_turn() -> None:
    store = Store()
    queue = BarQueue(store)
    assert queue.put([]).done.is_set()
    store.is_away = True
    async with running(queue):
        queue.put(bars(0, 1))
        empty = queue.put([])
        assert not empty.done.is_set()
        store.is_away = False
        await until(empty.done.is_set)
