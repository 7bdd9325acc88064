"""The token, and where it may go."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve

from tests.attach.fake_broadcaster import FakeBroadcaster, always, raw_server, running
from tests.attach.messages import TOKEN
from tests.attach.web_server import answering, http
from tests.waiting import until
from tickterm.attach.address import Address
from tickterm.attach.remote_engine import RemoteEngine
from tickterm.errors import SettingsError, UnreachableError
from tickterm.market.contract import CloseCode


async def _wrong_token(connection: ServerConnection) -> None:
    await connection.close(CloseCode.TOKEN, "the token is missing or wrong")


async def test_a_wrong_token_is_final() -> None:
    broadcaster = FakeBroadcaster(_wrong_token)
    async with broadcaster.at_port() as address:
        with running(RemoteEngine(always(address), token="wrong")) as run:
            await until(lambda: run.ended)
    assert isinstance(run.error, UnreachableError)
    assert str(run.error) == "the token is missing or wrong: set TICKTERM_TOKEN"
    assert run.error.exit_code == 3
    assert run.reason == str(run.error)
    assert run.engine.snapshot().attachment.retry_at is None
    assert len(broadcaster.connections) == 1


async def test_an_http_401_is_final_too() -> None:
    async with raw_server(answering(http("401 Unauthorized"))) as address:
        with running(RemoteEngine(always(address))) as run:
            await until(lambda: run.ended)
    assert "set TICKTERM_TOKEN" in str(run.error)


async def test_a_token_never_goes_out_unencrypted() -> None:
    with running(RemoteEngine(always(Address("ws://gw.invalid:1")), token=TOKEN)) as run:
        await until(lambda: run.ended)
    assert isinstance(run.error, SettingsError)
    assert str(run.error) == (
        "the token would go to gw.invalid:1 unencrypted: use wss:// or an SSH tunnel"
    )


async def test_a_redirect_is_not_followed() -> None:
    async with FakeBroadcaster().at_port() as other:
        answer = http(f"302 Found\r\nLocation: {other.url}")
        async with raw_server(answering(answer)) as address:
            with running(RemoteEngine(always(address), token=TOKEN)) as run:
                await until(lambda: run.reason)
                assert not run.connected


async def test_a_certificate_must_be_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(  # noqa: ASYNC221  it takes milliseconds, and nothing else runs yet
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt"),
            *("ec_paramgen_curve:prime256v1", "-nodes", "-days", "1", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    broadcaster = FakeBroadcaster()
    async with serve(broadcaster.handle, "127.0.0.1", 0, ssl=context) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        find = always(Address(f"wss://localhost:{port}"))
        with running(RemoteEngine(find, token=TOKEN)) as run:
            await until(lambda: run.reason)
            assert run.reason.startswith("its certificate is not to be trusted (self")
        assert not broadcaster.heard
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with running(RemoteEngine(find, token=TOKEN)) as run:
            await until(lambda: run.connected)
        server.close(close_connections=True)


async def test_a_server_without_tls() -> None:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(http("400 Bad Request"))
        writer.close()

    async with raw_server(handle) as address:
        find = always(Address(address.url.replace("ws:", "wss:")))
        with running(RemoteEngine(find)) as run:
            await until(lambda: run.reason)
            assert run.reason == "it does not speak TLS as it should"
