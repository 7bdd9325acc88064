"""The end: everybody is told when to come again, and nobody holds it up."""

from __future__ import annotations

import asyncio
import contextlib
import time
from pathlib import Path

import pytest
from websockets.asyncio.client import unix_connect

from tests.engine.viewers.gateway import Gateway, gateway, request
from tests.waiting import until
from tickterm.engine.viewers.broadcaster import Broadcaster
from tickterm.market.contract import Goodbye, Status


async def test_everybody_is_told_when_to_come_again(tmp_path: Path) -> None:
    path = tmp_path / "engine.sock"
    async with gateway(path=path) as engine:
        peers = [await engine.join() for _ in range(8)] + [await engine.join(path=path)]
        for peer in peers:
            peer.connection.recv_messages.high = None  # hear the end, whatever comes before
    for peer in peers:
        with contextlib.suppress(Exception):
            while True:
                await peer.hear()
        assert peer.connection.close_code == 1001
        assert len(peer.all_of(Goodbye)) == 1
    waits = [peer.all_of(Goodbye)[0].retry_after for peer in peers]
    assert all(0 <= wait <= 5 for wait in waits)
    assert len(set(waits)) == len(waits)


async def test_the_stuck_hold_up_nothing(tmp_path: Path) -> None:
    """Nor do those in the middle of a handshake or of their greeting."""
    path = tmp_path / "engine.sock"
    async with gateway(path=path) as engine:
        good = await engine.join()
        for _ in range(5):
            engine.deaf()
        mute = await engine.dial()
        local = await unix_connect(str(path), compression=None)
        half, writer = await asyncio.open_connection("127.0.0.1", engine.port)
        writer.write(request(engine.port)[:50])
        await until(lambda: engine.viewers == 8)
        for _ in range(20):
            engine.market.rounds(300)
            await good.hear_up_to(engine.market.last)
        before = time.monotonic()
    assert time.monotonic() - before < 3
    assert await half.read() == b""
    writer.close()
    assert await good.end() == 1001
    assert engine.viewers == 0
    assert engine.broadcaster._places._taken == 0
    assert not engine.broadcaster._connections
    for connection in (mute, local):
        connection.transport.abort()
        await connection.wait_closed()
    assert len(asyncio.all_tasks()) == 1


async def test_it_can_run_again() -> None:
    """A defect in a part of it makes the supervisor start it anew."""
    async with gateway() as engine:
        peer = await engine.join()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(engine.broadcaster.run())
        await until(lambda: engine.broadcaster.view().listening)
        engine.market.rounds(20)
        again = await engine.resume(peer)
        await again.hear_a(Status)
        assert again.ledger.got == list(range(1, 21))
        task.cancel()
        await asyncio.wait([task])
        await engine.hang_up()


async def test_a_defect_in_a_conversation_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with gateway() as engine:
        good = await engine.join()
        monkeypatch.setattr("tickterm.engine.viewers.dialogue.from_viewer", lambda data: 1 / 0)
        bad = await engine.dial()
        await bad.send("{}")
        await bad.wait_closed()
        assert bad.close_code == 1011
        await until(lambda: engine.viewers == 1)
        engine.market.rounds(10)
        await good.hear_up_to(10)
    assert "ZeroDivisionError" in caplog.text


async def test_nothing_is_written_after_the_end() -> None:
    async with gateway() as engine:
        await engine.join()
    engine.market.rounds(10)
    engine.market.look()
    assert engine.viewers == 0
    assert isinstance(engine, Gateway)
    assert isinstance(engine.broadcaster, Broadcaster)
