"""How many may come in, in all, from one address, and when files run short."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import sys
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus

from tests.engine.viewers.gateway import gateway
from tests.waiting import until
from tickterm.engine.viewers import places as module
from tickterm.engine.viewers.places import RESERVED_FILES, Places
from tickterm.files import file_limit
from tickterm.market.contract import ViewerHello, encode

ROOT = Path(__file__).resolve().parents[3]
FOREIGN = st.sampled_from(["192.0.2.1", "192.0.2.2", "2001:db8::1"])
OURS = st.sampled_from(["", "127.0.0.1", "::1", "127.9.9.9"])


@given(st.lists(st.tuples(st.booleans(), FOREIGN | OURS), max_size=80))
def test_places_are_counted_right(steps: list[tuple[bool, str]]) -> None:
    places = Places(most=12, per_address=3)
    taken: list[str] = []
    for takes, address in steps:
        if takes:
            refusal = places.take(address)
            foreign = address not in ("", "127.0.0.1", "::1", "127.9.9.9")
            if len(taken) >= (9 if address else 12):
                assert refusal == "too many"
            elif foreign and taken.count(address) == 3:
                assert refusal == "too many from there"
            else:
                assert not refusal
                taken.append(address)
        elif address in taken:
            taken.remove(address)
            places.give_back(address)
    assert places._taken == len(taken)
    for address in taken:
        places.give_back(address)
    assert not places._from


@pytest.mark.parametrize(
    ("soft", "hard", "after"),
    [
        (128, 128, 128),
        (256, 4096, 4096),
        (256, 10**6, 8192),
        (10**6, 10**6, 10**6),
        (256, resource.RLIM_INFINITY, 8192),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, 8192),
    ],
)
def test_the_limit_of_files(
    soft: int, hard: int, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = [(soft, hard)]
    monkeypatch.setattr(resource, "getrlimit", lambda which: limits[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda which, pair: limits.append(pair))
    assert file_limit() == after
    assert limits[-1][1] == hard
    assert Places(most=2000).most == min(2000, after - RESERVED_FILES)


async def test_so_many_from_one_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "is_loopback", lambda address: False)
    async with gateway() as engine:
        peers = [await engine.join() for _ in range(20)]
        for _ in range(3):
            with pytest.raises(InvalidStatus, match="503"):
                await engine.dial()
        assert engine.broadcaster.view().turned_away_by == {"too many from there": 3}
        peers.pop().drop()
        await until(lambda: engine.viewers == 19)
        await engine.join()


async def test_no_crowd_keeps_screens_out(tmp_path: Path) -> None:
    path = tmp_path / "engine.sock"
    async with gateway(path=path) as engine:
        engine.broadcaster._places.most = 40
        for _ in range(8):
            await engine.join()
        with pytest.raises(InvalidStatus, match="503"):
            await engine.dial()
        screen = await engine.join(path=path)
        engine.market.rounds(10)
        await screen.hear_up_to(10)


async def test_a_refusal_is_http_that_says_why() -> None:
    async with gateway() as engine:
        engine.broadcaster._places.most = 0
        reader, writer = await asyncio.open_connection("127.0.0.1", engine.port)
        writer.write(b"GET / HTTP/1.1\r\n")
        answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 503 ")
        head, _, body = answer.partition(b"\r\n\r\n")
        assert b"Content-Length: %d" % len(body) in head
        assert body == b"too many viewers\n"
        writer.close()
        assert engine.broadcaster._places._taken == engine.broadcaster._places.refused == 0


# -- when files run short -------------------------------------------------------------------------


class Crowded:
    """An engine in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def look(self) -> dict[str, Any]:
        """Return what it says of itself, newer than anything that was done before."""
        assert self._process.stdout is not None
        line = b""
        for _ in range(3):
            line = await self._process.stdout.readline()
            with contextlib.suppress(TimeoutError):
                while True:
                    async with asyncio.timeout(0.002):
                        line = await self._process.stdout.readline()
        told: dict[str, Any] = json.loads(line)
        return told

    async def until(self, key: str, value: int) -> dict[str, Any]:
        async with asyncio.timeout(10):
            while (told := await self.look())[key] != value:
                pass
        return told


@contextlib.asynccontextmanager
async def crowded(loop: str, files: int) -> AsyncIterator[Crowded]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.engine.viewers.crowded_engine", loop, str(files)),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        engine = Crowded(process)
        await engine.until("listening", True)
        yield engine
    finally:
        process.kill()
        await process.communicate()  # to its end, or the pipe stays open


async def attempt(where: str) -> ClientConnection | str:
    """Return a connection, or how it was refused."""
    try:
        return await connect(f"ws://{where}", compression=None, proxy=None, max_queue=None)
    except InvalidStatus as refused:
        return str(refused.response.status_code)
    except (OSError, InvalidMessage, ConnectionClosed):
        return "cut"


@pytest.mark.asyncio(loop_factories=["uvloop"])
async def test_files_are_kept_for_the_engine_itself() -> None:
    """On the engine's own loop; asyncio's takes a hundred connections before it asks anybody."""
    async with crowded("uvloop", 128) as engine:
        told = await engine.look()
        where, most = told["where"], told["most"] - 16
        assert most == 48, "a quarter is for screens"
        for _ in range(2):
            attempts = await asyncio.gather(*(attempt(where) for _ in range(300)))
            admitted = [a for a in attempts if isinstance(a, ClientConnection)]
            assert len(admitted) == most
            refused = Counter(a for a in attempts if isinstance(a, str))
            print(refused)
            assert await attempt(where) == "503"
            for connection in admitted:
                await connection.send(encode(ViewerHello()), text=True)
                while b'"ticks"' not in await connection.recv(decode=False):
                    pass
            told = await engine.until("viewers", most)
            assert told["refused"] >= 300 - most
            assert told["spare"] >= 16, "the storm took the engine's own files"
            for connection in admitted:
                connection.transport.abort()
                await connection.wait_closed()
            await engine.until("viewers", 0)
        print(f"of 128 files {told['spare']} were always free")
