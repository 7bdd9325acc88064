"""`tickterm simulate` as a process."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import ClientConnection, connect

from tests.recordings import write_recording
from tickterm.cli.simulate import simulate

PROGRAM = "from tickterm.cli.simulate import simulate; simulate()"


@contextmanager
def _running(*options: str) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """Start it on a free port; give the process, its URL and its line."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            yield process, line.split()[0] if line else "", line
        finally:
            process.kill()


@contextmanager
def _deaf(url: str) -> Iterator[None]:
    """Be a client that never answers anything, not even the closing handshake."""
    address = urlsplit(url)
    assert address.hostname
    assert address.port
    with socket.create_connection((address.hostname, address.port)) as client:
        client.sendall(
            f"GET /stocks HTTP/1.1\r\nHost: {address.netloc}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        seen = b""
        while b"Connected Successfully" not in seen:
            seen += client.recv(4096)
        yield


def _drain(ws: ClientConnection) -> None:
    while True:
        ws.recv(timeout=10)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_it_says_how_to_use_it_and_stops_on_a_signal(number: signal.Signals, code: int) -> None:
    with _running("--key", "s3cr3t") as (process, url, line):
        assert f"MASSIVE_WEBSOCKET_URL={url} " in line
        assert "USE_MASSIVE_API=true tickterm" in line
        assert "s3cr3t" not in line
        with _deaf(url):
            start = time.monotonic()
            process.send_signal(number)
            assert process.wait(10) == code
            assert time.monotonic() - start < 8
        assert process.stdout is not None
        assert process.stdout.read() == ""


def test_a_broken_recording_ends_it_with_one_line(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    write_recording(path, ["AAPL"], 400)
    path.write_bytes(path.read_bytes() + b"broken\n")
    number = len(path.read_bytes().splitlines())
    with (
        _running("--file", str(path), "--speed", "0") as (process, url, _),
        connect(url, proxy=None) as ws,
    ):
        ws.send('{"action":"auth","params":"k"}')
        ws.send('{"action":"subscribe","params":"A.AAPL"}')
        with pytest.raises(ConnectionClosedError):
            _drain(ws)
        _, errors = process.communicate(timeout=10)
    assert process.returncode == 2
    assert re.fullmatch(rf"tickterm simulate: recording .*r\.jsonl, line {number}: .*\n", errors)


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (["--fault", "stal=3"], "did you mean 'stall'?"),
        (["--fault", "drop"], "write it like 'drop=5'"),
        (["--file", "missing.jsonl"], "missing.jsonl cannot be read"),
        (["--symbols", "AAPL,A*"], "'A*' is not a symbol"),
        (["--symbols", ","], "is not a symbol"),
        (["--symbols", "0"], "give 1 to 100,000"),
        (["--rate", "nan"], "finite"),
        (["--rate", "0"], "--rate"),
        (["--loop"], "--loop needs --file"),
        (["--rate", "5", "--file", "x"], "--rate does not go with --file"),
        (["--host", "192.0.2.1"], "cannot listen on 192.0.2.1:8767"),
    ],
)
def test_what_is_wrong_is_one_line_and_exit_2(options: list[str], part: str) -> None:
    result = CliRunner().invoke(simulate, options)
    assert result.exit_code == 2
    assert part in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


def test_a_port_in_use_is_exit_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = CliRunner().invoke(simulate, ["--port", str(taken.getsockname()[1])])
    assert result.exit_code == 2
    assert "(address already in use); choose another host or port" in result.stderr
