"""Who gets in: Origin, Host, token, path and Upgrade, over bare sockets."""

from __future__ import annotations

import asyncio
import inspect
import itertools
from pathlib import Path

import pytest

from tests.engine.viewers.gateway import Gateway, frame, gateway, request
from tickterm import access as access_module
from tickterm.access import Access
from tickterm.market.contract import CloseCode, ViewerHello, encode

TOKEN = "s3cret"
PUBLIC = "https://gw.example.com/ticks"
ORIGINS = {
    "none": ("", True),
    "own": ("Origin: http://127.0.0.1:{port}", True),
    "own, https": ("Origin: https://127.0.0.1:{port}", True),
    "public": ("Origin: https://gw.example.com", True),
    "public, but unencrypted": ("Origin: http://gw.example.com", False),
    "public, another port": ("Origin: https://gw.example.com:8443", False),
    "foreign": ("Origin: http://evil.example", False),
    "another port": ("Origin: http://127.0.0.1:1", False),
    "another name of this machine": ("Origin: http://localhost:{port}", False),
    "suffix": ("Origin: http://127.0.0.1:{port}.evil.example", False),
    "prefix": ("Origin: http://evil.example/http://127.0.0.1:{port}", False),
    "user": ("Origin: http://127.0.0.1:{port}@evil.example", False),
    "null": ("Origin: null", False),
    "empty": ("Origin:", False),
    "file": ("Origin: file://", False),
    "two": ("Origin: http://127.0.0.1:{port}\r\nOrigin: http://evil.example", False),
    "twice": ("Origin: http://127.0.0.1:{port}\r\nOrigin: http://127.0.0.1:{port}", False),
}
HOSTS = {
    "own": ("127.0.0.1:{port}", True),
    "localhost": ("localhost:{port}", True),
    "capitals": ("LOCALHOST:{port}", True),
    "IPv6": ("[::1]:{port}", True),
    "through ssh -L": ("localhost:9999", True),
    "without a port": ("127.0.0.1", True),
    "public": ("gw.example.com", True),
    "public, another port": ("gw.example.com:{port}", False),
    "rebound": ("evil.example:{port}", False),
    "suffix": ("localhost.evil.example:{port}", False),
    "prefix": ("evil.localhost:{port}", False),
    "in brackets": ("evil.example[::1]:{port}", False),
    "user": ("127.0.0.1@evil.example:{port}", False),
    "another address": ("10.0.0.1:{port}", False),
    "every address": ("0.0.0.0:{port}", False),
    "number": ("2130706433:{port}", False),
    "empty": ("", False),
    "two": ("127.0.0.1:{port}\r\nHost: evil.example", False),
    "spaces": ("127.0.0.1:{port} evil.example", False),
}
TOKENS = {
    "none": ([], "missing"),
    "right": (["Authorization: Bearer s3cret"], "right"),
    "right, small": (["authorization: bearer s3cret"], "right"),
    "right, with spaces": (["Authorization: Bearer   s3cret "], "right"),
    "wrong": (["Authorization: Bearer s3cre"], "wrong"),
    "longer": (["Authorization: Bearer s3crett"], "wrong"),
    "empty": (["Authorization:"], "wrong"),
    "empty bearer": (["Authorization: Bearer "], "wrong"),
    "basic": (["Authorization: Basic s3cret"], "wrong"),
    "bare": (["Authorization: s3cret"], "wrong"),
    "twice": (["Authorization: Bearer s3cret"] * 2, "wrong"),
    "right and wrong": (["Authorization: Bearer s3cret", "Authorization: Bearer x"], "wrong"),
    "not ASCII": (["Authorization: Bearer s3cr\xe9t"], "wrong"),
    "query": ([], "missing"),
}


def hello(token: str = "") -> bytes:
    return frame(encode(ViewerHello(token=token)))


async def ask(engine: Gateway | Path, data: bytes) -> tuple[int, bytes, int]:
    """Send `data`; return the HTTP status, the rest of the first answer, and the close code."""
    if isinstance(engine, Path):
        reader, writer = await asyncio.open_unix_connection(str(engine))
    else:
        reader, writer = await asyncio.open_connection("127.0.0.1", engine.port)
    try:
        async with asyncio.timeout(20):
            writer.write(data)
            head = await reader.readuntil(b"\r\n\r\n")
            status = int(head.split(b" ", 2)[1])
            if status != 101:
                return status, await reader.read(), 0
            first, size = await reader.readexactly(2)
            if size == 126:
                size = int.from_bytes(await reader.readexactly(2), "big")
            payload = await reader.readexactly(size)
            code = int.from_bytes(payload[:2], "big") if first == 0x88 else 0
            return status, payload, code
    finally:
        writer.close()


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("path", ["/", "/metrics"])
async def test_origins(origin: str, path: str) -> None:
    header, allowed = ORIGINS[origin]
    async with gateway(Access(public_urls=(PUBLIC,))) as engine:
        lines = [line for line in header.format(port=engine.port).split("\r\n") if line]
        data = request(engine.port, *lines, path=path) + hello()
        if path == "/metrics":
            data = plain(engine.port, *lines, path=path)
        status, _, code = await ask(engine, data)
        assert (status, code) == ((101 if path == "/" else 200) if allowed else 403, 0)
        turned_away = engine.broadcaster.view().turned_away_by
        assert turned_away == ({} if allowed else {"origin or host": 1})


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("path", ["/", "/metrics"])
async def test_hosts(host: str, path: str) -> None:
    value, allowed = HOSTS[host]
    async with gateway(Access(public_urls=(PUBLIC,))) as engine:
        named = value.format(port=engine.port)
        if path == "/metrics":
            status, _, _ = await ask(engine, plain(engine.port, path=path, host=named))
            assert status == (200 if allowed else 403)
        else:
            status, _, _ = await ask(engine, request(engine.port, host=named) + hello())
            assert status == (101 if allowed else 403)


async def test_a_public_host_wants_the_public_origin() -> None:
    async with gateway(Access(public_urls=(PUBLIC,))) as engine:
        for origin, status in [
            ("https://gw.example.com", 101),
            ("http://gw.example.com", 403),
            (f"http://127.0.0.1:{engine.port}", 403),
        ]:
            data = request(engine.port, f"Origin: {origin}", host="gw.example.com")
            assert (await ask(engine, data + hello()))[0] == status


@pytest.mark.parametrize(
    ("header", "first"), list(itertools.product(TOKENS, ["right", "wrong", "none"]))
)
async def test_tokens(header: str, first: str) -> None:
    lines, kind = TOKENS[header]
    said = {"right": TOKEN, "wrong": "s3cre", "none": ""}[first]
    async with gateway(Access(token=TOKEN)) as engine:
        path = f"/?token={TOKEN}" if header == "query" else "/"
        data = request(engine.port, *lines, path=path) + hello(said)
        status, payload, code = await ask(engine, data)
        if header == "query":
            assert status == 404
        elif kind == "wrong":
            assert status == 401
        elif kind == "right" or first == "right":
            assert (status, code) == (101, 0)
            assert b'"control":true' in payload
        else:
            assert (status, code) == (101, CloseCode.TOKEN)
            assert engine.broadcaster.view().cut_by == {"token": 1}
        assert TOKEN.encode() not in payload


@pytest.mark.parametrize("header", TOKENS)
async def test_tokens_of_those_who_ask_for_metrics(header: str) -> None:
    lines, kind = TOKENS[header]
    async with gateway(Access(token=TOKEN)) as engine:
        path = f"/metrics?token={TOKEN}" if header == "query" else "/metrics"
        status, body, _ = await ask(engine, plain(engine.port, *lines, path=path))
        assert status == (200 if kind == "right" else 401)
        assert TOKEN.encode() not in body


@pytest.mark.parametrize(
    ("path", "status"),
    [("/", 101), ("//", 404), ("/?", 404), ("/?a=b", 404), ("/ticks", 404), ("/metrics", 404)],
)
async def test_paths_of_viewers(path: str, status: int) -> None:
    async with gateway() as engine:
        assert (await ask(engine, request(engine.port, path=path) + hello()))[0] == status


@pytest.mark.parametrize(
    ("upgrade", "status"),
    [
        ("websocket", 101),
        ("WebSocket", 101),
        ("h2c, websocket", 426),
        ("websocketx", 426),
        ("h2c", 200),
        ("", 200),
    ],
)
async def test_upgrades(upgrade: str, status: int) -> None:
    async with gateway() as engine:
        data = request(engine.port).replace(b"Upgrade: websocket", f"Upgrade: {upgrade}".encode())
        assert (await ask(engine, data + hello()))[0] == status


@pytest.mark.parametrize("path", ["/", "/anything?token=x"])
async def test_the_socket_is_the_user_s_own(path: str, tmp_path: Path) -> None:
    """Whoever may open it needs neither a token nor an Origin; it speaks to screens only."""
    where = tmp_path / "engine.sock"
    async with gateway(Access(token=TOKEN), where) as engine:
        data = request(engine.port, "Origin: http://evil.example", path=path, host="evil.example")
        status, payload, code = await ask(where, data + hello())
        assert (status, code) == (101, 0)
        assert b'"control":true' in payload
        assert (await ask(where, plain(engine.port)))[0] == 426


async def test_pages_once_more_and_the_same() -> None:
    async with gateway() as engine:
        _, body, _ = await ask(engine, plain(engine.port))
        assert b"<!doctype html" in body.lower()
        reader, writer = await asyncio.open_connection("127.0.0.1", engine.port)
        writer.write(plain(engine.port))
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        etag = next(line for line in head.splitlines() if line.lower().startswith("etag"))
        writer.close()
        match = etag.partition(":")[2].strip()
        lines = ('If-None-Match: "other"', f"If-None-Match: {match}")
        status, body, _ = await ask(engine, plain(engine.port, *lines))
        assert (status, body) == (304, b"")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5\r\n\r\n12345",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100),
        bytes(range(256)) * 10,
    ],
)
async def test_what_is_no_request_gets_nothing_and_harms_nobody(data: bytes) -> None:
    async with gateway() as engine:
        peer = await engine.join()
        reader, writer = await asyncio.open_connection("127.0.0.1", engine.port)
        writer.write(data)
        writer.write_eof()
        answer = await asyncio.wait_for(reader.read(), 20)
        assert answer[:9] in (b"", b"HTTP/1.1 ")
        assert b" 101 " not in answer[:20]
        writer.close()
        engine.market.rounds(10)
        await peer.hear_up_to(10)


def test_the_comparison_takes_the_same_time_whatever_is_given() -> None:
    assert "hmac.compare_digest" in inspect.getsource(access_module.Access.is_token)
    assert "==" not in inspect.getsource(access_module.Access.is_token)


def plain(port: int, *lines: str, path: str = "/", host: str | None = None) -> bytes:
    """Return the bytes of a plain request."""
    named = f"127.0.0.1:{port}" if host is None else host
    head = [f"GET {path} HTTP/1.1", f"Host: {named}", *lines, "", ""]
    return "\r\n".join(head).encode("latin-1")
