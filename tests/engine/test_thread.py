"""The engine on its own thread, as a screen drives it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

import pytest

from tickterm.access import Access
from tickterm.engine.feed.adapters import FeedConfig
from tickterm.engine.notices import NoticeBoard
from tickterm.engine.patterns.watch import PatternWatch
from tickterm.engine.redis.forwarder import RedisForwarder
from tickterm.engine.redis.mailbox import Mailbox
from tickterm.engine.service import MarketDataService
from tickterm.engine.thread import Engine, run_loop
from tickterm.engine.viewers.broadcaster import Broadcaster
from tickterm.market.snapshot import Feed, LinkPhase, Snapshot
from tickterm.market.universe import Universe


async def watched() -> Universe:
    return Universe("test:one", ("AAPL",))


def build() -> MarketDataService:
    return MarketDataService(
        FeedConfig(Feed.LIVE, "massive", "ws://127.0.0.1:1", "k"),
        watched,
        RedisForwarder("redis://127.0.0.1:1/0", Mailbox()),
        Broadcaster(Access("127.0.0.1", 0)),
        PatternWatch("redis://127.0.0.1:1/0"),
        NoticeBoard(),
    )


def eventually(condition: Callable[[], object], timeout: float = 5.0) -> None:
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.005)


class Running:
    """`Engine.run` on a thread, and what it raised."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            self.engine.run()
        except BaseException as error:  # noqa: BLE001 - handed to the test's thread
            self.error = error

    def start(self) -> Running:
        self._thread.start()
        return self

    def join(self) -> None:
        self._thread.join(5)
        assert not self._thread.is_alive()


def test_it_runs_and_stops_from_another_thread() -> None:
    engine = Engine(build)
    assert engine.snapshot() == Snapshot()
    running = Running(engine).start()
    eventually(lambda: engine.snapshot().link.phase is LinkPhase.RETRYING)
    first = engine.snapshot()
    eventually(lambda: engine.snapshot().now > first.now)
    attempt = engine.snapshot().link.attempt
    engine.reconnect()
    eventually(lambda: engine.snapshot().link.attempt > attempt)
    asked = time.monotonic()
    engine.stop()
    running.join()
    assert time.monotonic() - asked < 3
    assert running.error is None
    assert engine.snapshot().universe.name == "test:one"


def test_stopped_before_it_runs_it_ends_at_once() -> None:
    engine = Engine(build)
    engine.stop()
    engine.reconnect()
    asked = time.monotonic()
    engine.run()
    assert time.monotonic() - asked < 3


def test_stopped_while_it_starts() -> None:
    """From inside the start, and from threads that race with it."""
    engine: Engine

    def build_and_stop() -> MarketDataService:
        engine.stop()
        return build()

    engine = Engine(build_and_stop)
    engine.run()

    for _ in range(10):
        engine = Engine(build)
        running = Running(engine).start()
        stoppers = [threading.Thread(target=engine.stop) for _ in range(3)]
        for stopper in stoppers:
            stopper.start()
        running.join()
        for stopper in stoppers:
            stopper.join()
        assert running.error is None


def test_verbs_after_the_end_do_nothing() -> None:
    engine = Engine(build)
    engine.stop()
    engine.run()
    engine.stop()
    engine.reconnect()
    assert engine.snapshot().universe == engine.snapshot().universe


def test_it_may_be_looked_at_from_many_threads_all_the_while() -> None:
    engine = Engine(build)
    over = threading.Event()
    errors: list[BaseException] = []

    def look() -> None:
        last = 0.0
        try:
            while not over.is_set():
                snapshot = engine.snapshot()
                assert snapshot.now >= last
                last = snapshot.now
                engine.reconnect()
        except BaseException as error:  # noqa: BLE001 - handed to the test's thread
            errors.append(error)

    lookers = [threading.Thread(target=look) for _ in range(3)]
    for looker in lookers:
        looker.start()
    running = Running(engine).start()
    eventually(lambda: engine.snapshot().link.attempt > 3)
    engine.stop()
    running.join()
    over.set()
    for looker in lookers:
        looker.join()
    assert not errors
    assert running.error is None


def test_what_cannot_be_built_is_raised_by_run() -> None:
    def fails() -> MarketDataService:
        raise ValueError("cannot be built")

    engine = Engine(fails)
    with pytest.raises(ValueError, match="cannot be built"):
        engine.run()
    engine.stop()
    assert engine.snapshot() == Snapshot()


def test_the_loop_is_the_fast_one() -> None:
    pytest.importorskip("uvloop", reason="uvloop is not for this platform")
    names: list[str] = []

    async def main() -> None:
        names.append(type(asyncio.get_running_loop()).__module__)

    run_loop(main())
    assert names == ["uvloop"]
