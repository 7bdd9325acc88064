"""How long the link waits before it dials again, and what earns the first delay back."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from tests.engine.feed.client.linked import FAST, LATE, after_subscribe, linked, then_end
from tests.engine.feed.fake_massive import FakeMassive, Peer, Script, bar, serve_faithfully, until
from tickterm.market.snapshot import LinkPhase


def last_gap(feed: FakeMassive) -> float:
    ended = feed.peers[-2].ended
    assert ended is not None
    return feed.dials[-1] - ended


SLOWING = replace(FAST, first_retry=0.05, longest_retry=60.0, earned_after=0.1)


def lives(seconds: float, *, data: bool) -> Script:
    async def script(peer: Peer) -> None:
        await after_subscribe(peer)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            await asyncio.sleep(0.01)
            if data:
                await peer.send(bar())
        peer.drop()

    return script


@pytest.mark.parametrize("data", [True, False])
async def test_only_data_earns_the_first_delay_back(data: bool) -> None:
    dropping = then_end(after_subscribe, "abort")
    scripts = (*[dropping] * 4, lives(0.2, data=data), serve_faithfully)
    async with FakeMassive(*scripts) as feed, linked(feed.url, times=SLOWING) as link:
        await until(lambda: len(feed.peers) == 6)
        await link.up(6)
        if data:
            assert last_gap(feed) < 0.6
        else:
            assert last_gap(feed) >= 0.8


async def test_asking_for_a_reconnect_does_not_wait_and_costs_no_patience() -> None:
    async with FakeMassive() as feed, linked(feed.url, times=SLOWING) as link:
        for connections in range(1, 8):
            await link.up(connections)
            link.client.reconnect()
        await link.up(8)
        feed.peer.drop()
        await link.up(9)
        assert last_gap(feed) < 2


async def test_a_reconnect_asked_for_while_dialling_does_not_outlive_the_dial() -> None:
    async with FakeMassive() as feed, linked(feed.url, times=LATE) as link:
        await asyncio.sleep(0)
        assert (link.view.phase, link.view.attempt) == (LinkPhase.CONNECTING, 1)
        link.client.reconnect()
        await link.up()
        feed.peer.drop()
        await until(lambda: link.view.phase is LinkPhase.RETRYING)
        assert link.view.retry_at is not None
        assert link.view.retry_at - time.monotonic() > 10
