"""Signing in, subscribing, and changing what is wanted."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from tests.engine.feed.client.linked import FAST, linked
from tests.engine.feed.fake_massive import (
    KEY,
    Command,
    FakeMassive,
    Peer,
    acknowledge_forever,
    sign_in,
    until,
)
from tickterm.engine.feed.client import MassiveWebSocketClient
from tickterm.market.snapshot import Feed, LinkPhase


async def test_it_signs_in_subscribes_and_hands_over() -> None:
    async with FakeMassive() as feed, linked(feed.url) as link:
        await until(lambda: len(link.ticks) == 2 and link.view.acknowledged == 2)
        assert feed.peer.commands == [
            Command("auth", KEY),
            Command("subscribe", "A.AAPL,A.BRK.B"),
        ]
        view = link.view
        assert (view.phase, view.asked, view.refused, view.attempt) == (LinkPhase.UP, 2, 0, 0)
        assert (view.connections, view.losses, view.reason) == (1, 0, "")
        assert view.host == feed.url.removeprefix("ws://")
        assert [tick.ticker for tick in link.ticks] == ["AAPL", "BRK.B"]


async def test_many_symbols_go_in_chunks_and_the_missing_are_named(
    caplog: pytest.LogCaptureFixture,
) -> None:
    symbols = tuple(f"S{i}" for i in range(1_200))

    async def all_but_three(peer: Peer) -> None:
        await sign_in(peer)
        while True:
            action, params = await peer.command()
            tokens = [t for t in params.split(",") if t not in ("A.S3", "A.S700", "A.S1199")]
            await peer.send({"ev": "status", "status": "error", "message": "not authorized"})
            await peer.acknowledge(Command(action, ",".join(tokens)))

    caplog.set_level(logging.INFO, "tickterm.link")
    async with FakeMassive(all_but_three) as feed, linked(feed.url, symbols) as link:
        await until(lambda: "no answer for" in caplog.text)
        assert [len(c.params.split(",")) for c in feed.peer.commands[1:]] == [500, 500, 200]
        assert feed.peer.subscribed() == [f"A.{s}" for s in symbols]
        assert (link.view.asked, link.view.acknowledged, link.view.refused) == (1_200, 1_197, 3)
    assert (
        "subscribed to 1197 of 1200 symbols, 3 not authorized; no answer for S3, S700, S1199"
        in (caplog.text)
    )


async def test_a_changed_wish_sends_only_the_difference_at_once() -> None:
    times = replace(FAST, handshake=60.0)
    async with FakeMassive() as feed, linked(feed.url, ("A", "B", "C"), times) as link:
        await until(lambda: link.view.acknowledged == 3)
        link.client.want(("C", "D", "A"))
        await until(lambda: len(feed.peer.commands) == 4)
        assert feed.peer.commands[2:] == [
            Command("subscribe", "A.D"),
            Command("unsubscribe", "A.B"),
        ]
        await until(lambda: link.view.acknowledged == 3)
        link.client.want(("C", "D", "A"))
        feed.peer.drop()
        await link.up(2)
        await until(lambda: len(feed.peer.subscribed()) == 3)
        assert feed.peer.commands[1:] == [Command("subscribe", "A.C,A.D,A.A")]


async def test_a_wish_that_is_no_symbol_is_refused_and_changes_nothing() -> None:
    async with FakeMassive() as feed:
        client = MassiveWebSocketClient(feed.url, KEY, Feed.LIVE, "massive", lambda *_: None)
        with pytest.raises(ValueError, match="not a symbol"):
            client.want(("A", "B,T.*"))
    async with FakeMassive() as feed, linked(feed.url) as link:
        await link.up()
        with pytest.raises(ValueError, match="not a symbol"):
            link.client.want(("A", "B,T.*"))
        feed.peer.drop()
        await link.up(2)
        await until(lambda: feed.peer.subscribed() == ["A.AAPL", "A.BRK.B"])


async def test_pings_of_the_server_are_answered() -> None:
    answered: list[float] = []

    async def pings(peer: Peer) -> None:
        await sign_in(peer)
        answered.append(await (await peer.connection.ping(b"are you there")))
        await acknowledge_forever(peer)

    async with FakeMassive(pings) as feed, linked(feed.url):
        await until(lambda: answered)
