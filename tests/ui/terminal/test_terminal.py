"""The app in a real pseudo-terminal: however it ends, the terminal is as it was."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SWITCHES = (
    (b"\x1b[?1049h", b"\x1b[?1049l"),  # the other screen
    (b"\x1b[?25l", b"\x1b[?25h"),  # the cursor
    (b"\x1b[?1000h", b"\x1b[?1000l"),  # the mouse
    (b"\x1b[?1003h", b"\x1b[?1003l"),
    (b"\x1b[?2004h", b"\x1b[?2004l"),  # bracketed paste
)
"""What the app switches in a terminal: on, off."""


class Terminal:
    """A program on a pseudo-terminal of 80x24 cells."""

    def __init__(self, report: Path, kind: str) -> None:
        self.report = report
        self.output = b""
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.modes = termios.tcgetattr(slave)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.ui.terminal_app", str(report), kind],
            cwd=ROOT,
            env={**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        self._slave = slave
        self._open: tuple[int, ...] = (self._master, slave)

    def read_until(self, text: bytes, after: int = 0, seconds: float = 20.0) -> None:
        """Read output until it holds `text` after its first `after` bytes."""
        deadline = time.monotonic() + seconds
        while text not in self.output[after:]:
            left = deadline - time.monotonic()
            assert left > 0, f"{text!r} did not come: {self.output[-300:]!r}"
            self._read(left)

    def type(self, keys: bytes) -> None:
        os.write(self._master, keys)

    def end(self, seconds: float = 10.0) -> int:
        """Read on until the program has ended, at most `seconds`; return its exit code."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < deadline, "the program goes on"
            self._read(0.02)
        self._read(0)
        return self.process.returncode

    def is_restored(self) -> bool:
        """Whether the modes are as before and each switch was last switched off."""
        switched = all(self.output.rfind(b) > self.output.rfind(a) for a, b in SWITCHES)
        return switched and termios.tcgetattr(self._slave) == self.modes

    def hang_up(self) -> None:
        """Take the terminal away, as a lost connection does."""
        for descriptor in self._open:
            os.close(descriptor)
        self._open = ()

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.hang_up()

    def _read(self, seconds: float) -> None:
        while select.select([self._master], [], [], seconds)[0]:
            self.output += os.read(self._master, 65_536)
            seconds = 0


@pytest.fixture
def kind() -> str:
    """Which engine the program has."""
    return "calm"


@pytest.fixture
def terminal(tmp_path: Path, kind: str) -> Iterator[Terminal]:
    started = Terminal(tmp_path / "report", kind)
    try:
        yield started
    finally:
        started.close()


@pytest.mark.parametrize(
    "number", [signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT], ids=lambda n: n.name
)
def test_a_signal_ends_in_order_and_restores_the_terminal(
    terminal: Terminal, number: signal.Signals
) -> None:
    terminal.read_until(b"AAPL")
    terminal.process.send_signal(number)
    assert terminal.end() == 0
    assert terminal.is_restored()
    assert terminal.report.read_text(encoding="utf-8") == "engine ended: True"


@pytest.mark.parametrize("keys", [b"q", b"\x03"], ids=["q", "ctrl+c"])
def test_a_key_ends_in_order_and_restores_the_terminal(terminal: Terminal, keys: bytes) -> None:
    terminal.read_until(b"AAPL")
    terminal.type(keys)
    assert terminal.end() == 0
    assert terminal.is_restored()
    assert terminal.report.read_text(encoding="utf-8") == "engine ended: True"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=lambda n: n.name)
def test_a_signal_while_starting_restores_the_terminal(
    terminal: Terminal, number: signal.Signals
) -> None:
    terminal.read_until(b"\x1b[?1049h")
    terminal.process.send_signal(number)
    assert terminal.end() == 0
    assert terminal.is_restored()


@pytest.mark.parametrize("kind", ["busy"])
def test_a_terminal_that_nobody_reads_does_not_hold_the_program(terminal: Terminal) -> None:
    """The event loop is stuck in a write by then, so that only the deadline can end it."""
    terminal.read_until(b"AAPL")
    looks, changed = "", time.monotonic()
    while time.monotonic() - changed < 0.5:
        if (seen := terminal.report.read_text(encoding="utf-8")) != looks:
            looks, changed = seen, time.monotonic()
        time.sleep(0.02)
    terminal.process.send_signal(signal.SIGTERM)
    assert terminal.process.wait(20) == -signal.SIGKILL


def test_a_lost_connection_ends_in_order(terminal: Terminal) -> None:
    terminal.read_until(b"AAPL")
    terminal.hang_up()
    terminal.process.wait(20)
    assert terminal.report.read_text(encoding="utf-8") == "engine ended: True"


@pytest.mark.parametrize("kind", ["hostile"])
def test_hostile_text_does_not_reach_the_terminal(terminal: Terminal) -> None:
    terminal.read_until(b"[/red]")
    terminal.type(b"sSp?")
    terminal.read_until(b"esc closes")
    with_help = len(terminal.output)
    terminal.type(b"q")
    terminal.read_until(b"palette", after=with_help)
    terminal.type(b"/")
    terminal.read_until(b"nter keeps")
    terminal.type(b"x")
    terminal.read_until(b"find ")
    assert terminal.process.poll() is None
    pointer_shape = b"\x1b]22;default\x07"  # Textual's own
    output = terminal.output.replace(pointer_shape, b"")
    for hostile in (b"\x1b]", b"\x07", b"\x00", "\x9b".encode(), "\u202e".encode()):
        assert hostile not in output


@pytest.mark.parametrize("wrong", [b"\xe9", b"\x9b", b"\xc3(", b"\xff\xfe", b"\xed\xa0\x80"])
def test_input_that_is_not_utf_8_does_not_end_the_screen(terminal: Terminal, wrong: bytes) -> None:
    terminal.read_until(b"AAPL")
    terminal.type(wrong + b"?")
    terminal.read_until(b"esc closes")
    terminal.type(b"\x03")
    assert terminal.end() == 0
    assert terminal.is_restored()


def test_a_character_that_comes_in_two_pieces_is_whole(terminal: Terminal) -> None:
    terminal.read_until(b"AAPL")
    terminal.type(b"/")
    terminal.read_until(b"nter keeps")
    before = len(terminal.output)
    terminal.type(b"Z\xc3")
    terminal.read_until(b"Z", after=before)  # so that both are read
    terminal.type(b"\xa9")
    terminal.read_until("é".encode(), after=before)
    assert "\ufffd".encode() not in terminal.output


@pytest.mark.parametrize("kind", ["panics"])
def test_a_screen_that_dies_ends_with_1(terminal: Terminal) -> None:
    assert terminal.end(20) == 1
    assert terminal.is_restored()
    assert b"nothing to draw with" in terminal.output
