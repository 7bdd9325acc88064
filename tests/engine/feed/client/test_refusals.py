"""Keys that the feed refuses, or that another program uses too."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any

import pytest

from tests.engine.feed.client.linked import (
    FAST,
    Link,
    after_subscribe,
    at_once,
    during_auth,
    evicts,
    linked,
    refuses,
    then_end,
)
from tests.engine.feed.fake_massive import (
    FakeMassive,
    Peer,
    Script,
    bar,
    serve_faithfully,
    sign_in,
    stays,
    until,
)
from tickterm.engine.feed.dial import key_refused
from tickterm.market.snapshot import LinkPhase


@pytest.mark.parametrize("end", ["abort", "close", "stay"])
@pytest.mark.parametrize("first", [(), (bar(), {"ev": "status", "status": "hm", "message": "?"})])
async def test_a_refused_key_is_tried_once(first: tuple[object, ...], end: str) -> None:
    async with FakeMassive(refuses(first=first, end=end)) as feed, linked(feed.url) as link:
        await link.refused()
        assert link.view.reason == key_refused("")
        await until(lambda: feed.open == 0)
        await stays(lambda: len(feed.peers) == 1, 0.2)
        link.client.reconnect()
        await until(lambda: len(feed.peers) == 2)
        await link.refused()
        await stays(lambda: len(feed.peers) == 2, 0.2)
        assert (link.view.connections, link.view.losses) == (0, 0)


async def test_a_key_that_works_again_after_a_reconnect() -> None:
    async with FakeMassive(refuses(), serve_faithfully) as feed, linked(feed.url) as link:
        await link.refused()
        link.client.reconnect()
        await link.up()
        assert link.view.reason == ""


def assert_no_two_within(link: Link, seconds: float) -> None:
    gaps = [b - a for a, b in itertools.pairwise(link.dials)]
    assert len(gaps) > 1
    assert all(gap > seconds - 0.01 for gap in gaps), gaps  # timers are rounded


async def test_evictions_are_answered_once_a_minute_and_three_times_at_most() -> None:
    async with FakeMassive(evicts) as feed, linked(feed.url) as link:
        await until(lambda: link.view.phase is LinkPhase.RETRYING)
        assert "another program uses this key" in link.view.reason
        for _ in range(5):
            link.client.reconnect()
        await link.refused()
        assert "another program uses this key" in link.view.reason
        assert "Maximum number of websocket connections exceeded." in link.view.reason
        assert len(feed.peers) == 3
        for _ in range(5):
            link.client.reconnect()
        await until(lambda: len(feed.peers) == 5)
        assert_no_two_within(link, FAST.capped_retry)
        await link.refused()
        await stays(lambda: len(feed.peers) == 6, 2 * FAST.capped_retry)


@pytest.mark.parametrize("stage", [at_once, during_auth, sign_in])
@pytest.mark.parametrize("code", [1008, "abort"])
async def test_an_eviction_is_heard_wherever_it_comes(stage: Script, code: Any) -> None:
    """Also right behind the greeting or the sign-in, closed before our answer can be sent."""

    async def capped_early(peer: Peer) -> None:
        if stage is at_once:
            await peer.say("connected", "Connected Successfully")
        await stage(peer)
        await peer.say("max_connections", "Maximum number of connections exceeded.")

    async with FakeMassive(then_end(capped_early, code)) as feed, linked(feed.url) as link:
        await link.refused()
        assert len(feed.peers) == 3
        assert_no_two_within(link, FAST.capped_retry)


async def test_a_reconnect_on_a_link_that_was_evicted_keeps_the_minute() -> None:
    async with FakeMassive(evicts, serve_faithfully) as feed, linked(feed.url) as link:
        await link.up(2)
        link.client.reconnect()
        await link.up(3)
        assert_no_two_within(link, FAST.capped_retry)


async def test_a_minute_of_data_forgives_evictions() -> None:
    async def data_then_evicted(peer: Peer) -> None:
        await lives_with_data(peer)
        await peer.say("max_connections", "Maximum number of websocket connections exceeded. ")
        await peer.close(1008)

    async def lives_with_data(peer: Peer) -> None:
        await after_subscribe(peer)
        for _ in range(30):
            await peer.send(bar())
            await asyncio.sleep(0.01)

    async with FakeMassive(evicts, evicts, data_then_evicted) as feed, linked(feed.url) as link:
        await until(lambda: len(feed.peers) == 5)
        assert link.view.phase is not LinkPhase.REFUSED
