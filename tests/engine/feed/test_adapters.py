"""One client for every feed: what differs between a real one and one on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from tests.engine.feed.fake_massive import (
    KEY,
    FakeMassive,
    Peer,
    acknowledge_forever,
    bar,
    sign_in,
    stays,
    until,
)
from tickterm.engine.feed.adapters import FeedConfig, LocalFeed, RealTimeDataAdapter
from tickterm.errors import RecordingError, TickTermError
from tickterm.market.link_rules import LinkTimes
from tickterm.market.protocol import Received
from tickterm.market.snapshot import Feed, LinkPhase
from tickterm.market.ticks import TickData

FAST = LinkTimes(first_retry=0.01, longest_retry=0.02, ping_every=0.05, dead_after=0.1)


class Local:
    """A feed on this machine that sends `frames` frames and then ends."""

    def __init__(self, frames: int) -> None:
        self.error: TickTermError | None = None
        self.server = FakeMassive(self._play)
        self.frames = frames
        self.sent = 0
        self.stopped = False

    @property
    def url(self) -> str:
        return self.server.url

    async def _play(self, peer: Peer) -> None:
        await sign_in(peer)
        await peer.acknowledge(await peer.command())
        while self.sent < self.frames:
            self.sent += 1
            await peer.send(bar("AAPL", self.sent) | {"pad": "x" * 5_000})
        await peer.say("end_of_recording", "The recording has ended.")

    @asynccontextmanager
    async def start(self) -> AsyncIterator[LocalFeed]:
        try:
            async with self.server:
                yield self
        finally:
            self.stopped = True


async def never() -> None:
    pytest.fail("this feed does not wait like that")


@asynccontextmanager
async def running(adapter: RealTimeDataAdapter) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(adapter.run(("AAPL",)))
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert len(asyncio.all_tasks()) == 1


async def test_a_local_feed_is_read_at_our_pace_to_its_end() -> None:
    room = asyncio.Event()
    ticks: list[TickData] = []

    async def wait_for_room() -> None:
        await room.wait()

    local = Local(2_000)
    config = FeedConfig(Feed.REPLAY, "replay", local=local.start, times=FAST)
    adapter = RealTimeDataAdapter(
        config, lambda r, _: ticks.extend(r.ticks), breathe=never, room=wait_for_room
    )
    assert adapter.view().phase is LinkPhase.WAITING_FOR_UNIVERSE
    assert adapter.view().feed is Feed.REPLAY
    async with running(adapter) as task:
        await until(lambda: adapter.view().phase is LinkPhase.UP)
        await stays(lambda: len(ticks) <= 1, 3 * FAST.dead_after)
        assert local.sent < local.frames
        room.set()
        await asyncio.wait_for(asyncio.shield(task), 10)
    assert [tick.volume for tick in ticks] == list(range(1, 2_001))
    assert {tick.source for tick in ticks} == {"replay"}
    assert adapter.view().phase is LinkPhase.ENDED
    assert local.stopped


async def test_a_local_feed_that_cannot_go_on_says_why() -> None:
    local = Local(3)
    local.error = RecordingError("line 4 is no frame")
    config = FeedConfig(Feed.REPLAY, "replay", local=local.start, times=FAST)
    ticks: list[TickData] = []
    adapter = RealTimeDataAdapter(
        config, lambda r, _: ticks.extend(r.ticks), breathe=never, room=_no_wait
    )
    with pytest.raises(RecordingError, match="line 4"):
        await adapter.run(("AAPL",))
    assert len(ticks) == 3


async def _no_wait() -> None:
    await asyncio.sleep(0)


async def test_a_local_feed_stops_with_its_reader_and_never_sees_the_key() -> None:
    local = Local(10**9)
    config = FeedConfig(Feed.SIMULATED, "simulated", "", KEY, local.start, FAST)
    received: list[Received] = []

    adapter = RealTimeDataAdapter(
        config, lambda r, _: received.append(r), breathe=never, room=_no_wait
    )
    async with running(adapter):
        await until(lambda: len(received) > 100)
        assert KEY not in repr(local.server.peers)
    assert local.stopped


async def test_the_real_feed_never_waits_for_room() -> None:
    async def stream(peer: Peer) -> None:
        await sign_in(peer)
        await peer.acknowledge(await peer.command())
        await peer.send(*(bar("AAPL", i + 1) for i in range(100)))
        await acknowledge_forever(peer)

    breaths = 0

    async def breathe() -> None:
        nonlocal breaths
        breaths += 1

    ticks: list[TickData] = []
    async with FakeMassive(stream) as feed:
        config = FeedConfig(Feed.LIVE, "massive", feed.url, KEY, times=FAST)
        adapter = RealTimeDataAdapter(
            config, lambda r, _: ticks.extend(r.ticks), breathe=breathe, room=never
        )
        adapter.reconnect()
        async with running(adapter):
            await until(lambda: len(ticks) == 100)
            assert feed.peer.commands[0].params == KEY
            adapter.reconnect()
            await until(lambda: len(feed.peers) == 2 and len(ticks) == 200)
            assert adapter.view().losses == 1
            assert breaths >= 2


def test_the_key_is_not_in_the_configs_repr() -> None:
    assert KEY not in repr(FeedConfig(Feed.LIVE, "massive", "wss://feed.example", KEY))
