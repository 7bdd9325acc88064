"""`tickterm serve` as a program: its engine, its signals, its mistakes."""

from __future__ import annotations

import os
import signal
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.program import Headless, headless, viewers_of
from tests.waiting import eventually
from tickterm import settings
from tickterm.cli.engine_process import lock_path
from tickterm.engine.lock import holder_of


def engine_of(directory: Path, port: int) -> int:
    environ = {"TICKTERM_DATA_DIR": str(directory), "TICKTERM_PORT": str(port)}
    holder = holder_of(lock_path(settings.load(environ, directory)))
    return 0 if holder is None else holder.pid


def answer(url: str, **headers: str) -> int:
    try:
        with urllib.request.urlopen(
            urllib.request.Request(url, headers=headers), timeout=20
        ) as got:
            return int(got.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_starts_the_engine_and_ends_it(number: signal.Signals, tmp_path: Path) -> None:
    port, tabs = free_port(), free_port()
    with headless(tmp_path, "serve", "--port", str(tabs), TICKTERM_PORT=port) as program:
        assert program.first_output() == f"http://127.0.0.1:{tabs}/\n"
        assert engine_of(tmp_path, port)
        assert answer(f"http://127.0.0.1:{tabs}/") == 200
        assert answer(f"http://127.0.0.1:{tabs}/", Host="evil.example") == 403
        eventually(lambda: viewers_of(port) == 1)
        began = time.monotonic()
        assert program.stop(number) == (130 if number is signal.SIGINT else 0)
        assert time.monotonic() - began < 8
        assert not any("Traceback" in line for line in program.lines), program.lines
    eventually(lambda: not engine_of(tmp_path, port))


def test_it_uses_the_engine_that_runs_and_leaves_it(tmp_path: Path) -> None:
    port, tabs = free_port(), free_port()
    with headless(tmp_path, "--headless", "--demo", TICKTERM_PORT=port) as engine:
        engine.wait_for("viewers: ws://")
        with headless(tmp_path, "serve", "--port", str(tabs), TICKTERM_PORT=port) as program:
            program.first_output()
            assert engine_of(tmp_path, port) == engine.process.pid
        assert engine.process.poll() is None


def one_line(program: Headless, code: int) -> str:
    assert program.process.wait(20) == code
    program.stop()
    said = [line for line in program.lines if line.startswith("tickterm: ")]
    assert not any("Traceback" in line for line in program.lines)
    return said[-1]


def test_what_cannot_work_is_one_line(tmp_path: Path) -> None:
    port = free_port()
    with headless(tmp_path, "serve", "--host", "0.0.0.0", "--port", str(port)) as program:
        assert "TICKTERM_TOKEN" in one_line(program, 2)
    with headless(tmp_path, "serve", "--port", str(port), TICKTERM_TOKEN="s3cret") as program:
        assert program.first_output().startswith("http://127.0.0.1:")
        with headless(tmp_path, "serve", "--port", str(port)) as second:
            assert "in use" in one_line(second, 3)
        assert answer(f"http://127.0.0.1:{port}/ws") in (401, 403)
    with headless(tmp_path, "serve", SYMBOL_UNIVERSE_KEY="nonsense") as program:
        assert "NAME:KEY" in one_line(program, 2)


@pytest.mark.parametrize("url", ["foo", "ftp://x", "https://u:p@h/", "http://h:99999", "//h"])
def test_a_public_url_that_is_none_is_one_line(url: str, tmp_path: Path) -> None:
    with headless(tmp_path, "serve", "--public-url", url) as program:
        assert "--public-url" in one_line(program, 2)


def test_an_engine_that_is_killed_does_not_end_the_server(tmp_path: Path) -> None:
    port, tabs = free_port(), free_port()
    with headless(tmp_path, "serve", "--port", str(tabs), TICKTERM_PORT=port) as program:
        program.first_output()
        eventually(lambda: viewers_of(port) == 1)
        killed = engine_of(tmp_path, port)
        os.kill(killed, signal.SIGKILL)
        eventually(lambda: engine_of(tmp_path, port) not in (0, killed), timeout=20)
        assert answer(f"http://127.0.0.1:{tabs}/") == 200
