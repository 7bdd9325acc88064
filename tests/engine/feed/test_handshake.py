"""Trying the key once: the verdict in words, and nothing left behind."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.engine.feed.fake_massive import (
    KEY,
    Command,
    FakeMassive,
    Peer,
    Script,
    http_answer,
    raw_server,
    serve_faithfully,
    until,
)
from tickterm.engine.feed.dial import key_refused
from tickterm.engine.feed.handshake import try_handshake


async def test_a_good_key_is_tried_without_subscribing() -> None:
    async with FakeMassive() as feed:
        assert await try_handshake(feed.url, KEY) == ""
        await until(lambda: feed.open == 0)
        assert feed.peer.commands == [Command("auth", KEY)]
    assert len(asyncio.all_tasks()) == 1


def answers(status: str, message: str, *, then_drop: bool = True) -> Script:
    async def script(peer: Peer) -> None:
        await peer.say("connected", "Connected Successfully")
        await peer.command()
        await peer.say(status, message)
        if then_drop:
            peer.drop()
        else:
            await peer.gone()

    return script


@pytest.mark.parametrize(
    ("status", "message", "verdict"),
    [
        (
            "auth_failed",
            "Your plan doesn't include websocket access.",
            key_refused("Your plan doesn't include websocket access"),
        ),
        (
            "auth_failed",
            "",
            key_refused(""),
        ),
        ("auth_failed", f"no {KEY}", key_refused("no ***")),
        ("max_connections", "Too many. ", "another program uses this key: Too many."),
        ("auth_timeout", "too late", "auth_timeout: too late"),
        ("hm", "?", "the server hung up before it answered: try again"),
    ],
)
async def test_the_verdict_is_in_words(status: str, message: str, verdict: str) -> None:
    async with FakeMassive(answers(status, message)) as feed:
        assert await try_handshake(feed.url, KEY) == verdict
        assert len(feed.peers) == 1


async def test_a_server_that_never_answers_costs_the_timeout() -> None:
    async with FakeMassive(answers("hm", "?", then_drop=False)) as feed:
        asked = time.monotonic()
        assert (await try_handshake(feed.url, KEY, 0.1)).startswith("no answer within 0.1 s")
        assert time.monotonic() - asked < 2
        await until(lambda: feed.open == 0)


async def test_whom_it_cannot_reach_is_said() -> None:
    async with raw_server(http_answer("403 Forbidden")) as server:
        assert "check MASSIVE_API_KEY" in await try_handshake(server.url, KEY)
    assert (await try_handshake(server.url, KEY)).startswith("no connection to 127.0.0.1:")


async def test_an_answer_behind_which_the_server_hangs_up_is_heard() -> None:
    async def refuses_unasked(peer: Peer) -> None:
        words = {"ev": "status", "status": "connected", "message": "Connected Successfully"}
        refusal = {"ev": "status", "status": "max_connections", "message": "Too many."}
        await peer.send(words)
        await peer.send(refusal)
        await peer.close(1008)

    async with FakeMassive(refuses_unasked) as feed:
        assert await try_handshake(feed.url, KEY) == "another program uses this key: Too many."


async def test_cancelled_it_leaves_nothing() -> None:
    for script in (serve_faithfully, answers("hm", "?", then_drop=False)):
        async with FakeMassive(script) as feed:
            task = asyncio.create_task(try_handshake(feed.url, KEY))
            await until(lambda f=feed: f.peers)  # type: ignore[misc]  # a default binds the loop's
            task.cancel()
            await asyncio.wait([task])
            await until(lambda f=feed: f.open == 0)  # type: ignore[misc]  # ditto
    assert len(asyncio.all_tasks()) == 1
