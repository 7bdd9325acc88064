"""Screens and their engine: who starts it, who keeps it, and what its end means."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.program import Terminal, environment, headless, terminal
from tests.redis_server import redis_server
from tests.waiting import eventually
from tickterm import settings
from tickterm.cli.engine_process import EngineProcess, lock_path, runtime_directory
from tickterm.engine.lock import EngineLock, Holder, holder_of
from tickterm.errors import SettingsError, UnreachableError
from tickterm.settings import Settings


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def ours(tmp_path: Path, port: int) -> Iterator[Settings]:
    """Settings of one machine's user; whatever engine is left at the end is killed."""
    found = settings.load(
        {"TICKTERM_DATA_DIR": str(tmp_path), "TICKTERM_PORT": str(port)}, tmp_path
    )
    yield found
    if holder := holder_of(lock_path(found)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(holder.pid, signal.SIGKILL)


def pid_of(ours: Settings) -> int:
    holder = holder_of(lock_path(ours))
    return 0 if holder is None else holder.pid


def moving(shown: str) -> bool:
    return "SPY" in shown and "SIMULATED UP" in shown and "NO ENGINE" not in shown


FLAGS = ("--demo", "--symbols", "SPY")


def test_two_started_at_the_same_instant_end_as_one_engine(
    ours: Settings, tmp_path: Path, port: int
) -> None:
    place = {"TICKTERM_PORT": port}
    with contextlib.ExitStack() as stack:
        screens = [
            stack.enter_context(terminal(tmp_path, *FLAGS, settings=place)) for _ in range(4)
        ]
        for screen in screens:
            screen.wait_until(moving)
        engine = pid_of(ours)
        assert engine not in (0, *(screen.process.pid for screen in screens))
        for screen in screens:
            screen.type("q")
        for screen in screens:
            assert screen.end() == 0
        eventually(lambda: not pid_of(ours))


@pytest.mark.slow
def test_no_screen_takes_the_engine_along(ours: Settings, tmp_path: Path, port: int) -> None:
    place = {"TICKTERM_PORT": port}
    with terminal(tmp_path, *FLAGS, settings=place) as first:
        first.wait_until(moving)
        engine = pid_of(ours)
        with terminal(tmp_path, settings=place, size=(130, 30)) as second:
            second.wait_until(lambda s: moving(s) and "attached" in s)
            assert f"already runs here (pid {engine})" in second.shown()
            first.process.send_signal(signal.SIGKILL)
            first.process.wait()
            second.type("?")
            second.wait_until(lambda shown: "everywhere" in shown)
            second.type("q")
            assert pid_of(ours) == engine
            second.type("q")
            assert second.end() == 0
        eventually(lambda: not pid_of(ours))  # it waits for the one that vanished


@pytest.mark.slow
def test_an_engine_that_is_killed_comes_back_as_it_was(
    ours: Settings, tmp_path: Path, port: int
) -> None:
    """Also for a screen without flags: what it looked at goes on."""
    place = {"TICKTERM_PORT": port}
    with terminal(tmp_path, *FLAGS, settings=place) as first:
        first.wait_until(moving)
        with terminal(tmp_path, settings=place) as second:
            second.wait_until(moving)
            first.process.kill()
            first.process.wait()
            engine = pid_of(ours)
            os.kill(engine, signal.SIGKILL)
            second.wait_until(lambda shown: "NO ENGINE" in shown)
            second.wait_until(moving)
            assert pid_of(ours) not in (0, engine)
            holder = holder_of(lock_path(ours))
            assert holder is not None
            assert holder.flags == FLAGS
            second.type("q")
            assert second.end() == 0


@pytest.mark.slow
@pytest.mark.parametrize("times", [1, 2])
def test_the_screen_that_started_it_starts_it_again(
    times: int, ours: Settings, tmp_path: Path, port: int
) -> None:
    with terminal(tmp_path, *FLAGS, settings={"TICKTERM_PORT": port}) as screen:
        screen.wait_until(moving)
        for _ in range(times):
            os.kill(pid_of(ours), signal.SIGKILL)
            screen.wait_until(lambda shown: "NO ENGINE" in shown)
            screen.wait_until(moving)
        screen.type("q")
        assert screen.end() == 0


@pytest.mark.slow
def test_screens_leave_a_headless_engine_alone(ours: Settings, tmp_path: Path, port: int) -> None:
    """They neither end it nor start another in its place: somebody else looks after it."""
    place = {"TICKTERM_PORT": port}
    with terminal_over_headless(tmp_path, port) as screen:
        screen.wait_until(lambda shown: "NO ENGINE" in shown)
        eventually(lambda: not pid_of(ours))
        screen.wait_until(lambda shown: "attempt 3" in shown)
        assert not pid_of(ours)
        with headless(tmp_path, "--headless", *FLAGS, **place):
            screen.wait_until(moving)
        screen.type("q")
        assert screen.end() == 0


@contextlib.contextmanager
def terminal_over_headless(directory: Path, port: int) -> Iterator[Terminal]:
    """Give a screen whose headless engine has ended."""
    with contextlib.ExitStack() as stack:
        with headless(directory, "--headless", *FLAGS, TICKTERM_PORT=port) as engine:
            engine.wait_for("redis up")
            with headless(directory, "--headless", *FLAGS, TICKTERM_PORT=port) as second:
                assert second.process.wait(20) == 3
                second.stop()
                assert f"process {engine.process.pid}" in second.lines[-1]
                assert "tickterm attach" in second.lines[-1]
            screen = stack.enter_context(terminal(directory, settings={"TICKTERM_PORT": port}))
            screen.wait_until(moving)
        yield screen


def test_one_key_has_one_connection_whatever_the_port(tmp_path: Path, port: int) -> None:
    feed = {"MASSIVE_API_KEY": "any", "MASSIVE_WEBSOCKET_URL": "ws://127.0.0.1:9/stocks"}
    place = {"REDIS_URL": "redis://127.0.0.1:9", **feed}
    with headless(tmp_path, "--headless", "--symbols", "SPY", TICKTERM_PORT=port, **place) as first:
        first.wait_for("viewers: ws://")
        with headless(tmp_path, "--headless", "--symbols", "SPY", **place) as second:
            assert second.process.wait(20) == 3
            second.stop()
            assert f"tickterm attach ws://127.0.0.1:{port}" in second.lines[-1]
        other = {**place, "MASSIVE_API_KEY": "another"}
        with headless(tmp_path, "--headless", "--symbols", "SPY", **other) as third:
            third.wait_for("viewers: ws://")


def test_an_engine_with_another_data_directory_is_seen_and_not_fought(
    tmp_path: Path, port: int
) -> None:
    other = {"TICKTERM_PORT": port, "TICKTERM_DATA_DIR": tmp_path / "other"}
    with headless(tmp_path, "--headless", *FLAGS, TICKTERM_PORT=port) as engine:
        engine.wait_for("viewers: ws://")
        with headless(tmp_path, "--headless", *FLAGS, **other) as second:
            assert second.process.wait(20) == 3
            second.stop()
            assert "tickterm attach" in second.lines[-1]
        with terminal(tmp_path, settings=other, size=(140, 30)) as screen:
            screen.wait_until(lambda s: moving(s) and "attached" in s and "read-only" in s)
            screen.type("q")
            assert screen.end() == 0


def test_a_lock_that_is_removed_comes_back(ours: Settings, tmp_path: Path, port: int) -> None:
    with headless(tmp_path, "--headless", *FLAGS, TICKTERM_PORT=port) as engine:
        engine.wait_for("viewers: ws://")
        lock_path(ours).unlink()
        eventually(lambda: pid_of(ours) == engine.process.pid)


def test_other_flags_are_refused_in_one_line(tmp_path: Path, port: int) -> None:
    with headless(tmp_path, "--headless", *FLAGS, TICKTERM_PORT=port) as engine:
        engine.wait_for("viewers: ws://")
        with terminal(tmp_path, "--symbols", "QQQ", settings={"TICKTERM_PORT": port}) as screen:
            assert screen.end() == 3
            assert b"\x1b[?1049h" not in screen.output
            assert "--demo --symbols SPY" in screen.shown().replace("\n", "")


def test_what_the_engine_refuses_is_one_line_before_any_screen(tmp_path: Path) -> None:
    with terminal(tmp_path, "--symbols", "A,B;C", size=(120, 30)) as screen:
        assert screen.end() == 2
        assert b"\x1b[?1049h" not in screen.output
        assert "tickterm: " in screen.shown()
        assert "B;C" in screen.shown()


def test_a_signal_to_the_engine_drains_redis_and_says_goodbye(
    ours: Settings, tmp_path: Path, port: int
) -> None:
    from websockets.sync.client import connect

    with (
        redis_server() as redis,
        headless(
            tmp_path, "--headless", *FLAGS[1:], TICKTERM_PORT=port, REDIS_URL=redis.url
        ) as engine,
    ):
        engine.wait_for("redis up")
        with connect(f"ws://127.0.0.1:{port}", proxy=None) as viewer:
            viewer.send('{"type":"hello","version":1}')
            viewer.recv()
            engine.process.send_signal(signal.SIGTERM)
            messages = [json.loads(message) for message in viewer]
        goodbye = messages[-1]
        assert goodbye["type"] == "goodbye"
        assert 0 <= goodbye["retry_after"] <= 5
        last = next(m for m in reversed(messages) if m["type"] == "status")
        counts = last["redis"]["channels"]["tickstock.data.raw"]
        assert counts["accepted"] == last["counts"]["ticks"]
        assert engine.stop() == 0


def test_status_is_one_look_and_an_exit_code(tmp_path: Path, port: int) -> None:
    def status(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tickterm", "status", *arguments],
            env=environment(tmp_path, TICKTERM_PORT=port),
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )

    nobody = status()
    assert (nobody.returncode, nobody.stdout) == (3, "")
    assert "start tickterm" in nobody.stderr
    nobody = status(f"127.0.0.1:{port}")
    assert (nobody.returncode, nobody.stdout) == (3, "")
    with headless(tmp_path, "--headless", *FLAGS, TICKTERM_PORT=port) as engine:
        engine.wait_for("redis up")
        engine.wait_for("subscribed to")
        well = status()
        assert well.returncode == 0, well.stderr + well.stdout
        assert f"process {engine.process.pid}" in well.stdout
        assert "accepted" in well.stdout
        remote = status(f"http://127.0.0.1:{port}/", "--json")
        assert remote.returncode == 0
        assert json.loads(remote.stdout)["link"]["phase"] == "UP"


# -- where the lock lies --------------------------------------------------------------------------


def test_a_directory_that_cannot_be_used_has_a_private_stand_in(
    ours: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "file").write_text("")
    for unusable in (tmp_path / "file" / "x", tmp_path / ("long" * 30)):
        found = runtime_directory(replace(ours, data_dir=unusable))
        assert found.parent == tmp_path
        assert found == runtime_directory(replace(ours, data_dir=unusable))
        assert found.stat().st_mode & 0o777 == 0o700


def test_a_directory_behind_a_link_will_do(ours: Settings, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to("real")
    assert runtime_directory(replace(ours, data_dir=tmp_path / "link")) == tmp_path / "real"


def test_a_directory_that_others_may_write_to_is_refused(ours: Settings, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(SettingsError, match="TICKTERM_DATA_DIR"):
        lock_path(ours)
    tmp_path.chmod(0o700)


def test_an_engine_that_does_not_fit_is_named(ours: Settings, tmp_path: Path) -> None:
    import socket

    path = str(tmp_path / "s")
    with (
        socket.socket(socket.AF_UNIX) as listener,
        EngineLock(lock_path(ours), Holder(77, ours.port, path, ("--demo",))),
    ):
        listener.bind(path)
        listener.listen()
        EngineProcess(ours, ("--demo",)).begin()
        EngineProcess(ours, ()).begin()
        with pytest.raises(UnreachableError, match="process 77"):
            EngineProcess(ours, ("--replay", "x", "--speed", "1")).begin()
