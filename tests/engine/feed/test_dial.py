"""What a connection attempt may end in: HTTP answers, TLS, deadlines, nonsense."""

from __future__ import annotations

import asyncio
import os
import shutil
import ssl
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.engine.feed.fake_massive import (
    KEY,
    FakeMassive,
    RawScript,
    http_answer,
    raw_server,
    stays,
    until,
)
from tickterm.engine.feed.client import MAX_FRAME, MassiveWebSocketClient
from tickterm.engine.feed.dial import LinkLost, LinkRefused, dial, key_refused
from tickterm.market.link_rules import LinkTimes
from tickterm.market.snapshot import Feed, LinkPhase

FAST = LinkTimes(handshake=0.2, first_retry=0.01, longest_retry=0.02)


async def outcome(script: RawScript) -> Exception:
    """Return what dialling a server that plays `script` raises."""
    async with raw_server(script) as server:
        with pytest.raises((LinkLost, LinkRefused)) as caught:
            await dial(server.url, MAX_FRAME)
        await until(lambda: server.open == 0)
        return caught.value


# -- HTTP -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        ("401 Unauthorized", "check MASSIVE_API_KEY"),
        ("403 Forbidden", "check MASSIVE_API_KEY"),
        ("404 Not Found", "check MASSIVE_WEBSOCKET_URL"),
        ("301 Moved", "check MASSIVE_WEBSOCKET_URL"),
        ("302 Found", "check MASSIVE_WEBSOCKET_URL"),
        ("308 Permanent Redirect", "check MASSIVE_WEBSOCKET_URL"),
    ],
)
async def test_answers_that_are_final(status: str, advice: str) -> None:
    error = await outcome(http_answer(status))
    assert isinstance(error, LinkRefused)
    assert status[:3] in str(error)
    assert advice in str(error)


@pytest.mark.parametrize("status", ["200 OK", "400 Bad", "429 Slow Down", "500 Oops", "503 Later"])
async def test_answers_that_a_later_attempt_may_change(status: str) -> None:
    error = await outcome(http_answer(status))
    assert isinstance(error, LinkLost)
    assert str(error) == f"the feed server answers HTTP {status[:3]}"
    assert error.retry_after == 0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        (["7"], 7),
        (["0"], 0),
        (["99999999"], 3600),
        (["9" * 500], 3600),
        (["-5"], 0),
        (["1e9"], 0),
        (["inf"], 0),
        (["nan"], 0),
        (["\u00b2"], 0),
        ([""], 0),
        (["Wed, 21 Oct 2026 07:28:00 GMT"], 0),
        (["30", "40"], 30),
    ],
)
async def test_retry_after_is_honoured_within_reason(headers: list[str], seconds: float) -> None:
    lines = [f"Retry-After: {value}" for value in headers]
    error = await outcome(http_answer("429 Too Many Requests", *lines))
    assert isinstance(error, LinkLost)
    assert error.retry_after == seconds


async def test_the_link_waits_as_long_as_the_server_asks() -> None:
    async with raw_server(http_answer("503 Later", "Retry-After: 60")) as server:
        client = MassiveWebSocketClient(
            server.url, KEY, Feed.LIVE, "massive", lambda *_: None, times=FAST
        )
        task = asyncio.create_task(client.run())
        await until(lambda: client.view().phase is LinkPhase.RETRYING)
        await stays(lambda: len(server.dials) == 1, 0.1)
        client.reconnect()
        await until(lambda: len(server.dials) == 2)
        task.cancel()
        await asyncio.wait([task])


async def test_a_redirect_leads_nowhere() -> None:
    async with FakeMassive() as elsewhere:
        answer = http_answer("302 Found", f"Location: {elsewhere.url}")
        async with raw_server(answer) as server:
            with pytest.raises(LinkRefused):
                await dial(server.url, MAX_FRAME)
        assert not elsewhere.peers


def answers(data: bytes) -> RawScript:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(data)
        await writer.drain()
        writer.write_eof()
        await reader.read()

    return answer


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 2_000,
        b"\x1b]0;owned\x07\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: \x1b[31mx\r\n\r\n",
        b"HTTP/1.1 101 X\r\nUpgrade: a\r\nUpgrade: b\r\nConnection: c\r\nConnection: d\r\n\r\n",
        b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: no\r\n\r\n",
        b"HTTP/1.1 999 Huh\r\nRetry-After: 1\r\n\r\n",
        b"HTTP/1.1 xyz\r\n\r\n",
        b"HTTP/1.1 200 " + b"x" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 10_000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
async def test_nonsense_is_a_loss_in_one_clean_line(data: bytes) -> None:
    error = await outcome(answers(data))
    assert isinstance(error, LinkLost)
    assert str(error).isprintable()
    assert 10 < len(str(error)) < 250


# -- addresses ------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["a..b", "x" * 70])
async def test_what_is_no_host_name_is_a_refusal(host: str) -> None:
    with pytest.raises(LinkRefused, match="is no host name: check MASSIVE_WEBSOCKET_URL"):
        await dial(f"ws://{host}:1", MAX_FRAME)


@pytest.mark.parametrize("host", ["feed.invalid", "127.0.0.1"])
async def test_an_address_without_a_server_is_a_loss(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "*")
    with pytest.raises(LinkLost, match="no connection to "):
        await dial(f"ws://{host}:1", MAX_FRAME)


async def test_a_proxy_that_cannot_be_used_is_a_refusal_that_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("no_proxy", "NO_PROXY", "wss_proxy", "WSS_PROXY", "https_proxy", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("socks_proxy", "socks5h://127.0.0.1:1")
    with pytest.raises(LinkRefused, match="proxy"):
        await dial("wss://feed.invalid", MAX_FRAME)


async def test_no_proxy_stands_between_us_and_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("socks_proxy", "socks5h://127.0.0.1:1")
    async with FakeMassive() as feed:
        connection = await dial(feed.url, MAX_FRAME)
        connection.transport.abort()
        await connection.wait_closed()


# -- deadlines ------------------------------------------------------------------------------------


async def says_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    await reader.read()


async def drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    for letter in b"HTTP/1.1 101 Switching Protocols\r\n" + b"x-header: y\r\n" * 1_000:
        writer.write(bytes((letter,)))
        await writer.drain()
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("script", [says_nothing, drips])
async def test_the_deadline_covers_the_dial(script: RawScript) -> None:
    async with raw_server(script) as server:
        client = MassiveWebSocketClient(
            server.url, KEY, Feed.LIVE, "massive", lambda *_: None, times=FAST
        )
        task = asyncio.create_task(client.run())
        await until(lambda: len(server.dials) == 3)
        assert client.view().reason == "no connection within 0.2 s"
        assert server.open <= 2
        gaps = [b - a for a, b in zip(server.dials, server.dials[1:], strict=False)]
        assert all(FAST.handshake * 0.9 < gap < FAST.handshake + 0.25 for gap in gaps)
        task.cancel()
        await asyncio.wait([task])
        await until(lambda: server.open == 0)


@pytest.mark.parametrize("greeting", [False, True])
async def test_the_deadline_covers_greeting_and_answer(greeting: bool) -> None:
    times = replace(FAST, handshake=1.0)
    async with FakeMassive() as feed:

        async def stalls(peer: object) -> None:
            if greeting:
                await asyncio.sleep(0.8)
                await feed.peer.say("connected", "Connected Successfully")
            await feed.peer.gone()

        feed._scripts = (stalls,)
        client = MassiveWebSocketClient(
            feed.url, KEY, Feed.LIVE, "massive", lambda *_: None, times=times
        )
        task = asyncio.create_task(client.run())
        await until(lambda: len(feed.peers) == 2)
        waited_for = "answer to the key" if greeting else "greeting"
        assert client.view().reason == f"no {waited_for} within 1 s"
        assert feed.dials[1] - feed.dials[0] < 1.7  # a deadline for each would be over after 1.8
        task.cancel()
        await asyncio.wait([task])


# -- TLS ------------------------------------------------------------------------------------------


class Authority:
    """A certificate authority of our own, and the certificates that it signs."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.certificate = directory / "ca.pem"
        self._openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=test-ca "
            "-days 2 -keyout ca.key -out ca.pem"
        )

    def sign(self, host: str, days: int) -> ssl.SSLContext:
        """Return a server's context with a certificate for `host`; negative days: expired."""
        name = f"{host}.{days}"
        (self._directory / f"{name}.ext").write_text(f"subjectAltName=DNS:{host}\n")
        self._openssl(
            "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=feed "
            f"-keyout {name}.key -out {name}.csr"
        )
        self._openssl(
            f"x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days {days} "
            f"-extfile {name}.ext -out {name}.pem"
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._directory / f"{name}.pem", self._directory / f"{name}.key")
        return context

    def _openssl(self, arguments: str) -> None:
        command = ["openssl", *arguments.split()]
        subprocess.run(command, cwd=self._directory, check=True, capture_output=True, timeout=20)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    if shutil.which("openssl") is None:
        assert os.environ.get("CI") != "true", "CI needs the openssl program"
        pytest.skip("no openssl program to make certificates with")
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.mark.parametrize(
    ("host", "days", "trusted", "words"),
    [
        ("localhost", 2, False, "unable to get local issuer certificate"),
        ("localhost", -1, True, "certificate has expired"),
        ("elsewhere.example", 2, True, "Hostname mismatch"),
    ],
)
async def test_a_certificate_that_is_not_to_be_trusted_is_final(
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
    host: str,
    days: int,
    trusted: bool,
    words: str,
) -> None:
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
    async with FakeMassive(tls=authority.sign(host, days)) as feed:
        client = MassiveWebSocketClient(
            feed.url, KEY, Feed.LIVE, "massive", lambda *_: None, times=replace(FAST, handshake=5.0)
        )
        task = asyncio.create_task(client.run())
        await until(lambda: client.view().phase is LinkPhase.REFUSED)
        reason = client.view().reason
        assert reason.startswith("the certificate of localhost is not to be trusted (")
        assert words in reason
        assert not feed.peers
        task.cancel()
        await asyncio.wait([task])


async def test_a_good_certificate_is_taken(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
    async with FakeMassive(tls=authority.sign("localhost", 2)) as feed:
        connection = await dial(feed.url, MAX_FRAME)
        connection.transport.abort()
        await connection.wait_closed()
        assert len(feed.peers) == 1


async def test_a_server_without_tls_is_a_loss() -> None:
    async with FakeMassive() as feed:
        with pytest.raises(LinkLost, match="no connection to localhost"):
            await dial(feed.url.replace("ws://127.0.0.1", "wss://localhost"), MAX_FRAME)


def test_what_is_said_of_a_refused_key_is_one_sentence() -> None:
    advice = "check MASSIVE_API_KEY and what your plan includes"
    assert key_refused("") == f"authentication failed; {advice}"
    assert key_refused("Visit us to upgrade. ") == f"Visit us to upgrade; {advice}"
