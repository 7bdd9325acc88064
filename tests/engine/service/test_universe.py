"""A universe that is missing, and one that never comes."""

from __future__ import annotations

import asyncio

import pytest

from tests.engine.feed.fake_massive import FakeMassive, until
from tests.engine.service.running import build, engine, nowhere, sends, watched
from tickterm.engine import service as service_module
from tickterm.errors import UniverseError
from tickterm.market.snapshot import LinkPhase
from tickterm.market.universe import Universe


async def test_attended_a_missing_universe_is_shown_and_tried_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(service_module, "UNIVERSE_RETRY", 0.15)
    attempts = 0

    async def appears_late() -> Universe:
        nonlocal attempts
        attempts += 1
        if attempts < 4:
            raise UniverseError("no universe test:two: import one")
        return await watched()

    async with FakeMassive(sends(10)) as feed, engine(feed.url, nowhere(), appears_late) as running:
        await until(lambda: running.look().universe.error)
        assert running.look().universe.error == "no universe test:two: import one"
        assert running.look().link.phase is LinkPhase.WAITING_FOR_UNIVERSE
        assert not feed.peers
        await until(lambda: running.look().counts.ticks == 10)
        assert running.look().universe.error == ""
        assert running.look().universe.size == 2
    assert sum("no universe" in r.getMessage() for r in caplog.records) == 1


async def test_unattended_a_missing_universe_is_the_end() -> None:
    async def missing() -> Universe:
        raise UniverseError("no universe test:two: import one")

    service, _, _ = build("ws://127.0.0.1:1", nowhere(), missing, attended=False)
    with pytest.raises(ExceptionGroup) as caught:
        await asyncio.wait_for(service.run(), 5)
    assert caught.value.subgroup(UniverseError) is not None
    assert len(asyncio.all_tasks()) == 1


async def test_stopped_while_it_waits_for_a_universe() -> None:
    async def never() -> Universe:
        await asyncio.Event().wait()
        raise AssertionError

    async with engine("ws://127.0.0.1:1", nowhere(), never) as running:
        await until(lambda: running.look().viewers.listening)
        assert await running.stop() < 3
