"""How late the screen's loop is, by a loop and a clock that a test moves."""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections.abc import Callable
from typing import cast

import pytest

from tickterm.market.snapshot import Timing
from tickterm.ui.figures.loop_lag import BEAT, WARM_UP, LoopLag


class Handle:
    cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class Loop:
    """Keeps what it is asked to call, and does it when told: in time or late."""

    def __init__(self) -> None:
        self.now = 500.0
        self.asked: list[tuple[float, Callable[[], None]]] = []
        self.handles: list[Handle] = []

    def call_later(self, delay: float, callback: Callable[[], None]) -> Handle:
        self.asked.append((self.now + delay, callback))
        self.handles.append(Handle())
        return self.handles[-1]

    def turn(self, late: float = 0.0) -> None:
        due, callback = self.asked.pop()
        self.now = due + late
        callback()


@pytest.fixture
def loop() -> Loop:
    return Loop()


@pytest.fixture
def lag(loop: Loop) -> LoopLag:
    measured = LoopLag(lambda: loop.now)
    measured.start(cast("AbstractEventLoop", loop))
    while loop.now < 500 + WARM_UP:
        loop.turn(0.9)
    return measured


def test_the_start_says_nothing(loop: Loop, lag: LoopLag) -> None:
    assert loop.now == pytest.approx(500 + WARM_UP)
    assert lag.timing().since_start.count <= 1, "the last one was due within it"


def test_it_is_measured_from_when_it_was_due(loop: Loop, lag: LoopLag) -> None:
    began = lag.timing().since_start.count
    for _ in range(98):
        loop.turn(0.001)
    loop.turn(0.7)
    loop.turn(14.0)  # a terminal that was stopped
    loop.now += 0.5
    found = lag.timing().since_start
    assert found.count == began + 100
    assert found.p50 == pytest.approx(0.001, rel=0.02)
    assert found.max == pytest.approx(14.0)


def test_a_minute_later_it_is_forgotten(loop: Loop, lag: LoopLag) -> None:
    loop.turn(2.0)
    for _ in range(700):
        loop.turn()
    assert lag.timing().minute.max == pytest.approx(0.0, abs=1e-6)
    assert lag.timing().since_start.max == pytest.approx(2.0)


def test_a_loop_that_is_early_is_in_time(loop: Loop, lag: LoopLag) -> None:
    loop.turn(-0.02)
    assert lag.timing().minute.early == 0


def test_only_one_call_waits_and_none_after_the_end(loop: Loop, lag: LoopLag) -> None:
    assert len(loop.asked) == 1
    lag.stop()
    assert loop.handles[-1].cancelled
    loop.turn()
    assert loop.asked == []


def test_nothing_is_measured_before_the_start() -> None:
    measured = LoopLag()
    measured.stop()
    assert measured.timing() == Timing()
    assert BEAT == 0.1
