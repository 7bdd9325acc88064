"""A link that is cancelled, whatever the feed does just then."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

import pytest

from tests.engine.feed.client.linked import at_once, evicts, linked, refuses, with_data
from tests.engine.feed.fake_massive import (
    FakeMassive,
    Peer,
    Script,
    raw_server,
    serve_faithfully,
    until,
)


async def silence(peer: Peer) -> None:
    await peer.gone()


async def greets_only(peer: Peer) -> None:
    await peer.say("connected", "Connected Successfully")
    await peer.gone()


async def frozen(peer: Peer) -> None:
    await with_data(peer)
    peer.stop_reading()
    await peer.gone()


@pytest.mark.parametrize(
    "script", [silence, greets_only, serve_faithfully, frozen, at_once, evicts, refuses()]
)
async def test_cancelled_at_any_moment_it_leaves_nothing(script: Script) -> None:
    before = asyncio.all_tasks()
    async with FakeMassive(script) as feed:
        server_tasks = asyncio.all_tasks() - before
        for moment in range(12):
            async with linked(feed.url) as link:
                await until(lambda: feed.peers)
                for _ in range(moment * 3):
                    await asyncio.sleep(0)
                if moment > 8:
                    await asyncio.sleep(0.02 * (moment - 8))
                assert link.task is not None
                asked = time.monotonic()
                link.task.cancel()
                with suppress(asyncio.CancelledError):
                    await link.task
                assert time.monotonic() - asked < 5
            for peer in feed.peers:
                peer.read_again()
            await until(lambda: feed.open == 0)
        await until(lambda: asyncio.all_tasks() <= before | server_tasks)


async def test_cancelled_while_the_server_says_nothing_at_all() -> None:
    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        await reader.read()

    async with raw_server(mute) as server:
        async with linked(server.url):
            await until(lambda: server.open == 1)
        await until(lambda: server.open == 0)
