"""Wall clocks that jump, and gaps while the market was closed."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from datetime import datetime

import pytest

from tests.engine.feed.client.linked import FAST, linked
from tests.engine.feed.fake_massive import FakeMassive, stays, until
from tickterm.market import calendar
from tickterm.market.hours import NEW_YORK
from tickterm.market.snapshot import LinkPhase


async def test_the_wall_clock_may_jump(monkeypatch: pytest.MonkeyPatch) -> None:
    jumps = itertools.cycle((0.0, 4e9, 1.0, 1.8e9))
    monkeypatch.setattr(time, "time", lambda: next(jumps))
    monkeypatch.setattr(time, "time_ns", lambda: int(next(jumps)) * 10**9)
    times = replace(FAST, mute_after=30.0)
    async with FakeMassive() as feed, linked(feed.url, times=times) as link:
        await link.up()
        await stays(lambda: len(feed.peers) == 1, 2 * FAST.dead_after)
        feed.peer.drop()
        await link.up(2)
        assert len(feed.peers) == 2


@pytest.mark.parametrize(
    ("lost_at", "kept"), [("2026-06-02T01:00", True), ("2026-06-01T19:30", False)]
)
async def test_a_gap_counts_unless_no_market_was_open(
    monkeypatch: pytest.MonkeyPatch, lost_at: str, kept: bool
) -> None:
    def at(text: str) -> None:
        then = datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).timestamp()
        monkeypatch.setattr(time, "time", lambda: then)

    calendar.load()
    at(lost_at)
    async with FakeMassive() as feed, linked(feed.url) as link:
        await link.up()
        first = link.view.known_since
        assert first is not None
        assert first <= link.view.since < first + 10
        feed.peer.drop()
        await until(lambda: link.view.phase is not LinkPhase.UP)
        at("2026-06-02T02:00")
        await link.up(2)
        assert link.view.known_since is not None
        assert (link.view.known_since == first) is kept
