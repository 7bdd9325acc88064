"""Alerts on their way to Redis: each once, or counted."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

import pytest

from tests.ports import free_port
from tests.redis_server import redis_server, subscriber
from tests.waiting import until
from tickterm.engine.alerts import road as alert_road
from tickterm.engine.alerts.road import AlertRoad
from tickterm.engine.redis.outbox import MAX_AGE, MOST_WAITING
from tickterm.market.alerts import AlertKind
from tickterm.market.redis_events import ALERTS, AlertFired


def alert(number: int) -> AlertFired:
    return AlertFired("replay", number, 1, "A > 1", "A", AlertKind.ABOVE, f"A {number}", 2.0)


@contextlib.asynccontextmanager
async def running(road: AlertRoad) -> AsyncIterator[None]:
    task = asyncio.create_task(road.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_each_arrives_once_in_its_order() -> None:
    with redis_server() as redis, subscriber(redis.port, (ALERTS,)) as channel:
        road = AlertRoad(redis.url)
        async with running(road):
            for number in range(250):
                road.put(alert(number))
            await road.drain(10)
            road.put(alert(250))
            await road.drain(10)
            assert await asyncio.to_thread(channel.wait_for, 251)
    messages = [json.loads(message) for message in channel.messages[ALERTS]]
    assert [message["timestamp"] for message in messages] == list(range(251))
    assert messages[0]["condition"] == "A > 1"
    assert road.unpublished == 0


async def test_what_fires_while_redis_is_away_arrives_when_it_is_there(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(alert_road, "TRY_AGAIN", 0.02)
    with redis_server() as redis:
        redis.kill()
        road = AlertRoad(redis.url)
        async with running(road):
            road.put(alert(1))
            await until(lambda: "do not reach redis: connection refused" in caplog.text)
            redis.start()
            await road.drain(10)
        assert road.unpublished == 0
    assert caplog.text.count("connection refused") == 1


async def test_what_is_too_old_or_too_much_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alert_road, "TRY_AGAIN", 0.01)
    now = 0.0
    road = AlertRoad(f"redis://127.0.0.1:{free_port()}", clock=lambda: now)
    for number in range(MOST_WAITING + 3):
        road.put(alert(number))
    assert road.unpublished == 3
    async with running(road):
        now = MAX_AGE + 1
        await until(lambda: road.unpublished == MOST_WAITING + 3)


async def test_what_was_refused_is_counted_and_said_once(caplog: pytest.LogCaptureFixture) -> None:
    with redis_server() as redis:
        redis.command("ACL", "SETUSER", "default", "resetchannels")
        road = AlertRoad(redis.url)
        async with running(road):
            for number in range(3):
                road.put(alert(number))
                await road.drain(10)
    assert road.unpublished == 3
    assert caplog.text.count("NOPERM") == 1


async def test_nobody_waits_for_ever_for_a_redis_that_is_not_there() -> None:
    road = AlertRoad(f"redis://127.0.0.1:{free_port()}")
    async with running(road):
        road.put(alert(1))
        await asyncio.wait_for(road.drain(0.05), 20)
    assert road.unpublished == 1


async def test_without_alerts_nobody_connects() -> None:
    road = AlertRoad("no URL at all")
    async with running(road):
        await road.drain(0.05)
