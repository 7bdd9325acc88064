"""Start and stop: nothing is left, whatever happens."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.serve.served import ROOT, Served, alive, browser, close_code, is_alive, options, serving
from tests.waiting import until
from tickterm.access import Access
from tickterm.errors import SettingsError, UnreachableError
from tickterm.serve.options import ServeOptions
from tickterm.serve.server import serve

WITHIN = 8.0
"""Seconds; five are promised and four are usual, on a machine with nothing else to do."""


@contextlib.asynccontextmanager
async def program(notes: Path, *manners: str) -> AsyncIterator[tuple[Process, Served]]:
    """Run the server as a program; kill it if it is still there at the end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.serve.program", str(notes), *manners),
        stdout=PIPE,
        cwd=ROOT,
    )
    assert process.stdout is not None
    try:
        url = (await asyncio.wait_for(process.stdout.readline(), 30)).decode().strip()
        yield process, Served(url, notes, asyncio.ensure_future(asyncio.sleep(0)))
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def wardens(parent: int) -> list[int]:
    """Return the helper processes of a server."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    told = [(int(pid), Path(f"/proc/{pid}/cmdline").read_bytes()) for pid in children]
    return [pid for pid, line in told if b"warden" in line]


@pytest.mark.parametrize("manner", ["quiet", "stubborn", "flood"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_leaves_nothing(tmp_path: Path, manner: str, number: signal.Signals) -> None:
    async with program(tmp_path, manner) as (process, served):
        async with browser(served) as one, browser(served) as two:
            await served.came(2)
            started = time.monotonic()
            process.send_signal(number)
            ends = await asyncio.gather(close_code(one), close_code(two))
            assert list(ends) == [(1001, "The server is stopping.")] * 2
            assert await asyncio.wait_for(process.wait(), 10) == 0
            assert time.monotonic() - started < WITHIN
        assert not alive(tmp_path)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks into Linux's /proc")
@pytest.mark.parametrize("manner", ["quiet", "stubborn"])
async def test_kill_9_leaves_nothing(tmp_path: Path, manner: str) -> None:
    async with program(tmp_path, manner) as (process, served), browser(served):
        await served.came()
        helpers = wardens(process.pid)
        assert len(helpers) == 1
        process.kill()
        await served.gone(3)
        await until(lambda: not is_alive(helpers[0]))


async def test_cancelling_leaves_no_task(tmp_path: Path) -> None:
    before = asyncio.all_tasks()
    async with serving(options(tmp_path, "quiet")) as served, browser(served):
        await served.came()
        served.task.cancel()
        await asyncio.wait([served.task])
        assert not alive(tmp_path)
    assert asyncio.all_tasks() == before


async def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    async with serving(options(tmp_path)) as served:
        port = int(served.url.split(":")[2].strip("/"))
        again = ServeOptions(("x",), Access(port=port), {})
        with pytest.raises(UnreachableError, match=f"^port {port} of 127.0.0.1 is in use: .*port$"):
            await serve(again, ready=print)


async def test_an_address_that_is_not_ours_is_one_line() -> None:
    away = ServeOptions(("x",), Access(host="192.0.2.1", port=0, token="t"), {})
    with pytest.raises(UnreachableError, match=r"192\.0\.2\.1 cannot be listened on"):
        await serve(away, ready=print)


async def test_other_machines_need_a_token() -> None:
    with pytest.raises(SettingsError, match="set TICKTERM_TOKEN"):
        await serve(ServeOptions(("x",), Access(host="0.0.0.0"), {}), ready=print)


async def test_bound_everywhere_the_url_is_one_that_can_be_opened(tmp_path: Path) -> None:
    started: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    everywhere = ServeOptions(("x",), Access(host="0.0.0.0", port=0, token="t"), {})
    task = asyncio.ensure_future(serve(everywhere, ready=started.set_result))
    assert (await started).startswith("http://127.0.0.1:")
    task.cancel()
    await asyncio.wait([task])


def test_the_environment_is_not_printed() -> None:
    assert "secret" not in repr(ServeOptions(("x",), Access(), {"KEY": "secret"}))
