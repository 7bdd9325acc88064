"""Where viewers connect: a port that is taken, a socket whose file is stale or goes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.engine.viewers.gateway import Gateway, gateway
from tests.ports import free_port
from tests.waiting import until
from tickterm.access import Access
from tickterm.engine.viewers import broadcaster as module
from tickterm.engine.viewers.broadcaster import Broadcaster


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PORT_RETRY", 0.05)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "engine.sock"


async def test_a_port_that_is_taken_is_said_once_and_tried_again(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with gateway(Access(port=port), path) as engine:
            view = engine.broadcaster.view()
            assert not view.listening
            assert "in use" in view.reason
            screen = await engine.join(path=path)
            engine.market.rounds(10)
            await screen.hear_up_to(10)
            await asyncio.sleep(4 * module.PORT_RETRY)  # said once, however often it is tried
            errors = [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR]
            assert len(errors) == 1
            assert f"no viewers on port {port}" in errors[0]
            assert "TICKTERM_PORT" in errors[0]
            taken.close()
            await until(lambda: engine.broadcaster.view().listening)
            viewer = await engine.join()
            engine.market.rounds(10)
            await viewer.hear_up_to(20)
            await screen.hear_up_to(20)


@pytest.mark.parametrize("host", ["256.1.1.1", "no.such.host.invalid", "x" * 70, "203.0.113.1"])
async def test_a_host_that_is_none_is_said(host: str) -> None:
    async with gateway(Access(host, free_port(), "token")) as engine:
        assert not engine.broadcaster.view().listening
        assert engine.broadcaster.view().reason


async def test_a_file_from_before_is_replaced(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    async with gateway(path=path) as engine:
        await engine.join(path=path)
        assert mode_of(path) == 0o600


async def test_a_file_that_is_removed_is_made_again(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with gateway(path=path) as engine:
        before = await engine.join(path=path)
        os.unlink(path)
        await until(path.is_socket)
        after = await engine.join(path=path)
        engine.market.rounds(10)
        for screen in (before, after):
            await screen.hear_up_to(10)
        assert sum("is gone" in r.getMessage() for r in caplog.records) == 1
    for screen in (before, after):
        assert await screen.end() == 1001


@pytest.mark.parametrize(
    "obstacle",
    ["a folder that is not there", "a folder", "a long path", "a folder that takes no files"],
)
async def test_a_socket_that_cannot_be_made_is_said_once(
    obstacle: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = {
        "a folder that is not there": tmp_path / "gone" / "engine.sock",
        "a folder": tmp_path / "engine.sock",
        "a long path": tmp_path / ("x" * 120),
        "a folder that takes no files": Path("/proc/engine.sock"),
    }[obstacle]
    if obstacle == "a folder":
        path.mkdir()
    async with listening(path) as engine:
        viewer = await engine.join()
        await asyncio.sleep(4 * module.PORT_RETRY)  # said once, however often it is tried
        lines = [r.getMessage() for r in caplog.records if "no screens" in r.getMessage()]
        assert len(lines) == 1
        assert str(path) in lines[0]
        if obstacle == "a folder that is not there":
            path.parent.mkdir()
            await until(path.is_socket)
            await engine.join(path=path)
        engine.market.rounds(10)
        await viewer.hear_up_to(10)


@contextlib.asynccontextmanager
async def listening(path: Path) -> AsyncIterator[Gateway]:
    """Run a broadcaster whose socket may never come to be."""
    broadcaster = Broadcaster(Access(), path)
    async with asyncio.TaskGroup() as tasks:
        engine = Gateway(broadcaster, ("S0", "S1"))
        task = tasks.create_task(broadcaster.run())
        await until(lambda: broadcaster.view().listening)
        try:
            yield engine
        finally:
            task.cancel()
            await asyncio.wait([task])
            await engine.hang_up()


def mode_of(path: Path) -> int:
    """Return who may do what with a file."""
    return path.stat().st_mode & 0o777
