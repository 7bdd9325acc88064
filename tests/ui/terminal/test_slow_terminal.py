"""A terminal that is read slowly gets fewer frames, and the newest of them."""

from __future__ import annotations

import time
from pathlib import Path
from queue import Queue
from types import SimpleNamespace

import pytest
from textual.drivers._writer_thread import WriterThread

from tests.ui.driving import on_screen
from tests.ui.terminal.test_terminal import Terminal
from tests.waiting import eventually
from tickterm.ui.terminal.frame_rate import QUEUED
from tickterm.ui.terminal.frames import Frames, queued_frames


async def test_the_frames_on_their_way_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    async with on_screen() as driver:
        assert queued_frames(driver.app) == 0, "a terminal without a writer of its own"
        writer = WriterThread.__new__(WriterThread)
        writer._queue = Queue()
        monkeypatch.setattr(driver.app, "_driver", SimpleNamespace(_writer_thread=writer))
        for _ in range(QUEUED):
            writer.write("frame")
        assert queued_frames(driver.app) == QUEUED
        looks: list[float] = []
        frames = Frames(driver.app, 10, driver.clock)
        assert frames.draw(lambda: looks.append(1)) == 5
        assert not looks
        writer._queue = Queue()
        assert frames.draw(lambda: looks.append(1)) == 5
        assert looks
        monkeypatch.undo()


async def test_the_header_says_how_often_it_draws_only_when_that_is_less() -> None:
    async with on_screen() as driver:
        assert " fps" not in driver.text()
        driver.app.dashboard.fps = 2.5
        await driver.look()
        assert "2.5 fps" in driver.lines()[0]
        driver.app.dashboard.fps = 0.0
        await driver.look()
        assert " fps" not in driver.text()


def test_a_terminal_that_is_not_read_does_not_stop_the_screen(tmp_path: Path) -> None:
    """It asks the engine no more, so that it does not block, and draws again when it is read."""
    report = tmp_path / "report"
    terminal = Terminal(report, "busy")
    try:
        terminal.read_until(b"AAPL")
        looks = stuck(report)
        seen = len(terminal.output)
        terminal.read_until(b" fps", after=seen)
        eventually(lambda: count(report) > looks)
        terminal.type(b"q")
        assert terminal.end() == 0
    finally:
        terminal.close()


def count(report: Path) -> int:
    return int(report.read_text(encoding="utf-8") or 0)


def stuck(report: Path) -> int:
    """Wait until the screen looks no more; return how often it has looked."""
    looks, changed = -1, time.monotonic()
    while time.monotonic() - changed < 2.5:
        if (now := count(report)) != looks:
            looks, changed = now, time.monotonic()
        time.sleep(0.05)
    return looks
