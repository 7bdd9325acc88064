"""A running server of `app.py`, its screens' processes, and raw requests to it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from tests.waiting import until
from tickterm.access import Access
from tickterm.serve.options import ServeOptions
from tickterm.serve.server import serve

APP = Path(__file__).with_name("app.py")
ROOT = Path(__file__).parents[2]
SECRETS = {"MASSIVE_API_KEY": "secret key", "REDIS_URL": "redis://:pw@h"}
TOKEN = "correct horse"


def options(
    notes: Path,
    *manners: str,
    token: str = "",
    public_urls: Sequence[str] = (),
    max_sessions: int = 20,
    command: Sequence[str] = (),
) -> ServeOptions:
    """Return the options of a server whose screens leave their notes in a folder."""
    return ServeOptions(
        command=command or (sys.executable, str(APP), str(notes), *manners),
        access=Access(token=token, public_urls=public_urls),
        environ=os.environ | SECRETS | {"PYTHONPATH": str(ROOT)},
        max_sessions=max_sessions,
    )


@dataclass
class Served:
    """A server that runs."""

    url: str
    notes: Path
    task: asyncio.Task[None]

    @property
    def origin(self) -> str:
        return self.url.rstrip("/")

    @property
    def ws(self) -> str:
        return f"ws{self.url.removeprefix('http')}ws"

    def note(self, name: str) -> str:
        path = self.notes / name
        return path.read_text() if path.exists() else ""

    async def gone(self, timeout: float = 8.0) -> None:
        """Wait until no screen is left."""
        await until(lambda: not alive(self.notes), timeout)

    async def came(self, number: int = 1) -> list[int]:
        """Wait until so many screens have drawn; return their processes."""
        await until(lambda: len(alive(self.notes)) >= number, 30)
        return alive(self.notes)


def alive(notes: Path) -> list[int]:
    """Return the processes of the screens that have started and not ended."""
    pids = [int(path.stem) for path in notes.glob("*.pid")]
    return [pid for pid in pids if is_alive(pid)]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat")
        return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


@contextlib.asynccontextmanager
async def serving(chosen: ServeOptions) -> AsyncIterator[Served]:
    """Run the server; stop it at the end."""
    started: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    notes = Path(chosen.command[2]) if len(chosen.command) > 2 else Path()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(serve(chosen, ready=started.set_result))
        try:
            yield Served(await started, notes, task)
        finally:
            task.cancel()


@contextlib.asynccontextmanager
async def browser(
    served: Served, query: str = "", **headers: str
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """Open a tab's WebSocket as a page of the server would."""
    given = {"Origin": served.origin} | headers
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(served.ws + query, headers=given) as websocket,
    ):
        yield websocket


async def close_code(websocket: aiohttp.ClientWebSocketResponse) -> tuple[int | None, str]:
    """Read until the server closes; return its code and reason."""
    while True:
        message = await websocket.receive(timeout=20)
        if message.type is aiohttp.WSMsgType.CLOSE:
            return message.data, str(message.extra)
        if message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR):
            return websocket.close_code, ""


@dataclass
class Answer:
    """What came back from `ask`."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: str

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name.lower()), "")


async def ask(served: Served, line: str, *headers: str, body: str = "") -> Answer:
    """Send a request as it stands, such as `GET /`; the Host is right unless it is given."""
    host = served.url.split("/")[2]
    lines = [f"{line} HTTP/1.1", "Connection: close", *headers]
    if not any(text.lower().startswith("host:") for text in headers):
        lines.append(f"Host: {host}")
    if body:
        lines += [f"Content-Length: {len(body)}", "Content-Type: application/x-www-form-urlencoded"]
    reader, writer = await asyncio.open_connection(*host.split(":"))
    writer.write("\r\n".join([*lines, "", body]).encode())
    head, _, rest = (await asyncio.wait_for(_until_end(reader), 10)).partition("\r\n\r\n")
    writer.close()
    first, *fields = head.split("\r\n")
    pairs = [(key.lower(), value) for key, _, value in (f.partition(": ") for f in fields)]
    return Answer(int(first.split()[1]), pairs, rest)


async def _until_end(reader: asyncio.StreamReader) -> str:
    """Read to the end, or to the end of the head of an answer that opens a WebSocket."""
    data = b""
    while piece := await reader.read(65536):
        data += piece
        if data.startswith(b"HTTP/1.1 101") and b"\r\n\r\n" in data:
            break
    return data.decode()
