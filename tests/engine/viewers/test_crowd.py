"""A thousand viewers at the same moment, and an engine that was away for a while."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.engine.viewers.gateway import Gateway, frame, gateway, request
from tests.waiting import until
from tickterm.engine.viewers.attendance import PAUSE
from tickterm.engine.viewers.places import Places
from tickterm.engine.viewers.viewer import SILENT_AFTER, STUCK_AFTER
from tickterm.market.contract import ViewerHello, encode

CROWD = 1_000
STATUS = b'{"type":"status"'
"""It ends a greeting."""


async def test_a_thousand_at_once_are_greeted() -> None:
    """In five seconds on a machine that is not busy with other tests: the figure is printed."""
    if Places().most < CROWD:
        pytest.skip("this system lets a process open too few files")
    symbols = tuple(f"SYMBOL{number}" for number in range(100))
    async with gateway(symbols=symbols, beats=True) as engine:
        good = await engine.join()
        engine.market.ticks(*symbols)
        turns: list[float] = []
        async with asyncio.TaskGroup() as tasks:
            measuring = tasks.create_task(measure(turns))
            began = time.monotonic()
            greeted = await asyncio.gather(*(greeting(engine) for _ in range(CROWD)))
            took = time.monotonic() - began
            measuring.cancel()
        print(f"{CROWD} greeted in {took:.1f} s, at most {max(turns):.3f} s at a time")
        assert took < 30
        engine.market.ticks(*symbols)
        await good.hear_up_to(200)
        await until(lambda: engine.broadcaster._hub.ticks.last == 200)
        assert engine.viewers == CROWD + 1
        for writer in greeted:
            writer.transport.abort()
        await until(lambda: engine.viewers == 1)


async def measure(turns: list[float]) -> None:
    """Note how much of the processor each turn of the loop takes."""
    while True:
        before = time.thread_time()
        await asyncio.sleep(0)
        turns.append(time.thread_time() - before)


async def greeting(engine: Gateway) -> asyncio.StreamWriter:
    """Come, say hello, and hear it out."""
    reader, writer = await asyncio.open_connection("127.0.0.1", engine.port, limit=2**20)
    writer.write(request(engine.port) + frame(encode(ViewerHello())))
    await reader.readuntil(STATUS)
    return writer


async def test_nobody_is_cut_off_because_the_engine_slept() -> None:
    """A machine that sleeps wakes up to viewers that could neither read nor answer."""
    async with gateway() as engine:
        hub = engine.broadcaster._hub
        engine.deaf()
        await until(lambda: any(viewer.live for viewer in hub.attendance.viewers))
        engine.market.rounds(6_000)
        (viewer,) = hub.attendance.viewers
        await until(lambda: hub.attendance._tended_at > viewer._moved_at)
        assert viewer.unsent()
        for later in (PAUSE + 0.1, STUCK_AFTER + PAUSE, SILENT_AFTER + 3600):
            hub.tend(hub.attendance._tended_at + later)
            assert not engine.broadcaster.view().cut
        for _ in range(int(STUCK_AFTER / PAUSE) + 1):
            hub.tend(hub.attendance._tended_at + PAUSE)
        assert engine.broadcaster.view().cut_by == {"stuck": 1}
