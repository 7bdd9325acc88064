"""What a lost link means for bars and patterns: from the socket to the rules."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.engine.feed.fake_massive import (
    KEY,
    FakeMassive,
    Peer,
    Script,
    acknowledge_forever,
    bar,
    serve_faithfully,
    sign_in,
    until,
)
from tests.engine.service.running import engine, nowhere, second
from tickterm.engine.feed.adapters import FeedConfig
from tickterm.engine.feed.client import MassiveWebSocketClient
from tickterm.engine.patterns import road as event_road
from tickterm.engine.patterns.watch import PatternWatch
from tickterm.market.bars import Bar
from tickterm.market.event_clock import LEAP_NOTES
from tickterm.market.link_rules import LinkTimes
from tickterm.market.snapshot import Feed, LinkPhase

FAST = LinkTimes(
    handshake=1.0,
    first_retry=0.01,
    longest_retry=0.02,
    ping_every=0.05,
    dead_after=0.5,
    mute_after=0.4,
)


class Witness:
    """Notes what it is told of the link."""

    def __init__(self) -> None:
        self.told: list[tuple[str, float]] = []
        self.alive_at: list[float] = []
        """Since the link came up."""

    def alive(self, at: float) -> None:
        self.alive_at.append(at)

    def link_lost(self, since: float) -> None:
        self.told.append(("lost", since))

    def link_up(self, now: float) -> None:
        self.told.append(("up", now))
        self.alive_at.clear()

    @property
    def words(self) -> list[str]:
        return [word for word, _ in self.told]


async def watched(
    script: Script, after: Script, done: Callable[[Witness], bool], **more: Any
) -> Witness:
    """Run a client against `script`, then `after`, until `done`."""
    witness = Witness()
    async with FakeMassive(script, after) as feed:
        client = MassiveWebSocketClient(
            *(feed.url, KEY, Feed.LIVE, "massive", lambda *_: None),
            times=FAST,
            listener=witness,
            **more,
        )
        client.want(["AAPL"])
        task = asyncio.create_task(client.run())
        try:
            await until(lambda: done(witness) or client.view().phase is LinkPhase.ENDED)
        finally:
            task.cancel()
            await asyncio.wait([task])
    return witness


def came_back(witness: Witness) -> bool:
    return witness.words.count("up") == 2


async def test_a_lost_link_was_lost_with_the_last_ticks() -> None:
    async def script(peer: Peer) -> None:
        await sign_in(peer)
        await peer.acknowledge(await peer.command())
        await peer.send(bar())
        peer.drop()

    began = time.monotonic()
    witness = await watched(script, serve_faithfully, came_back)
    assert witness.words[0] == "up"
    assert set(witness.words[1:-1]) == {"lost"}
    (since,) = {at for word, at in witness.told if word == "lost"}
    assert began < since < witness.told[-1][1]


async def test_a_link_that_is_open_and_mute_was_lost_with_the_last_ticks() -> None:
    """Pongs are signs of life, not ticks."""

    async def script(peer: Peer) -> None:
        await sign_in(peer)
        await peer.acknowledge(await peer.command())
        for _ in range(30):
            await peer.send(bar())
        await acknowledge_forever(peer)

    witness = await watched(script, serve_faithfully, came_back)
    (since, *_) = (at for word, at in witness.told if word == "lost")
    assert since < witness.told[-1][1] - FAST.mute_after


async def test_a_feed_that_has_ended_lost_nothing() -> None:
    async def script(peer: Peer) -> None:
        await sign_in(peer)
        await peer.acknowledge(await peer.command())
        await peer.send(bar())
        await peer.say("end_of_recording", "The recording has ended.")
        await acknowledge_forever(peer)

    witness = await watched(script, script, lambda _: False)
    assert witness.words == ["up"]
    *frames, last = witness.alive_at
    assert len(frames) >= 2, "the answer to the subscription, and the end"
    assert frames == sorted(frames)
    assert last == math.inf


async def test_a_feed_that_waits_for_us_need_give_no_sign_of_life() -> None:
    """It would be silent also while we are slow."""
    witness = await watched(
        serve_faithfully, serve_faithfully, lambda seen: "up" in seen.words, patient=True
    )
    assert witness.alive_at[0] == math.inf


async def test_an_answer_is_a_sign_of_life_up_to_when_it_was_asked_for() -> None:
    asked, pong = asyncio.Event(), asyncio.get_running_loop().create_future()

    class Slow:
        async def ping(self) -> Awaitable[float]:
            asked.set()
            return pong

    witness = Witness()
    client = MassiveWebSocketClient(
        "ws://127.0.0.1:1", KEY, Feed.LIVE, "massive", lambda *_: None, listener=witness
    )
    began = time.monotonic()
    probe = asyncio.create_task(client._probe(Slow()))  # type: ignore[arg-type]  # all of it that is used
    await asked.wait()
    answered = time.monotonic()
    pong.set_result(0.0)
    await probe
    [at] = witness.alive_at
    assert began < at < answered


async def test_no_link_yet_is_none_lost() -> None:
    async def refuses(peer: Peer) -> None:
        peer.drop()

    witness = await watched(refuses, serve_faithfully, lambda seen: "up" in seen.words)
    assert witness.words == ["up"]


@pytest.mark.parametrize("answers", [True, False])
async def test_a_minute_is_whole_if_the_feed_was_there_until_its_end(
    answers: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ticks end within the grace; the link dies then or has nothing more to say."""
    bars: list[Bar] = []

    def take(_: PatternWatch, closed: Sequence[Bar], _whole_from: int = 0) -> None:
        bars.extend(closed)

    async def script(peer: Peer) -> None:
        await sign_in(peer)
        await peer.acknowledge(await peer.command())
        for number in [-1.0] * LEAP_NOTES + [0.0] * LEAP_NOTES + [62.5] * LEAP_NOTES:
            await peer.send(second(number))
        if not answers:
            peer.stop_reading()
        await peer.gone()

    monkeypatch.setattr(PatternWatch, "take", take)
    times = replace(FAST, dead_after=1.5, mute_after=30.0)
    config = FeedConfig(Feed.LIVE, "massive", "", KEY, times=times)
    async with (
        FakeMassive(script) as feed,
        engine(feed.url, nowhere(), feed=replace(config, url=feed.url)) as running,
    ):
        await until(lambda: len(bars) == 2)
        assert [bar.complete for bar in bars] == [False, answers]
        assert bool(running.service._look().link.losses) == (not answers)


FLAT: dict[str, Any] = {"o": 78.1, "c": 78.1, "h": 78.1, "l": 78.1}
HIGH: dict[str, Any] = {"o": 90.0, "c": 90.0, "h": 90.0, "l": 90.0}
DOJI: dict[str, Any] = {"o": 90.0, "c": 90.0, "h": 90.5, "l": 89.5}


async def test_prices_are_not_compared_across_a_time_without_the_link(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The symbol has no tick, and so no bar, in the minute in which the link was down."""
    monkeypatch.setattr(event_road, "HEAD_START", 0.0)
    go = asyncio.Event()

    async def before(peer: Peer) -> None:
        await sign_in(peer)
        await peer.acknowledge(await peer.command())
        await go.wait()
        for number in [-1.0] * LEAP_NOTES + [0.0, 30.0, 59.0]:
            await peer.send(second(number, **FLAT), second(number, "X"))
        for number in [71.0] * LEAP_NOTES:
            await peer.send(second(number, "X"))
        peer.drop()

    async def after(peer: Peer) -> None:
        await sign_in(peer)
        await peer.acknowledge(await peer.command())
        for number, prices in ((100.0, None), (125.0, HIGH), (150.0, HIGH), (185.0, DOJI)):
            ticks = [second(number, "X")] + ([second(number, **prices)] if prices else [])
            await peer.send(*ticks)
        for _ in range(LEAP_NOTES):
            await peer.send(second(250.0, "X"))
        await acknowledge_forever(peer)

    async with FakeMassive(before, after) as feed, engine(feed.url, nowhere()) as running:
        await until(lambda: running.look().detection.fallback)
        go.set()
        await until(lambda: "Doji" in {event.pattern for event in running.look().patterns})
        assert [event.pattern for event in running.look().patterns] == ["Doji"]
        assert await running.stop() < 3
