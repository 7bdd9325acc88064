"""Restarting what fails, and knowing when to stop."""

from __future__ import annotations

import asyncio
import logging

import pytest

from tickterm.engine.supervisor import FIRST_DELAY, LONGEST_DELAY, STEADY, supervise
from tickterm.errors import UniverseError


class Clock:
    """Stands in for `time` and `asyncio.sleep`: sleeping takes no time but moves the clock."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.naps: list[float] = []

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("tickterm.engine.supervisor.time.monotonic", clock.monotonic)
    monkeypatch.setattr("tickterm.engine.supervisor.asyncio.sleep", clock.sleep)
    return clock


async def test_what_returns_is_over(clock: Clock) -> None:
    runs = 0

    async def run() -> None:
        nonlocal runs
        runs += 1

    await supervise("part", run)
    assert (runs, clock.naps) == (1, [])


async def test_what_fails_starts_again_later_and_later(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    runs = 0

    async def run() -> None:
        nonlocal runs
        runs += 1
        if runs < 4:
            raise RuntimeError(f"broken {runs}")

    caplog.set_level(logging.ERROR, "tickterm.engine")
    await supervise("part", run)
    assert runs == 4
    assert clock.naps == sorted(clock.naps)
    assert clock.naps[0] >= 0.1
    assert [r.getMessage() for r in caplog.records] == [
        f"part failed and starts again in {nap:.1f} s" for nap in clock.naps
    ]
    assert all(r.exc_info for r in caplog.records)


async def test_what_fails_for_ever_is_tried_for_ever_but_seldom(clock: Clock) -> None:
    began = clock.now

    async def run() -> None:
        if clock.now - began < 86_400:
            raise RuntimeError("broken")

    await supervise("part", run)
    assert max(clock.naps) == LONGEST_DELAY
    assert len(clock.naps) < 86_400 / LONGEST_DELAY + 20


async def test_steady_work_earns_the_first_delay_back(clock: Clock) -> None:
    async def run() -> None:
        clock.now += 2 * STEADY
        if len(clock.naps) < 5:
            raise RuntimeError("broken")

    await supervise("part", run)
    assert set(clock.naps) == {FIRST_DELAY}


async def test_what_is_said_on_purpose_is_not_tried_again(clock: Clock) -> None:
    async def run() -> None:
        raise UniverseError("no universe")

    with pytest.raises(UniverseError):
        await supervise("part", run)
    assert clock.naps == []


@pytest.mark.usefixtures("clock")
async def test_a_group_of_errors_is_a_failure_too() -> None:
    runs = 0

    async def fails() -> None:
        raise RuntimeError("broken")

    async def run() -> None:
        nonlocal runs
        runs += 1
        if runs == 1:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(fails())

    await supervise("part", run)
    assert runs == 2


async def test_cancelling_ends_the_part_and_the_wait() -> None:
    started = asyncio.Event()
    cancelled = asyncio.Event()

    async def run() -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    task = asyncio.create_task(supervise("part", run))
    await started.wait()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert cancelled.is_set()

    failed = asyncio.Event()

    async def fails() -> None:
        failed.set()
        raise RuntimeError("broken")

    waiting = asyncio.create_task(supervise("part", fails))
    await failed.wait()
    waiting.cancel()
    await asyncio.wait([waiting])
    assert waiting.cancelled()
