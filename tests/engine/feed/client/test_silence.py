"""Feeds that are dead, deaf or mute, and feeds that only seem so."""

from __future__ import annotations

import asyncio
import itertools
import time
from dataclasses import replace

from tests.engine.feed.client.linked import FAST, LATE, after_subscribe, linked, with_data
from tests.engine.feed.fake_massive import (
    FakeMassive,
    Peer,
    acknowledge_forever,
    bar,
    serve_faithfully,
    sign_in,
    stays,
    until,
)
from tickterm.market.snapshot import LinkPhase


async def test_a_half_open_connection_is_noticed() -> None:
    silent: list[float] = []

    async def freeze(peer: Peer) -> None:
        await with_data(peer)
        silent.append(time.monotonic())
        peer.stop_reading()
        await peer.gone()

    times = replace(FAST, mute_after=30.0)
    async with FakeMassive(freeze, serve_faithfully) as feed, linked(feed.url, times=times) as link:
        await link.up(2)
        assert feed.dials[1] - silent[0] > FAST.dead_after * 0.9
        assert link.view.losses == 1


async def test_a_peer_that_only_talks_is_alive() -> None:
    """It reads nothing and answers no ping, but every frame of it is a sign of life."""

    async def talk(peer: Peer) -> None:
        await with_data(peer)
        peer.stop_reading()
        while True:
            await peer.send(bar())
            await asyncio.sleep(0.02)

    async with FakeMassive(talk) as feed, linked(feed.url) as link:
        await link.up()
        await stays(lambda: len(feed.peers) == 1, 4 * FAST.dead_after)
        assert link.view.losses == 0


async def test_a_sparse_feed_that_answers_pings_is_alive() -> None:
    times = replace(FAST, mute_after=30.0)
    async with FakeMassive() as feed, linked(feed.url, times=times) as link:
        await link.up()
        await stays(lambda: len(feed.peers) == 1, 4 * FAST.dead_after)


async def test_a_peer_that_takes_no_commands_is_given_up() -> None:
    async def deaf(peer: Peer) -> None:
        await sign_in(peer)
        peer.stop_reading()
        while True:
            await peer.send(bar())
            await asyncio.sleep(0.02)

    many = tuple(f"{'S' * 6}{i:06d}.{'X' * 6}.{'Y' * 6}" for i in range(300_000))
    async with FakeMassive(deaf) as feed, linked(feed.url, many, LATE) as link:
        await until(lambda: link.view.phase is LinkPhase.RETRYING, 30)
        assert link.view.reason == "the feed server takes no commands"
        assert len(feed.peers) == 1


async def test_an_open_but_mute_link_is_noticed_and_then_given_more_time() -> None:
    async def mute(peer: Peer) -> None:
        await after_subscribe(peer)
        if len(feed.peers) == 1:
            for number in range(30):
                await peer.send(bar("AAPL", number + 1))
                await asyncio.sleep(0.002)
        await acknowledge_forever(peer)

    times = replace(FAST, mute_after=0.2)
    async with FakeMassive(mute) as feed, linked(feed.url, times=times) as link:
        await until(lambda: len(feed.peers) == 4, 10)
        lives_of = [peer.ended - peer.dialled for peer in feed.peers[:3] if peer.ended is not None]
        assert 0.2 < lives_of[0] < 5
        assert lives_of[1] > 0.4
        assert lives_of[2] > 0.8
        assert link.view.losses == 3


async def test_what_is_mute_from_the_start_is_tried_anew_ever_more_rarely() -> None:
    """It acknowledges and answers pings, but sends no data: a fault, or a closed market."""
    times = replace(FAST, mute_after=0.1)
    async with FakeMassive() as feed, linked(feed.url, times=times) as link:
        await until(lambda: len(feed.peers) == 4)
        assert link.view.losses == 3
        lives = [later - sooner for sooner, later in itertools.pairwise(feed.dials)]
        assert all(life > least for life, least in zip(lives, (0.1, 0.2, 0.4), strict=True))
