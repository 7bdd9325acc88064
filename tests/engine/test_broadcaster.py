"""Viewers of every kind: quick, slow, stuck, foreign and hostile."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import time
from collections.abc import AsyncIterator

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.ports import free_port
from tests.waiting import until
from tickterm.engine import broadcaster as module
from tickterm.engine.batch import Batch
from tickterm.engine.broadcaster import Broadcaster


@contextlib.asynccontextmanager
async def running(token: str = "", port: int | None = None) -> AsyncIterator[Broadcaster]:
    broadcaster = Broadcaster("127.0.0.1", free_port() if port is None else port, token)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(broadcaster.run())
        try:
            await until(lambda: broadcaster.view().reason != "starting")
            yield broadcaster
        finally:
            task.cancel()


async def viewer(broadcaster: Broadcaster, **options: object) -> ClientConnection:
    before = broadcaster.view().viewers
    url = f"ws://{broadcaster.view().where}"
    connection = await connect(url, compression=None, proxy=None, **options)  # type: ignore[arg-type]
    await until(lambda: broadcaster.view().viewers == before + 1)
    return connection


def batch(**ticks: int) -> Batch:
    payloads = [json.dumps({"ticker": s, "n": n}).encode() for s, n in ticks.items()]
    return Batch(list(ticks), payloads, time.monotonic())


async def test_every_viewer_gets_every_batch_as_one_array() -> None:
    async with running() as broadcaster:
        viewers = [await viewer(broadcaster) for _ in range(3)]
        broadcaster.offer(batch(A=1, B=2))
        broadcaster.offer(batch(A=3))
        for one in viewers:
            assert json.loads(await one.recv()) == [
                {"ticker": "A", "n": 1},
                {"ticker": "B", "n": 2},
            ]
            assert json.loads(await one.recv()) == [{"ticker": "A", "n": 3}]
            await one.close()
        await until(lambda: broadcaster.view().viewers == 0)


@pytest.mark.parametrize(
    ("headers", "host", "status"),
    [
        ({}, None, 101),
        ({"Origin": "http://127.0.0.1:{port}"}, None, 101),
        ({"Origin": "http://localhost:{port}"}, "localhost:{port}", 101),
        ({"Origin": "http://evil.example"}, None, 403),
        ({"Origin": "http://127.0.0.1:{port}.evil.example"}, None, 403),
        ({"Origin": "http://127.0.0.1:1"}, None, 403),
        ({"Origin": "null"}, None, 403),
        ({"Origin": ""}, None, 403),
        ({}, "evil.example:{port}", 403),
        ({"Origin": "http://evil.example:{port}"}, "evil.example:{port}", 403),
        ({}, "127.0.0.1", 403),
    ],
)
async def test_only_our_own_origin_and_host_get_in(
    headers: dict[str, str], host: str | None, status: int
) -> None:
    async with running() as broadcaster:
        port = broadcaster.view().where.rpartition(":")[2]
        lines = ["GET / HTTP/1.1", f"Host: {(host or '127.0.0.1:{port}').format(port=port)}"]
        lines += ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"]
        lines += ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
        lines += [f"{name}: {value.format(port=port)}" for name, value in headers.items()]
        reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
        writer.write("\r\n".join([*lines, "", ""]).encode())
        answer = await reader.readline()
        assert f" {status} " in answer.decode()
        assert broadcaster.view().turned_away == (status == 403)
        writer.close()


async def test_a_token_is_asked_for_and_compared() -> None:
    async with running(token="s3cret") as broadcaster:
        for wrong in ({}, {"Authorization": "Bearer nope"}, {"Authorization": "s3cret"}):
            with pytest.raises(InvalidStatus, match="401"):
                await viewer(broadcaster, additional_headers=wrong)
        right = {"Authorization": "Bearer s3cret"}
        await (await viewer(broadcaster, additional_headers=right)).close()


async def test_a_slow_viewer_gets_the_newest_of_each_symbol(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "SLOW_ABOVE", 20_000)
    async with running() as broadcaster:
        slow = await viewer(broadcaster, max_queue=1)
        quick = await viewer(broadcaster, max_queue=None)
        slow.transport.pause_reading()
        sent = 0
        while broadcaster.view().conflated < 500:
            sent += 1
            broadcaster.offer(batch(**{f"S{n}": sent for n in range(100)}))
            await asyncio.sleep(0)
        slow.transport.resume_reading()
        newest: dict[str, int] = {}
        got = 0
        async with asyncio.timeout(10):
            while len(newest) < 100 or set(newest.values()) != {sent}:
                for tick in json.loads(await slow.recv()):
                    assert newest.get(tick["ticker"], 0) < tick["n"]
                    newest[tick["ticker"]] = tick["n"]
                    got += 1
        assert got + broadcaster.view().conflated == 100 * sent
        for number in range(1, sent + 1):
            assert json.loads(await quick.recv())[0]["n"] == number
        await slow.close()
        await quick.close()


async def test_a_stuck_viewer_is_cut_off_and_the_others_notice_nothing() -> None:
    async with running() as broadcaster:
        port = int(broadcaster.view().where.rpartition(":")[2])
        stuck = _stuck_viewer(port)
        await until(lambda: broadcaster.view().viewers == 1)
        good = await viewer(broadcaster)
        began = time.monotonic()
        payload = "x" * 50_000
        got = 0
        async with asyncio.timeout(15):
            while broadcaster.view().viewers == 2:
                broadcaster.offer(Batch(["A"], [json.dumps(payload).encode()], began))
                assert json.loads(await good.recv()) == [payload]
                got += 1
                await asyncio.sleep(0.002)
        assert time.monotonic() - began < 5.5
        assert broadcaster.view().cut == 1
        assert good.state.name == "OPEN"
        stuck.close()
        await good.close()


def _stuck_viewer(port: int) -> socket.socket:
    """Shake hands, then never read again."""
    stuck = socket.create_connection(("127.0.0.1", port))
    stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    lines = ["GET / HTTP/1.1", f"Host: 127.0.0.1:{port}", "Upgrade: websocket"]
    lines += ["Connection: Upgrade", "Sec-WebSocket-Version: 13"]
    lines += ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "", ""]
    stuck.sendall("\r\n".join(lines).encode())
    return stuck


async def test_a_viewer_that_talks_too_much_is_closed() -> None:
    async with running() as broadcaster:
        loud = await viewer(broadcaster)
        with contextlib.suppress(ConnectionClosed):
            await loud.send("x" * 5000)
            await loud.recv()
        assert loud.close_code == 1009
        await until(lambda: broadcaster.view().viewers == 0)


async def test_a_viewer_that_floods_us_with_pings_is_cut_off() -> None:
    """Control frames count against no queue: parsing them would stall everybody else."""
    async with running() as broadcaster:
        port = int(broadcaster.view().where.rpartition(":")[2])
        loud = _stuck_viewer(port)
        await until(lambda: broadcaster.view().viewers == 1)
        ping = bytes([0x89, 0x80, 0, 0, 0, 0])
        with contextlib.suppress(OSError):
            await asyncio.to_thread(loud.sendall, ping * 100_000)
        await until(lambda: broadcaster.view().viewers == 0)
        loud.close()


async def test_bound_to_every_address_any_of_ours_will_do_and_names_will_not() -> None:
    broadcaster = Broadcaster("0.0.0.0", free_port(), "token")
    port = broadcaster.view().where.rpartition(":")[2]
    for host in ("127.0.0.2", "10.1.2.3", "localhost", "[fe80::1]"):
        assert broadcaster._is_ours(f"{host}:{port}")
    for host in ("evil.example", "10.1.2.3.evil.example", ""):
        assert not broadcaster._is_ours(f"{host}:{port}")


async def test_there_is_an_end_to_how_many_come_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_VIEWERS", 2)
    async with running() as broadcaster:
        admitted = [await viewer(broadcaster) for _ in range(2)]
        with pytest.raises(InvalidStatus, match="503"):
            await connect(f"ws://{broadcaster.view().where}", proxy=None)
        for one in admitted:
            await one.close()


async def test_a_port_in_use_is_said_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PORT_RETRY", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with running(port=port) as broadcaster:
            assert "in use" in broadcaster.view().reason
            broadcaster.offer(batch(A=1))
            taken.close()
            await until(lambda: broadcaster.view().listening)


async def test_the_end_says_goodbye_and_does_not_wait_for_the_stuck() -> None:
    async with running() as broadcaster:
        port = int(broadcaster.view().where.rpartition(":")[2])
        stuck = _stuck_viewer(port)
        await until(lambda: broadcaster.view().viewers == 1)
        good = await viewer(broadcaster)
        for _ in range(100):
            broadcaster.offer(Batch(["A"], [b"1" * 50_000], 0.0))
        began = time.monotonic()
    assert time.monotonic() - began < 2.0
    async for _ in good:
        pass
    assert good.close_code == 1001
    stuck.close()
