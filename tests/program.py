"""The program as its users run it: a process, with or without a terminal."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import math
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyte

from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
KEPT = ("PATH", "LANG", "LC_ALL", "HOME", "TMPDIR")


def environment(directory: Path, **settings: object) -> dict[str, str]:
    """Return an environment without the tester's own settings, everything in `directory`."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    own = {
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "PYTHONFAULTHANDLER": "1",
        "PYTHONWARNINGS": "default",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "TICKTERM_DATA_DIR": str(directory),
        "TICKTERM_PORT": str(free_port()),
    }
    return {**kept, **own, **{name: str(value) for name, value in settings.items()}}


class Headless:
    """`tickterm …` without a terminal; its stderr lines are kept as they come."""

    def __init__(self, directory: Path, *arguments: str, **settings: object) -> None:
        self.lines: list[str] = []
        self._changed = threading.Condition()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tickterm", *arguments],
            env=environment(directory, **settings),
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def first_output(self) -> str:
        """Return the first line on stdout."""
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def wait_for(self, text: str, timeout: float = 20.0, count: int = 1) -> None:
        """Wait until `count` lines of stderr contain `text`."""
        with self._changed:
            found = self._changed.wait_for(
                lambda: sum(text in line for line in self.lines) >= count, timeout
            )
        assert found, f"{text!r} not in:\n" + "\n".join(self.lines[-30:])

    def messages(self) -> list[dict[str, Any]]:
        """Return the JSON lines of stderr."""
        return [json.loads(line) for line in self.lines]

    def stop(self, number: signal.Signals = signal.SIGTERM, timeout: float = 10.0) -> int:
        """Send a signal, wait for the end and return the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGABRT)  # it then says where it hangs
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(5)
            hangs = True
        else:
            hangs = False
        finally:
            self.process.kill()
            self.process.wait()
            self._thread.join(5)
            if self.process.stdout is not None:
                self.process.stdout.close()
        assert not hangs, "it does not end:\n" + "\n".join(self.lines[-60:])
        return self.process.returncode

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as stderr:
            for line in stderr:
                with self._changed:
                    self.lines.append(line.rstrip("\n"))
                    self._changed.notify_all()


@contextlib.contextmanager
def headless(directory: Path, *arguments: str, **settings: object) -> Iterator[Headless]:
    """Run the program for the length of the block."""
    program = Headless(directory, *arguments, **settings)
    try:
        yield program
    finally:
        program.stop()


@contextlib.contextmanager
def simulator(directory: Path, *arguments: str) -> Iterator[str]:
    """Run `tickterm simulate` for the length of the block; gives its URL."""
    port = free_port()
    with headless(directory, "simulate", "--port", str(port), *arguments) as program:
        assert program.first_output().startswith(f"ws://127.0.0.1:{port}"), program.lines
        yield f"ws://127.0.0.1:{port}/stocks"


class Terminal:
    """`tickterm …` in a real pty of a given size; every byte it writes is kept."""

    def __init__(
        self,
        directory: Path,
        *arguments: str,
        size: tuple[int, int] = (80, 24),
        settings: Mapping[str, object] | None = None,
    ) -> None:
        self.output = bytearray()
        self.screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self.screen)
        self._reading = threading.Lock()
        self._is_closed = False
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tickterm", *arguments],
            env=environment(directory, **(settings or {})),
            cwd=directory,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)

    @property
    def descriptor(self) -> int:
        """Where its bytes come out, for who does not want them drawn."""
        return self._master

    def type(self, keys: str) -> None:
        """Press `keys`."""
        os.write(self._master, keys.encode())

    def shown(self) -> str:
        """Return what is on the screen, line by line."""
        return "\n".join(self.screen.display)

    def wait_until(self, condition: Callable[[str], object], timeout: float = 20.0) -> float:
        """Read until `condition(screen)`; return the seconds since the start of the program."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if condition(self.shown()):
                return time.monotonic() - self.started
            if not self.read(0.05) and self.process.poll() is not None:
                break
        raise AssertionError(f"never seen, exit {self.process.poll()}:\n{self.shown()}")

    def read(self, timeout: float) -> bool:
        """Take what the program writes within `timeout` seconds; say whether it wrote."""
        with self._reading:
            return self._read(timeout)

    def _read(self, timeout: float) -> bool:
        if self._is_closed or not select.select([self._master], [], [], timeout)[0]:
            return False
        try:
            data = os.read(self._master, 1 << 16)
        except OSError as error:
            if error.errno != errno.EIO:  # the program has closed its side
                raise
            return False
        self.draw(data)
        return bool(data)

    def draw(self, data: bytes) -> None:
        """Take what the program has written."""
        self.output += data
        self._stream.feed(data)

    def end(self, timeout: float = 10.0) -> int:
        """Read until the program has ended; return its exit code."""
        deadline = time.monotonic() + timeout
        while self.process.poll() is None and time.monotonic() < deadline:
            self.read(0.02)
        while self.read(0.02):
            pass
        assert self.process.poll() is not None, "still running"
        return self.process.returncode

    def close(self) -> None:
        """Kill what is left."""
        self.process.kill()
        self.process.wait()
        with self._reading:  # else another thread might read a file that is opened next
            self._is_closed = True
            os.close(self._master)


@contextlib.contextmanager
def terminal(
    directory: Path,
    *arguments: str,
    size: tuple[int, int] = (80, 24),
    settings: Mapping[str, object] | None = None,
) -> Iterator[Terminal]:
    """Run the program in a terminal for the length of the block."""
    program = Terminal(directory, *arguments, size=size, settings=settings)
    try:
        yield program
    finally:
        program.close()


def metric_of(port: int | str, name: str) -> float:
    """Return a figure that the engine of a port gives of itself; NaN where it gives none.

    Raises:
        OSError: nobody answers.
    """
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=20) as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith(f"{name} "):
                return float(line.split()[1])
    return math.nan


def viewers_of(port: int | str) -> int:
    """Return how many viewers the engine of a port counts; -1 while nobody answers."""
    with contextlib.suppress(OSError):
        return int(metric_of(port, "tickterm_viewers_connected"))
    return -1
