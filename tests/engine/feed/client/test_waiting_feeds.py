"""Feeds that wait for us, and feeds that end."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from tests.engine.feed.client.linked import FAST, after_subscribe, linked
from tests.engine.feed.fake_massive import FakeMassive, Peer, acknowledge_forever, bar, stays, until
from tickterm.market.snapshot import LinkPhase


async def test_a_feed_that_can_wait_is_read_at_our_pace_and_never_declared_dead() -> None:
    room = asyncio.Event()
    room.set()
    total = 3_000
    sent = 0

    async def pace() -> None:
        await room.wait()

    async def stream(peer: Peer) -> None:
        nonlocal sent
        await after_subscribe(peer)
        for sent in range(1, total + 1):
            await peer.send(bar("AAPL", sent) | {"pad": "x" * 5_000})
        await acknowledge_forever(peer)

    times = replace(FAST, mute_after=0.1)
    async with (
        FakeMassive(stream) as feed,
        linked(feed.url, times=times, pace=pace, patient=True) as link,
    ):
        await until(lambda: len(link.ticks) > 100)
        room.clear()
        await asyncio.sleep(0)
        seen = len(link.ticks)
        await stays(lambda: len(link.ticks) <= seen + 1, 3 * FAST.dead_after)
        assert sent < total
        room.set()
        await until(lambda: len(link.ticks) == total, 20)
        assert link.volumes == list(range(1, total + 1))
        assert (link.view.losses, len(feed.peers)) == (0, 1)


async def test_a_full_house_does_not_fail_the_sign_in() -> None:
    room = asyncio.Event()

    async def pace() -> None:
        await room.wait()

    times = replace(FAST, handshake=0.2)
    async with (
        FakeMassive() as feed,
        linked(feed.url, times=times, pace=pace, patient=True) as link,
    ):
        await link.up()
        await stays(lambda: len(feed.peers) == 1, 3 * times.handshake)
        room.set()
        await until(lambda: len(link.ticks) == 2)


async def recording(peer: Peer) -> None:
    await after_subscribe(peer)
    await peer.send(*(bar("AAPL", i + 1) for i in range(500)))
    await peer.say("end_of_recording", "The recording has ended.")


async def test_the_end_of_a_patient_feed_ends_the_link() -> None:
    async with FakeMassive(recording) as feed, linked(feed.url, patient=True) as link:
        assert link.task is not None
        await asyncio.wait_for(link.task, 5)
        assert link.view.phase is LinkPhase.ENDED
        assert link.view.reason == "The recording has ended."
        assert len(link.ticks) == 500
        assert len(feed.peers) == 1


async def test_the_end_of_a_recording_elsewhere_is_no_loss_and_can_be_seen_again() -> None:
    async with FakeMassive(recording, recording) as feed, linked(feed.url) as link:
        await until(lambda: link.view.phase is LinkPhase.ENDED)
        await stays(lambda: len(feed.peers) == 1, 3 * FAST.longest_retry)
        link.client.reconnect()
        await until(lambda: len(link.ticks) == 1000 and link.view.phase is LinkPhase.ENDED)
        assert len(feed.peers) == 2
