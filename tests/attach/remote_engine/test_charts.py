"""The chart that a screen asks for."""

from __future__ import annotations

import asyncio
import time

import pytest
from websockets.asyncio.server import ServerConnection

from tests.attach.fake_broadcaster import FakeBroadcaster, always, greet, reset, running, say
from tests.attach.messages import candles
from tests.waiting import until
from tickterm.attach import remote_engine as module
from tickterm.attach.remote_engine import RemoteEngine
from tickterm.market.contract import ChartOf, Leave
from tickterm.market.timeframe import Timeframe


def charts_asked_for(broadcaster: FakeBroadcaster) -> list[ChartOf]:
    return [message for message in broadcaster.heard if isinstance(message, ChartOf)]


async def test_a_chart_is_asked_for_and_again_after_every_loss() -> None:
    wish = ChartOf("A", Timeframe.M5)

    async def answers(connection: ServerConnection) -> None:
        number = len(broadcaster.connections)
        await greet(connection)
        await say(connection, candles("B", 1))
        await until(lambda: charts_asked_for(broadcaster) == [wish] * number)
        await say(connection, candles("A", number, timeframe=Timeframe.M5))
        await connection.wait_closed()

    broadcaster = FakeBroadcaster(answers)

    def shown() -> list[int]:
        chart = engine.snapshot().chart
        return [] if chart is None else [candle.start for candle in chart.candles]

    async with broadcaster.at_port() as address:
        engine = RemoteEngine(always(address))
        engine.watch_chart("A", Timeframe.M5)  # nobody is attached yet
        with running(engine) as run:
            await until(lambda: shown() == [1])
            reset(broadcaster.connections[0])
            await until(lambda: shown() == [2])
            reset(broadcaster.connections[1])
            await until(lambda: shown() == [3])
            engine.watch_chart(None, Timeframe.M5)
            assert engine.snapshot().chart is None
            await until(lambda: charts_asked_for(broadcaster)[3:] == [ChartOf(None)])
    assert run.error is None


async def test_a_screen_without_a_chart_asks_for_none() -> None:
    broadcaster = FakeBroadcaster()
    async with broadcaster.at_port() as address:
        with running(RemoteEngine(always(address), owner=True)) as run:
            await until(lambda: run.connected)
            run.engine.watch_chart(None, Timeframe.H1)
            run.engine.stop()
            await until(lambda: Leave() in broadcaster.heard)
            await broadcaster.connections[0].close()
    assert charts_asked_for(broadcaster) == []


async def test_a_key_that_is_held_down_is_not_too_loud() -> None:
    """The engine hears a few of the charts in between, and the last one for sure."""
    broadcaster = FakeBroadcaster()
    async with broadcaster.at_port() as address:
        with running(RemoteEngine(always(address))) as run:
            await until(lambda: run.connected)
            began = time.monotonic()
            for number in range(200):
                run.engine.watch_chart(f"S{number}", Timeframe.M1)
                await asyncio.sleep(0.003)  # as a key repeats
            last = ChartOf("S199", Timeframe.M1)
            await until(lambda: last in broadcaster.heard)
            took = time.monotonic() - began
            assert len(charts_asked_for(broadcaster)) <= took / module.CHART_EVERY + 2
    assert module.CHART_EVERY >= 0.2


async def test_a_chart_that_was_ended_and_wanted_again_is_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In between its candles were forgotten, though the engine never heard of the end."""
    monkeypatch.setattr(module, "CHART_EVERY", 0.3)
    broadcaster = FakeBroadcaster()
    async with broadcaster.at_port() as address:
        with running(RemoteEngine(always(address))) as run:
            await until(lambda: run.connected)
            run.engine.watch_chart("A", Timeframe.M1)
            await until(lambda: charts_asked_for(broadcaster) == [ChartOf("A")])
            run.engine.watch_chart(None, Timeframe.M1)
            run.engine.watch_chart("A", Timeframe.M1)
            await until(lambda: len(charts_asked_for(broadcaster)) == 2)
            assert charts_asked_for(broadcaster) == [ChartOf("A"), ChartOf("A")]
