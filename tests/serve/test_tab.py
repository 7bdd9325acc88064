from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.serve import app
from tests.serve.served import Served, alive, ask, browser, close_code, is_alive, options, serving
from tests.waiting import until
from tickterm.serve import downloads, screen, tab


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(options(tmp_path, "quiet")) as running:
        yield running


async def drawn(websocket: aiohttp.ClientWebSocketResponse, text: str) -> str:
    """Read until `text` is on the screen; return all that was drawn."""
    seen = ""
    async with asyncio.timeout(30):
        while text not in seen:
            message = await websocket.receive()
            assert message.type is aiohttp.WSMsgType.BINARY, message
            seen += message.data.decode()
    return seen


async def test_a_tab_draws_and_types(served: Served) -> None:
    async with browser(served) as websocket:
        await drawn(websocket, app.FACE)
        await websocket.send_json(["stdin", "hé"])
        await drawn(websocket, "typed hé")
    await served.gone()


async def test_a_screen_is_told_its_size(served: Served) -> None:
    async with browser(served, "?width=100&height=30") as websocket:
        await until(lambda: served.note("size") == "100x30", 30)
        await websocket.send_json(["resize", {"width": 99999, "height": 1}])
        await until(lambda: served.note("size") == "400x5")


@pytest.mark.parametrize("query", ["?width=1e9&height=-4", "?width=99999&height=", ""])
async def test_a_wild_size_at_the_start_is_clamped(served: Served, query: str) -> None:
    async with browser(served, query):
        await until(lambda: served.note("size"), 30)
        width, height = map(int, served.note("size").split("x"))
        assert 20 <= width <= 400
        assert 5 <= height <= 200


async def test_a_screen_gets_no_secret(served: Served) -> None:
    async with browser(served):
        await served.came()
    names = served.note("environ").splitlines()
    assert {"TEXTUAL_DRIVER", "PATH"} <= set(names)
    assert not {"MASSIVE_API_KEY", "REDIS_URL", "DATABASE_URL"} & set(names)


async def test_a_banner_does_no_harm(tmp_path: Path) -> None:
    async with (
        serving(options(tmp_path, "quiet", "banner")) as served,
        browser(served) as websocket,
    ):
        await drawn(websocket, app.FACE)


async def test_quitting_ends_the_session(served: Served) -> None:
    async with browser(served) as websocket:
        await drawn(websocket, app.FACE)
        await websocket.send_json(["stdin", "!"])
        assert await close_code(websocket) == (1000, "The session has ended.")
    await served.gone()


async def test_a_crash_is_told_in_one_line(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    async with browser(served) as websocket:
        await drawn(websocket, app.FACE)
        await websocket.send_json(["stdin", "?"])
        code, reason = await close_code(websocket)
    assert code == 4001
    assert "asked to fail" in reason
    await served.gone()
    await until(lambda: "asked to fail" in caplog.text)
    assert "Traceback" not in caplog.text


async def test_a_screen_that_cannot_start_says_why(tmp_path: Path) -> None:
    async with serving(options(tmp_path, "broken")) as served, browser(served) as websocket:
        reason = "The screen cannot start: no engine was found on port 8765 (exit code 1)"
        assert await close_code(websocket) == (4000, reason)


@pytest.mark.parametrize("command", [("/nowhere/at/all", "x", "y"), (__file__, "x", "y")])
async def test_a_program_that_is_none_says_so(command: tuple[str, ...]) -> None:
    async with serving(options(Path(), command=command)) as served, browser(served) as websocket:
        code, reason = await close_code(websocket)
    assert code == 4000
    assert "No such file" in reason or "Permission denied" in reason


async def test_a_program_that_shows_nothing_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen, "START_TIMEOUT", 0.5)
    async with serving(options(tmp_path, "mute")) as served, browser(served) as websocket:
        assert await close_code(websocket) == (
            4000,
            "The screen cannot start: nothing has come for 0 s",
        )


async def test_a_program_that_prints_for_ever_is_ended(tmp_path: Path) -> None:
    command = (sys.executable, "-c", "while True: print('y' * 1000)", str(tmp_path))
    async with serving(options(tmp_path, command=command)) as served, browser(served) as websocket:
        code, reason = await close_code(websocket)
    assert (code, reason) == (4000, "The screen cannot start: this is no Textual app")


async def test_what_a_screen_complains_is_bounded(tmp_path: Path) -> None:
    complain = (
        "import sys; sys.stderr.write('x' * 50_000_000 + '\\nthe \\x1b[31mend\\n'); sys.exit(3)"
    )
    command = (sys.executable, "-c", complain, str(tmp_path))
    async with serving(options(tmp_path, command=command)) as served, browser(served) as websocket:
        _, reason = await close_code(websocket)
    assert reason == "The screen cannot start: the ·[31mend (exit code 3)"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("nonsense", 1008),
        ('["quit"]', 1008),
        ("[" * 60_000, 1008),
        (b'["focus"]', 1008),
        (json.dumps(["stdin", "x" * 70_000]), 1009),
    ],
)
async def test_what_no_terminal_says_closes_the_session(
    served: Served, message: str | bytes, code: int
) -> None:
    async with browser(served) as websocket:
        if isinstance(message, str):
            await websocket.send_str(message)
        else:
            await websocket.send_bytes(message)
        assert (await close_code(websocket))[0] == code
    await served.gone()


async def test_there_is_a_cap(tmp_path: Path) -> None:
    async with serving(options(tmp_path, "quiet", max_sessions=1)) as served:
        async with browser(served):
            await served.came()
            page = await ask(served, "GET /")
            assert page.status == 503
            assert "All screens are in use, 1 at most: close a tab." in page.body
            with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
                async with browser(served):
                    pass
            assert len(alive(served.notes)) == 1
        await free(served)
        async with browser(served) as websocket:
            await drawn(websocket, app.FACE)


async def free(served: Served) -> None:
    """Wait until there is room for another tab."""
    async with asyncio.timeout(10):
        while (await ask(served, "GET /")).status != 200:
            pass


async def test_a_refused_handshake_takes_no_place(tmp_path: Path) -> None:
    async with serving(options(tmp_path, "quiet", max_sessions=1)) as served:
        for _ in range(3):
            answer = await ask(served, "GET /ws", f"Origin: {served.origin}")
            assert answer.status == 400
        assert (await ask(served, "GET /")).status == 200


@contextlib.asynccontextmanager
async def stuck_browser(served: Served) -> AsyncIterator[socket.socket]:
    """Open a tab and never read from it."""
    with socket.socket() as connection:
        await _open_tab(connection, served)
        yield connection


async def _open_tab(connection: socket.socket, served: Served) -> None:
    host, port = served.url.split("/")[2].split(":")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connection, (host, int(port)))
    key = base64.b64encode(os.urandom(16)).decode()
    request = (
        f"GET /ws HTTP/1.1\r\nHost: {host}:{port}\r\nOrigin: {served.origin}\r\n"
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {key}\r\n\r\n"
    )
    await asyncio.get_running_loop().sock_sendall(connection, request.encode())


async def test_a_browser_that_stops_reading_is_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(tab, "STUCK_AFTER", 1.0)
    async with serving(options(tmp_path, "flood")) as served, stuck_browser(served):
        await served.came()
        await until(lambda: "has read nothing for 1 s" in caplog.text, 20)
        await served.gone()
    assert "killed" not in caplog.text  # it could still draw, and so quit


async def test_a_slow_browser_is_not_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tab, "STUCK_AFTER", 1.0)
    async with (
        serving(options(tmp_path, "flood")) as served,
        stuck_browser(served) as connection,
    ):
        pids = await served.came()
        loop = asyncio.get_running_loop()
        end = loop.time() + 4
        while loop.time() < end:
            assert await loop.sock_recv(connection, 16384)
            await asyncio.sleep(0.05)
        assert is_alive(pids[0])


async def test_a_stubborn_screen_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(screen, "PATIENCE", 0.3)
    async with serving(options(tmp_path, "stubborn")) as served:
        async with browser(served) as websocket:
            await drawn(websocket, app.FACE)
        await served.gone()
    assert "followed neither quit nor SIGTERM: killed" in caplog.text


POLITE = """
import os, pathlib, signal, sys
def leave(number, frame):
    pathlib.Path(sys.argv[1], "farewell").touch()
    os._exit(0)
signal.signal(signal.SIGTERM, leave)
print("__GANGLION__", flush=True)
pathlib.Path(sys.argv[1], f"{os.getpid()}.pid").touch()
while True:
    signal.pause()
"""


async def test_a_screen_that_does_not_quit_is_asked_by_signal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen, "PATIENCE", 0.3)
    command = (sys.executable, "-c", POLITE, str(tmp_path))
    async with serving(options(tmp_path, command=command)) as served:
        async with browser(served):
            await until(lambda: alive(tmp_path), 20)
        await until(lambda: not alive(tmp_path))
    assert (tmp_path / "farewell").exists()


async def test_what_a_screen_leaves_behind_is_killed(tmp_path: Path) -> None:
    async with serving(options(tmp_path, "quiet", "parent")) as served:
        async with browser(served) as websocket:
            await drawn(websocket, app.FACE)
            child = int(served.note("child"))
            assert is_alive(child)
        await served.gone()
        await until(lambda: not is_alive(child))


async def test_a_file_is_fetched_once_and_whole(served: Served) -> None:
    async with browser(served) as websocket:
        await drawn(websocket, app.FACE)
        await websocket.send_json(["stdin", "#"])
        key = await told(websocket, "deliver_file_start")
        answer = await ask(served, f"GET /download/{key}")
        assert (answer.status, len(answer.body) > 160_000) == (200, True)
        assert (
            answer.header("Content-Disposition") == "attachment; filename*=UTF-8''t%C3%A9%20st.csv"
        )
        assert answer.header("Content-Type").startswith("text/csv")
        assert (await ask(served, f"GET /download/{key}")).status == 404


async def test_a_file_does_not_tear_what_is_drawn(tmp_path: Path) -> None:
    async with (
        serving(options(tmp_path, "flood")) as served,
        browser(served) as websocket,
        asyncio.TaskGroup() as group,
    ):
        for _ in range(5):
            await websocket.send_json(["stdin", "#"])
            key = await told(websocket, "deliver_file_start")
            fetching = group.create_task(ask(served, f"GET /download/{key}"))
            await drawn(websocket, "flood")
            while not fetching.done():
                await websocket.receive(timeout=10)
            assert len((await fetching).body) > 160_000


async def test_a_file_that_stops_in_the_middle_does_not_look_whole(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "TIMEOUT", 0.3)
    async with browser(served) as websocket:
        await drawn(websocket, app.FACE)
        await websocket.send_json(["stdin", "#"])
        key = await told(websocket, "deliver_file_start")
        (pid,) = alive(served.notes)
        os.kill(pid, signal.SIGSTOP)
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.ClientError):
                async with session.get(f"{served.url}download/{key}") as answer:
                    await answer.read()
        os.kill(pid, signal.SIGCONT)


async def told(websocket: aiohttp.ClientWebSocketResponse, kind: str) -> object:
    """Read until a message of this kind comes; return what it says."""
    async with asyncio.timeout(20):
        async for message in websocket:
            if message.type is aiohttp.WSMsgType.TEXT:
                said, what = json.loads(message.data)
                assert said == kind
                return what
    raise AssertionError("closed")


async def test_a_link_that_is_a_script_is_not_opened(served: Served) -> None:
    async with browser(served) as websocket:
        await drawn(websocket, app.FACE)
        await websocket.send_json(["stdin", "@"])
        assert await told(websocket, "open_url") == {"url": "https://a.example", "new_tab": True}
