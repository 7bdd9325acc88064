"""Twenty screens of every kind over one engine: one connection to the feed, and no tick missing."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from tests.browser import chromium
from tests.ports import free_port
from tests.program import ROOT, Terminal, environment, viewers_of
from tests.recordings import write_recording
from tests.redis_server import redis_server, subscriber
from tests.test_market_day import check, expected
from tests.waiting import eventually, until
from tickterm.simulator.control import Subscriptions
from tickterm.simulator.server import SimulatedFeed
from tickterm.simulator.source import RecordedSource

SYMBOLS = ("SPY", "IBM", "BAC", "AIG", "QQQ", "TLT", "GLD", "XLF")
SECONDS = 300
"""More than the opening of all views may take."""
PYTHON = (sys.executable, "-P", "-m", "tickterm")


class PatientSource(RecordedSource):
    """A recording, a frame a second until it is to be quick; its end does not end the feed."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, 0)
        self.quick = asyncio.Event()

    async def frames(self, wanted: Subscriptions) -> AsyncGenerator[bytes, None]:
        """Yield the recording's frames."""
        async with contextlib.aclosing(super().frames(wanted)) as frames:
            async for frame in frames:
                yield frame
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(1):
                        await self.quick.wait()
        await asyncio.Event().wait()


class Views:
    """Terminals, and tabs of both servers of tabs, of one machine and one user."""

    def __init__(self, directory: Path, browser: Browser, settings: dict[str, object]) -> None:
        self._directory = directory
        self._browser = browser
        self._settings = settings
        self._environment = environment(directory, **settings)
        self._environment["PATH"] = f"{_with_tickterm(directory)}:{self._environment['PATH']}"
        self._servers: dict[str, str] = {}
        self._processes: list[subprocess.Popen[bytes]] = []
        self._lock = threading.Lock()
        self._ended = False
        self.terminals: list[Terminal] = []
        self.tabs: list[Page] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    async def open(self, kind: str) -> None:
        """Open a `terminal`, or a tab of `textual serve` or of `serve`."""
        if kind == "terminal":
            terminal = Terminal(self._directory, settings=self._settings)
            with self._lock:
                self.terminals.append(terminal)
            return
        url = self._servers.get(kind) or await self._serve(kind)
        page = await self._browser.new_page(viewport={"width": 800, "height": 500})
        await page.goto(url, wait_until="commit")
        self.tabs.append(page)

    async def kill_terminal(self) -> None:
        """`kill -9` of one."""
        with self._lock:
            terminal = self.terminals.pop(0)
        terminal.close()

    async def quit_terminal(self) -> None:
        """Leave one by its key."""
        with self._lock:
            terminal = self.terminals.pop(0)
        terminal.type("q")
        assert await asyncio.to_thread(terminal.end) == 0
        terminal.close()

    async def close_tab(self) -> None:
        """Close the oldest tab."""
        await self.tabs.pop(0).close()

    async def kill_a_tabs_program(self) -> None:
        """`kill -9` of the program behind a tab; the tab stays open and shows that."""
        os.kill(next(self._programs_of_tabs()), signal.SIGKILL)
        await self.close_tab()

    async def shown(self, count: int) -> None:
        """Wait until the engine has `count` viewers."""
        port = str(self._settings["TICKTERM_PORT"])
        await asyncio.to_thread(eventually, lambda: viewers_of(port) == count, 60)

    async def close(self) -> None:
        """End everything: tabs first, or `textual serve` waits for them."""
        for page in self.tabs:
            await page.close()
        await asyncio.to_thread(self._end_processes)

    def _end_processes(self) -> None:
        self._ended = True
        self._reader.join()
        for terminal in self.terminals:
            terminal.close()
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            try:
                process.wait(15)
            finally:
                process.kill()

    async def _serve(self, kind: str) -> str:
        port = free_port()
        command: dict[str, list[str]] = {
            "serve": [*PYTHON, "serve", "--port", str(port)],
            "textual serve": [
                str(Path(sys.executable).with_name("textual")),
                "serve",
                "--port",
                str(port),
                "tickterm",
            ],
        }
        await asyncio.to_thread(self._start, kind, command[kind])
        await until(lambda: _listens(port), timeout=30)
        self._servers[kind] = f"http://localhost:{port}/"
        return self._servers[kind]

    def _start(self, kind: str, command: list[str]) -> None:
        with (self._directory / f"{kind}.out").open("wb") as output:
            process = subprocess.Popen(
                command,
                env=self._environment,
                cwd=self._directory,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self._processes.append(process)

    def _programs_of_tabs(self) -> Iterator[int]:
        ours = f"TICKTERM_PORT={self._settings['TICKTERM_PORT']}".encode()
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                variables = (process / "environ").read_bytes().split(b"\0")
                words = (process / "cmdline").read_bytes().split(b"\0")
                is_tab = any(word.startswith(b"TEXTUAL_DRIVER=") for word in variables)
                is_program = words[0] == sys.executable.encode() and b"tickterm" in words
                if ours in variables and is_tab and is_program and b"--for-screens" not in words:
                    yield int(process.name)

    def _read(self) -> None:
        """Take what the terminals draw, or they would stand still."""
        while not self._ended:
            with self._lock:
                terminals = list(self.terminals)
            for terminal in terminals:
                terminal.read(0)
            select.select([], [], [], 0.02)


def _with_tickterm(directory: Path) -> Path:
    """Return a directory with the command `tickterm` in it, as an installation has it."""
    command = directory / "bin" / "tickterm"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {" ".join(PYTHON)} "$@"\n')
    command.chmod(0o755)
    return command.parent


def _listens(port: int) -> bool:
    import socket

    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@contextlib.asynccontextmanager
async def views_of(
    directory: Path, browser: Browser, settings: dict[str, object]
) -> AsyncIterator[Views]:
    views = Views(directory, browser, settings)
    try:
        yield views
    finally:
        await views.close()


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_twenty_views_share_one_connection(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recording = tmp_path / "day.jsonl.gz"
    write_recording(recording, SYMBOLS, SECONDS, seed=3)
    wanted = expected(recording)
    dice = random.Random(5)
    kinds = ["terminal"] * 9 + ["textual serve"] * 4 + ["serve"] * 5 + ["terminal"]
    dice.shuffle(kinds)
    kinds.insert(0, "textual serve")  # the first, so that a tab's end would end the engine
    source = PatientSource(recording)
    async with (
        SimulatedFeed(source, patience=30) as feed,
        chromium() as browser,
    ):
        with redis_server() as redis, subscriber(redis.port) as seen:
            settings: dict[str, object] = {
                "REDIS_URL": redis.url,
                "MASSIVE_API_KEY": "any",
                "MASSIVE_WEBSOCKET_URL": feed.url,
                "TICKTERM_PORT": free_port(),
            }
            (tmp_path / "symbols.txt").write_text("\n".join(SYMBOLS))
            imported = await asyncio.to_thread(
                subprocess.run,
                [*PYTHON, "universe", "import", "few:few", str(tmp_path / "symbols.txt")],
                env=environment(tmp_path, **settings),
                cwd=ROOT,
                check=True,
                capture_output=True,
            )
            assert imported.returncode == 0
            settings["SYMBOL_UNIVERSE_KEY"] = "few:few"
            async with views_of(tmp_path, browser, settings) as views:
                began = time.monotonic()
                for kind in kinds:
                    await views.open(kind)
                await views.shown(21)  # and the server of tabs itself, which keeps the engine
                opened = time.monotonic() - began
                ends: list[tuple[Callable[[], Awaitable[None]], str]] = [
                    (views.close_tab, "textual serve"),
                    (views.kill_terminal, "terminal"),
                    (views.kill_a_tabs_program, "serve"),
                    (views.quit_terminal, "terminal"),
                    (views.close_tab, "serve"),
                    (views.kill_a_tabs_program, "textual serve"),
                ]
                dice.shuffle(ends)
                for end, kind in ends:
                    await end()
                    await views.open(kind)
                await views.shown(21)
                again = time.monotonic() - began
                assert feed.connections == 1
                assert 0 < min(map(len, seen.messages.values())) < len(wanted)
                source.quick.set()
                assert await asyncio.to_thread(seen.wait_for, len(wanted), 120)
                assert feed.connections == 1
            check(seen.messages, wanted)
    with capsys.disabled():
        print(
            f"\n20 views after {opened:.0f} s, again after {again:.0f} s with six ended and "
            f"reopened: 1 connection, {len(wanted):,} ticks, none missing"
        )
