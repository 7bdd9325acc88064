"""Links that are lost: at every stage, in every way, again and again."""

from __future__ import annotations

import asyncio
import itertools
import time
from dataclasses import replace
from typing import Any

import pytest

from tests.engine.feed.client.linked import (
    FAST,
    LATE,
    STAGES,
    at_once,
    during_auth,
    linked,
    then_end,
    with_data,
)
from tests.engine.feed.fake_massive import (
    KEY,
    Command,
    FakeMassive,
    Peer,
    Script,
    bar,
    raw_server,
    serve_faithfully,
    sign_in,
    stays,
    until,
)
from tickterm.market.link_rules import LinkTimes
from tickterm.market.snapshot import LinkPhase

CODES = (1000, 1001, 1008, 1011, None, "abort")


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("stage", STAGES)
async def test_every_loss_is_followed_by_a_whole_new_sign_in(stage: Script, code: Any) -> None:
    async with (
        FakeMassive(then_end(stage, code), serve_faithfully) as feed,
        linked(feed.url) as link,
    ):
        await until(lambda: len(feed.peers) == 2 and link.view.acknowledged == 2)
        assert feed.peer.commands == [
            Command("auth", KEY),
            Command("subscribe", "A.AAPL,A.BRK.B"),
        ]
        was_up = stage not in (at_once, during_auth)
        assert (link.view.connections, link.view.losses) == (1 + was_up, was_up)
        assert link.volumes[:1] == [77 if stage is with_data else 1]


@pytest.mark.parametrize(
    ("code", "words"),
    [(1000, "1000 so it goes"), (1011, "1011 so it goes"), (None, "1005"), ("abort", "without")],
)
async def test_the_reason_of_a_loss_is_told(code: Any, words: str) -> None:
    async with (
        FakeMassive(then_end(with_data, code)) as feed,
        linked(feed.url, times=LATE) as link,
    ):
        await until(lambda: link.view.phase is LinkPhase.RETRYING)
        assert words in link.view.reason
        assert link.view.retry_at is not None
        link.client.reconnect()
        await until(lambda: len(feed.peers) == 2)


async def test_a_close_that_was_announced_is_told_in_the_servers_words() -> None:
    async def slow_consumer(peer: Peer) -> None:
        await with_data(peer)
        await peer.say("slow_consumer", "you read too slowly")
        peer.drop()

    async with FakeMassive(slow_consumer) as feed, linked(feed.url, times=LATE) as link:
        await until(lambda: link.view.phase is LinkPhase.RETRYING)
        assert link.view.reason == "closed by the server, slow_consumer: you read too slowly"


async def test_ten_kills_mid_stream_lose_nothing_that_was_received() -> None:
    numbers = itertools.count(1)
    sent: list[int] = []

    async def stream(peer: Peer) -> None:
        await sign_in(peer)
        await peer.acknowledge(await peer.command())
        while True:
            sent.append(next(numbers))
            await peer.send(bar("AAPL", sent[-1]))
            await asyncio.sleep(0.001)

    async with FakeMassive(stream) as feed, linked(feed.url) as link:
        for kill in range(1, 11):
            before = len(link.ticks)
            await until(lambda b=before: len(link.ticks) > b + 5)  # type: ignore[misc]  # default
            feed.peer.drop()
            await link.up(kill + 1)
            assert link.view.losses == kill
        await until(lambda: link.view.acknowledged == 2)
        assert all(peer.subscribed() == ["A.AAPL", "A.BRK.B"] for peer in feed.peers)
        assert len(feed.peers) == 11
        assert link.volumes == sorted(set(link.volumes))
        assert set(link.volumes) <= set(sent)


@pytest.mark.parametrize("stage", STAGES)
async def test_a_server_that_drops_everybody_is_not_hammered(stage: Script) -> None:
    """Thirty seconds of the real times, a hundred times as fast."""
    real = LinkTimes()
    scaled = replace(
        FAST,
        first_retry=real.first_retry / 100,
        longest_retry=real.longest_retry / 100,
        earned_after=real.earned_after / 100,
    )
    async with FakeMassive(then_end(stage, "abort")) as feed, linked(feed.url, times=scaled):
        await until(lambda: feed.peers)
        await stays(lambda: len(feed.peers) <= 8, 0.3)
        await until(lambda: len(feed.peers) >= 3)


async def test_nobody_there_is_tried_again() -> None:
    async with raw_server(lambda *_: asyncio.sleep(0)) as gone:
        url = gone.url
    async with linked(url) as link:
        await until(lambda: link.view.attempt >= 4)
        assert link.view.reason.startswith(f"no connection to {url.removeprefix('ws://')}: ")


async def test_an_outage_begins_with_the_loss_whatever_attempts_follow() -> None:
    async def hang_up(peer: Peer) -> None:
        peer.drop()

    scripts = [serve_faithfully, hang_up, hang_up, hang_up, serve_faithfully]
    async with FakeMassive(*scripts) as feed, linked(feed.url) as link:
        await link.up()
        up_since = link.view.since
        feed.peer.drop()
        seen: set[tuple[LinkPhase, int, float]] = set()

        def is_back() -> bool:
            view = link.view
            if view.phase is not LinkPhase.UP:
                seen.add((view.phase, view.attempt, view.since))
            return view.connections == 2

        await until(is_back)
        outages = {since for _, _, since in seen if since > up_since}
        assert max(attempt for _, attempt, _ in seen) >= 3
        assert len({since for _, _, since in seen}) == len(outages) == 1
        assert outages.pop() <= feed.dials[1]
        assert link.view.since >= feed.dials[-1]


async def test_before_it_was_ever_up_it_is_down_since_the_first_attempt() -> None:
    async def hang_up(peer: Peer) -> None:
        peer.drop()

    async with FakeMassive(hang_up) as feed, linked(feed.url) as link:
        await until(lambda: link.view.attempt == 1)
        first = link.view.since
        assert first <= time.monotonic()
        await until(lambda: link.view.attempt >= 4)
        assert link.view.since == first
