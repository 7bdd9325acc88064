"""Signals that end a program, in a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

PROGRAM = """
import sys
import threading
from tickterm.cli import stop_signals

hangs = sys.argv[1:] == ["hangs"]
if hangs:
    stop_signals.STOP_WITHIN = 0.1
told = threading.Event()
signals = stop_signals.StopSignals()
signals.heed(print if hangs else told.set)
print("ready", flush=True)
while not told.wait(0.01):
    pass
sys.exit(signals.exit_code)
"""


def end_by(number: signal.Signals, *arguments: str) -> int:
    """Run the program, send it the signal once it is ready, and return its exit code."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            process.send_signal(number)
            return process.wait(20)
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0), (signal.SIGHUP, 0)]
)
def test_a_signal_stops_it_in_order(number: signal.Signals, code: int) -> None:
    assert end_by(number) == code


def test_under_nohup_the_end_of_the_terminal_is_none() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as a child of nohup begins
    try:
        with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            process.send_signal(signal.SIGHUP)
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 130
    finally:
        signal.signal(signal.SIGHUP, before)


def test_what_hangs_is_ended_all_the_same() -> None:
    assert end_by(signal.SIGTERM, "hangs") == -signal.SIGKILL
