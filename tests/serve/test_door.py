"""Who comes in must ask for something, and there is an end to how many come."""

from __future__ import annotations

import asyncio
from pathlib import Path

import aiohttp
import pytest

from tests.serve.served import options, serving
from tickterm.serve import door as module
from tickterm.serve.door import Door


async def idle(port: int, said: bytes = b"") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(said)
    return reader, writer


async def ends(reader: asyncio.StreamReader) -> bool:
    async with asyncio.timeout(20):
        try:
            return not await reader.read()
        except ConnectionResetError:
            return True


@pytest.mark.parametrize("said", [b"", b"GET / HTTP/1.1\r\nHost: local"])
async def test_one_that_asks_for_nothing_is_let_go(
    said: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ASKS_WITHIN", 0.2)
    async with serving(options(tmp_path)) as served, aiohttp.ClientSession() as session:
        port = int(served.origin.rpartition(":")[2])
        reader, writer = await idle(port, said)
        for _ in range(2):  # one that has asked may stay
            async with session.get(f"{served.url}healthz") as answer:
                assert answer.status == 200
            assert await ends(reader)
        writer.close()


async def test_there_is_an_end_to_how_many_come_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    async with serving(options(tmp_path)) as served:
        port = int(served.origin.rpartition(":")[2])
        question = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        inside = [await idle(port, question) for _ in range(3)]
        for reader, _ in inside:
            assert b"200" in await reader.readline()
        reader, writer = await idle(port)
        assert await ends(reader)
        writer.close()
        for _, one in inside:
            one.close()


def test_screens_have_files_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "file_limit", lambda: 256)
    assert Door(20).most == 256 - 64 - 80
    monkeypatch.setattr(module, "file_limit", lambda: 8192)
    assert Door(20).most == 1000
