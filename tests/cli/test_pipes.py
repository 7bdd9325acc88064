"""What goes to stdout and stderr of a command that other programs read."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from tickterm.cli.pipes import READER_GONE, is_pipe, put, say, url_and_symbols
from tickterm.errors import SettingsError, TickTermError


@contextlib.contextmanager
def stdout_is(descriptor: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have another stdout for the length of the block."""
    with monkeypatch.context() as patch, open(descriptor, "w", closefd=False) as out:
        patch.setattr(sys, "stdout", out)
        yield


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        with contextlib.suppress(OSError):
            os.close(end)


@pytest.mark.parametrize(
    ("words", "url", "symbols"),
    [
        ((), None, ()),
        (("AAPL", "BRK.B", "AAPL"), None, ("AAPL", "BRK.B")),
        (("127.0.0.1:8765",), "127.0.0.1:8765", ()),
        (("wss://gw.example.com/ticks/", "BF/A"), "wss://gw.example.com/ticks/", ("BF/A",)),
        (("[::1]:8765", "X"), "[::1]:8765", ("X",)),
    ],
)
def test_a_word_with_a_colon_is_the_engine(
    words: tuple[str, ...], url: str | None, symbols: tuple[str, ...]
) -> None:
    assert url_and_symbols(words) == (url, symbols)


@pytest.mark.parametrize("word", ["A,B", "", "*", "=1+1", "-A", "A\x1b[31m", "localhost:1"])
def test_what_is_no_symbol_is_a_mistake(word: str) -> None:
    with pytest.raises(SettingsError) as raised:
        url_and_symbols(("AAPL", word))
    assert str(raised.value).isprintable()


def test_all_of_it_is_written_at_once(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with stdout_is(pipe[1], monkeypatch):
        put(b"one\n")
        assert os.read(pipe[0], 100) == b"one\n"
        assert is_pipe()


@pytest.mark.parametrize("blocking", [True, False])
def test_a_reader_that_is_slow_gets_every_byte(
    blocking: bool, pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = bytes(range(256)) * 4_000
    got = bytearray()

    def read() -> None:
        while len(got) < len(data):
            got.extend(os.read(pipe[0], 10_000))

    os.set_blocking(pipe[1], blocking)
    reader = threading.Timer(0.05, read)
    reader.start()
    with stdout_is(pipe[1], monkeypatch):
        put(data)
    reader.join(10)
    assert got == data


def test_a_reader_that_has_gone_ends_it_as_sigpipe_would(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    os.close(pipe[0])
    with stdout_is(pipe[1], monkeypatch), pytest.raises(click.exceptions.Exit) as raised:
        put(b"x")
    assert raised.value.exit_code == READER_GONE == 141


def test_nobody_reads_stderr_any_more(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    os.close(pipe[0])
    err = open(pipe[1], "w", closefd=False)  # noqa: SIM115 - what it holds cannot be flushed
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", err)
        with pytest.raises(click.exceptions.Exit):
            say("x")
    with contextlib.suppress(BrokenPipeError):
        err.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with open("/dev/full", "wb", buffering=0) as full, stdout_is(full.fileno(), monkeypatch):
        assert not is_pipe()
        with pytest.raises(TickTermError, match="stdout: No space left on device"):
            put(b"x")


def test_a_program_without_stdout_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", None)
        assert not is_pipe()
        with pytest.raises(TickTermError, match="stdout is closed"):
            put(b"x")


@pytest.mark.parametrize("arguments", [("--help",), ("tail", "--help")])
def test_any_command_whose_reader_has_gone_ends_quietly(
    arguments: tuple[str, ...], pipe: tuple[int, int]
) -> None:
    reader, writer = pipe
    os.close(reader)
    command = [sys.executable, "-m", "tickterm", *arguments]
    ended = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False)
    assert (ended.returncode, ended.stderr) == (1, b"")  # as click has it
