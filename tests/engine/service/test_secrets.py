"""The key, which may be in no line of the log."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from tests.engine.feed.fake_massive import KEY, FakeMassive, Peer, until
from tests.engine.service.running import FAST, engine, nowhere
from tickterm.engine.feed.adapters import FeedConfig
from tickterm.engine.notices import NoticeBoard
from tickterm.market.snapshot import Feed, LinkPhase


async def test_the_key_appears_in_no_line(caplog: pytest.LogCaptureFixture) -> None:
    async def gossips(peer: Peer) -> None:
        await peer.say("connected", f"hello {KEY}")
        await peer.command()
        await peer.say("auth_success", KEY)
        await peer.send({"ev": KEY}, {"ev": "A", "sym": KEY}, KEY)
        await peer.close(1008, KEY)

    caplog.set_level(logging.DEBUG)
    logging.getLogger("tests").setLevel(logging.CRITICAL)
    board = NoticeBoard()
    slow = replace(FAST, first_retry=30.0, longest_retry=30.0)
    async with FakeMassive(gossips) as feed:
        config = FeedConfig(Feed.LIVE, "massive", feed.url, KEY, times=slow)
        async with engine("", nowhere(), feed=config, notices=board) as running:
            await until(lambda: running.look().link.phase is LinkPhase.RETRYING)
            assert KEY not in repr(running.look())
    assert caplog.records
    assert KEY not in caplog.text
