"""One process: what it says of its share, and that it leaves nothing behind."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.redis_server import redis_server
from tests.waiting import until
from tickterm.analytics.assessment import Share
from tickterm.analytics.service import AnalyticsOptions, AnalyticsService
from tickterm.market.redis_events import HEARTBEAT_KEY, HealthStatus
from tickterm.market.timeframe import Timeframe

LEASE = "tickterm:analytics:tickterm:ticks:lease"
MEMBERS = "tickterm:analytics:tickterm:members"


@asynccontextmanager
async def serving(redis_url: str, tmp_path: Path) -> AsyncIterator[AnalyticsService]:
    bars = f"sqlite:///{tmp_path / 'bars.db'}"
    options = AnalyticsOptions(redis_url, bars, (Timeframe.M1,), (), stream="ticks")
    service = AnalyticsService(options)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(service.run())
        try:
            yield service
        finally:
            service.stop()


def share(service: AnalyticsService) -> Share:
    return service._reporter.share


async def test_without_redis_it_is_not_idle(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving("redis://:s3cret@127.0.0.1:1/0", tmp_path) as service:
        await until(lambda: share(service).status is HealthStatus.DEGRADED)
        said = "redis is not to be had at 127.0.0.1:1: cannot be reached: connection refused"
        assert share(service).reason == said
    assert said in caplog.messages
    assert "s3cret" not in caplog.text


async def test_with_a_wrong_password_it_says_so(tmp_path: Path) -> None:
    with redis_server("--protected-mode", "no") as server:
        server.command("ACL", "SETUSER", "analyst", "on", ">right", "~*", "&*", "+@all")
        url = server.url.replace("redis://", "redis://analyst:wrong@")
        async with serving(url, tmp_path) as service:
            await until(lambda: share(service).status is HealthStatus.DEGRADED)
            assert "refuses the user or the password" in share(service).reason


async def test_after_a_kill_it_waits_for_the_lease(tmp_path: Path) -> None:
    with redis_server() as server:
        server.command("ZADD", MEMBERS, str(time.time()), "killed")
        server.command("SET", LEASE, "killed", "PX", "10000")
        async with serving(server.url, tmp_path) as service:
            await until(lambda: share(service).reason != Share().reason)
            waits = "waiting for the lease of an earlier run to run out"
            assert share(service) == ((), HealthStatus.STARTING, waits)


async def test_a_standby_is_idle_once_the_other_is_seen_to_live(tmp_path: Path) -> None:
    with redis_server() as server:
        server.command("SET", LEASE, "other")
        async with serving(server.url, tmp_path) as service:
            async with asyncio.timeout(15):
                while share(service).status is not HealthStatus.HEALTHY:
                    server.command("ZADD", MEMBERS, str(time.time()), "other")
                    await asyncio.sleep(0.1)
            assert share(service).reason == "idle: other processes have all partitions"


@pytest.mark.parametrize("others", [0, 1])
async def test_the_last_one_takes_the_sign_of_life_away(others: int, tmp_path: Path) -> None:
    with redis_server() as server:
        if others:
            server.command("ZADD", MEMBERS, str(time.time() + 60), "other")
        server.command("SET", HEARTBEAT_KEY, "1")
        async with serving(server.url, tmp_path) as service:
            await until(lambda: share(service).held == (0,))
            assert share(service).status is HealthStatus.HEALTHY
        assert (server.command("GET", HEARTBEAT_KEY) is None) == (others == 0)
        assert server.command("GET", LEASE) is None
