"""Parts that die, and frames that break the state."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from tests.engine.feed.fake_massive import FakeMassive, until
from tests.engine.service.running import engine, nowhere, sends
from tickterm.engine.feed.adapters import RealTimeDataAdapter
from tickterm.engine.redis.forwarder import RedisForwarder
from tickterm.engine.service import MarketDataService
from tickterm.engine.viewers.broadcaster import Broadcaster


async def test_a_part_that_dies_starts_again(monkeypatch: pytest.MonkeyPatch) -> None:
    deaths: list[str] = []

    def dies_once(owner: type, name: str) -> None:
        whole: Callable[..., Coroutine[Any, Any, Any]] = getattr(owner, name)

        async def first_dies(self: object, *args: Any) -> Any:
            if owner.__name__ not in deaths:
                deaths.append(owner.__name__)
                raise RuntimeError("a defect")
            return await whole(self, *args)

        monkeypatch.setattr(owner, name, first_dies)

    dies_once(RedisForwarder, "_forward_for_ever")
    dies_once(Broadcaster, "_tend")
    dies_once(MarketDataService, "_beat")
    dies_once(RealTimeDataAdapter, "run")
    async with FakeMassive(sends(10)) as feed, engine(feed.url, nowhere()) as running:
        await until(lambda: running.look().counts.ticks == 10)
        await until(lambda: running.look().viewers.listening)
        await until(lambda: running.look().redis.reason not in ("", "connecting"))
        assert len(deaths) == 4


async def test_a_frame_that_breaks_the_state_costs_one_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken = 0
    whole = MarketDataService.handle

    def breaks_twice(self: MarketDataService, received: Any, now: float) -> None:
        nonlocal broken
        if received.ticks and broken < 2:
            broken += 1
            raise RuntimeError("a defect")
        whole(self, received, now)

    monkeypatch.setattr(MarketDataService, "handle", breaks_twice)
    async with FakeMassive(sends(10)) as feed, engine(feed.url, nowhere()) as running:
        await until(lambda: running.look().counts.ticks == 10)
        assert len(feed.peers) == 3
        assert feed.open == 1
