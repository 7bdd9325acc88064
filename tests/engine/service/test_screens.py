"""Screens that come and go, and what they may ask for."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect, unix_connect

from tests.engine.feed.fake_massive import KEY, stays, until
from tests.engine.service.running import FAST, engine, nowhere, where_viewers_go
from tickterm.engine import service as service_module
from tickterm.engine.feed.adapters import FeedConfig
from tickterm.market.contract import Leave, Reconnect, Stream, ViewerHello, encode
from tickterm.market.snapshot import Feed, LinkPhase, Snapshot


@pytest.mark.parametrize("says_so", [True, False])
async def test_an_engine_for_screens_ends_with_the_last(
    says_so: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_module, "COME_BACK", 60.0 if says_so else 0.5)
    path = tmp_path / "engine.sock"
    running = engine("ws://127.0.0.1:1", nowhere(), for_screens=True, socket_path=path)
    async with running as service:
        screens = [await screen(path) for _ in range(2)]
        await stays(lambda: not service.task.done(), 0.7)
        for one in screens:
            if says_so:
                await one.send(encode(Leave()), text=True)
            else:
                one.transport.abort()
            await one.wait_closed()
        await asyncio.wait_for(asyncio.shield(service.task), 5)
        codes = [one.close_code for one in screens]
        assert codes == ([1000, 1001] if says_so else [1006, 1006])


async def test_an_engine_of_its_own_outlives_its_screens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_module, "COME_BACK", 0.0)
    path = tmp_path / "engine.sock"
    async with engine("ws://127.0.0.1:1", nowhere(), socket_path=path) as service:
        (await screen(path)).transport.abort()
        await stays(lambda: not service.task.done(), 0.5)


async def test_a_screen_may_have_the_link_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "engine.sock"
    patient = replace(FAST, first_retry=30.0, longest_retry=30.0)
    config = FeedConfig(Feed.LIVE, "massive", "ws://127.0.0.1:1", KEY, times=patient)
    async with engine("", nowhere(), feed=config, socket_path=path) as service:
        await until(lambda: service.look().link.phase is LinkPhase.RETRYING)
        before = service.look().link.attempt
        one = await screen(path)
        await one.send(encode(Reconnect()), text=True)
        await until(lambda: service.look().link.attempt > before)
        other = await connect(f"ws://{where_viewers_go(service)}", proxy=None)
        await other.send(encode(ViewerHello()), text=True)
        await other.send(encode(Reconnect()), text=True)
        while b"read_only" not in await other.recv(decode=False):
            pass
        for connection in (one, other):
            connection.transport.abort()
            await connection.wait_closed()


async def screen(path: Path) -> ClientConnection:
    """Return a screen that is attached through the socket."""
    await until(path.is_socket)
    connection = await unix_connect(str(path), compression=None, max_queue=None)
    await connection.send(encode(ViewerHello(stream=Stream.ROWS)), text=True)
    while b'"type":"status"' not in await connection.recv(decode=False):
        pass
    return connection


async def test_what_the_engine_does_itself_counts_as_lag(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes while it works waits for it, whatever it works at."""
    monkeypatch.setattr("tickterm.engine.statistics.WARM_UP", 0.0)

    def work(_snapshot: Snapshot) -> None:
        until = time.monotonic() + 0.3
        while time.monotonic() < until:
            pass

    async with engine("ws://127.0.0.1:1", nowhere()) as running:
        monkeypatch.setattr(running.broadcaster, "show", work)
        await until(lambda: (running.look().performance.loop_lag.minute.max or 0) >= 0.3)
