"""The viewer's side against the engine's own broadcaster."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.attach.fake_broadcaster import Running, always, running
from tests.attach.messages import TOKEN, candle, pattern
from tests.engine.viewers.fake_charts import FakeCharts
from tests.ports import free_port
from tests.waiting import until
from tickterm.access import Access
from tickterm.attach import remote_engine
from tickterm.attach.address import Address
from tickterm.attach.remote_engine import RemoteEngine
from tickterm.engine.viewers.broadcaster import Broadcaster
from tickterm.errors import UnreachableError
from tickterm.market.snapshot import LinkPhase, LinkView, Notice, RedisView, Snapshot, UniverseView
from tickterm.market.state import MarketState
from tickterm.market.ticks import TickData
from tickterm.market.timeframe import Timeframe

SYMBOLS = tuple(f"S{n}" for n in range(1_500))
NOON = 1_788_890_400_000


class Gateway:
    """An engine without a feed: a broadcaster, and a state that a test changes."""

    def __init__(self, broadcaster: Broadcaster, address: Address) -> None:
        self.broadcaster = broadcaster
        self.address = address
        self.state = MarketState(SYMBOLS)
        self.reconnects = 0
        self._lines: list[Notice] = []
        broadcaster.watch(self.state.freeze)
        broadcaster.reconnect = self._count
        self.show()

    def _count(self) -> None:
        self.reconnects += 1

    def tick(self, number: int, second: int) -> None:
        price = 10.0 + second
        tick = TickData(
            *(SYMBOLS[number], price, 5, NOON + second * 1_000, "aggregate", "massive"),
            *(price, price, price, price, 5),
        )
        self.state.apply(tick, time.monotonic())

    def show(self, line: str = "") -> Snapshot:
        """Show the viewers how things stand."""
        if line:
            self._lines.append(Notice(len(self._lines) + 1, NOON, logging.INFO, line))
        now = time.monotonic()
        snapshot = Snapshot(
            now=now,
            wall_ms=NOON,
            started=now - 60,
            rows=self.state.freeze(),
            link=LinkView(LinkPhase.UP),
            redis=RedisView(up=True),
            universe=UniverseView("many", len(SYMBOLS)),
            notices=tuple(self._lines),
        )
        self.broadcaster.show(snapshot)
        return snapshot


@contextlib.asynccontextmanager
async def gateway(
    token: str = "", socket: Path | None = None, port: int = 0
) -> AsyncIterator[Gateway]:
    port = port or free_port()
    broadcaster = Broadcaster(Access("127.0.0.1", port, token), socket)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(broadcaster.run())
        try:
            await until(lambda: broadcaster.view().listening)
            await until(lambda: socket is None or socket.exists())
            yield Gateway(broadcaster, Address(f"ws://127.0.0.1:{port}", socket))
        finally:
            task.cancel()


async def test_a_screen_has_the_engine_s_rows_tick_by_tick() -> None:
    async with gateway() as engine:
        with running(RemoteEngine(always(engine.address))) as run:
            await until(lambda: run.connected)
            assert run.engine.snapshot().rows == engine.state.freeze()
            for second in range(40):
                for number in range(0, 1_500, 1 + second % 7):
                    engine.tick(number, second)
                    if second % 5 == 0:
                        engine.tick(number, second)
                engine.show(line=f"second {second}")
                await asyncio.sleep(0)
            # A screen that was slow at the last look gets what it missed at the next.
            await until(lambda: run.engine.snapshot().rows == engine.show().rows)
            shown = engine.show(line="the end")
            await until(lambda: run.engine.snapshot().notices[-1].text == "the end")
            snapshot = run.engine.snapshot()
            assert snapshot.link == shown.link
            assert snapshot.universe == shown.universe
            assert snapshot.attachment.behind < 0.5


async def test_an_engine_that_restarts_is_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    late = replace(remote_engine._TIMES, first_retry=2.0, longest_retry=2.0)
    monkeypatch.setattr(remote_engine, "_TIMES", late)  # the goodbye stands for a while
    port = free_port()
    with running(RemoteEngine(always(Address(f"ws://127.0.0.1:{port}")))) as run:
        for _ in range(2):
            async with gateway(port=port):
                await until(lambda: run.connected)
                await until(lambda: len(run.engine.snapshot().rows) == len(SYMBOLS))
            await until(lambda: run.reason.startswith("it said goodbye: tickterm stops"))
            assert not run.connected


async def test_the_token_and_what_it_lets_one_do() -> None:
    async with gateway(TOKEN) as engine:
        with running(RemoteEngine(always(engine.address), token="wrong")) as run:
            await until(lambda: run.ended)
            assert isinstance(run.error, UnreachableError)
        with running(RemoteEngine(always(engine.address), token=TOKEN, control=True)) as run:
            await until(lambda: run.connected)
            assert run.engine.snapshot().attachment.control
            run.engine.reconnect()
            await until(lambda: engine.reconnects == 1)
    async with gateway() as engine:
        with running(RemoteEngine(always(engine.address), control=True)) as run:
            await until(lambda: run.connected)
            assert not run.engine.snapshot().attachment.control


async def test_a_screen_on_the_socket_owns_the_engine(tmp_path: Path) -> None:
    async with gateway(TOKEN, tmp_path / "t.sock") as engine:
        assert not engine.broadcaster.is_deserted(60)
        with running(RemoteEngine(always(engine.address), control=True, owner=True)) as run:
            await until(lambda: run.connected)
            assert run.engine.snapshot().attachment.control
            run.engine.stop()
            await until(lambda: engine.broadcaster.is_deserted(60))
            await until(lambda: run.ended)


async def test_a_screen_s_chart_has_the_events_of_its_symbol() -> None:
    port = free_port()
    with running(RemoteEngine(always(Address(f"ws://127.0.0.1:{port}")))) as run:
        run.engine.watch_chart("S1", Timeframe.M5)
        await has_events(run, port, *range(40, 540))
        await until(lambda: not run.connected)
        await has_events(run, port, 1, 2, 3)  # another engine, whose numbers begin anew


async def has_events(run: Running, port: int, *kept: int) -> None:
    """Have an engine with these events, then with one more, and wait until the screen has them."""

    def shown() -> list[int]:
        engine.show()
        chart = run.engine.snapshot().chart
        return [] if chart is None else [event.number for event in chart.events]

    async with gateway(port=port) as engine:
        source = FakeCharts()
        engine.broadcaster.serve_charts(source)
        source.charts["S1"] = (candle(1),)
        source.patterns["S1"] = tuple(pattern(number, "S1") for number in kept)
        run.engine.reconnect()
        await until(lambda: shown() == [*kept])
        source.patterns["S1"] += (pattern(1_000, "S1"),)
        await until(lambda: shown() == [*kept, 1_000][-500:])
