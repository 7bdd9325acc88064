"""The engine under load: the real program as a process, with its feed and a Redis of its own."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from scripts.bench.feeder import KEY, SYMBOLS, feeder
from scripts.bench.noise import Noise
from tests.program import headless
from tests.redis_server import redis_server

__all__ = ["EngineProcess", "measured", "process", "running_engine"]

LOOK = 0.1
"""Seconds between looks at the memory."""


class EngineProcess:
    """A running engine, looked at from outside."""

    def __init__(self, pid: int, port: int) -> None:
        self.pid = pid
        self.port = port
        self.memory_before = self.memory = _resident(pid)
        """Bytes resident, at the start and at most."""
        self._ended = threading.Event()

    def cpu(self) -> float:
        """Return the seconds of processor time that it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def metric(self, name: str) -> float:
        """Return one of the figures that the engine gives of itself; 0 where it is not there."""
        url = f"http://127.0.0.1:{self.port}/metrics"
        with urllib.request.urlopen(url, timeout=5) as answer:
            text = answer.read().decode()
        found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Note the most memory that it has during the block."""
        thread = threading.Thread(target=self._watch)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(LOOK):
            self.memory = max(self.memory, _resident(self.pid))


@contextlib.contextmanager
def running_engine(rate: int, frames: int) -> Iterator[EngineProcess]:
    """Run an engine for the block, with `rate` ticks a second in `frames` frames; ticks flow."""
    with (
        process(feeder, rate, frames) as told,
        redis_server() as redis,
        tempfile.TemporaryDirectory() as directory,
    ):
        port = _free_port()
        settings = {
            "MASSIVE_WEBSOCKET_URL": f"ws://127.0.0.1:{told.recv()}/stocks",
            "MASSIVE_API_KEY": KEY,
            "REDIS_URL": redis.url,
            "TICKTERM_PORT": port,
        }
        arguments = ("--headless", "--symbols", ",".join(SYMBOLS))
        with headless(Path(directory), *arguments, **settings) as program:
            program.wait_for("subscribed to")
            program.wait_for("redis up")
            program.wait_for("viewers: ws://")
            engine = EngineProcess(program.process.pid, port)
            with engine.watched():
                yield engine


@contextlib.contextmanager
def process(target: Callable[..., None], *arguments: Any) -> Iterator[Connection]:
    """Run `target(*arguments, connection)` in a process for the block; gives our end."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=target, args=(*arguments, theirs), daemon=True)
    child.start()
    theirs.close()
    try:
        yield ours
    finally:
        child.terminate()
        child.join()
        ours.close()


def measured(engine: EngineProcess, seconds: float, *viewers: Connection) -> tuple[float, float]:
    """Let the viewers measure for `seconds`; return how many cores the engine and others used."""
    for each in viewers:
        each.send("measure")
    noise, began, before = Noise(), time.monotonic(), engine.cpu()
    time.sleep(seconds)
    return (engine.cpu() - before) / (time.monotonic() - began), noise.cores()


def _resident(pid: int) -> int:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
