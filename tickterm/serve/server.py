"""Start, listen, and orderly stop."""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Callable

from aiohttp import web

from tickterm.errors import UnreachableError
from tickterm.serve.door import Door
from tickterm.serve.options import ServeOptions
from tickterm.serve.site import Site
from tickterm.serve.warden import Warden

__all__ = ["serve"]

log = logging.getLogger("tickterm.serve")

STOP_WITHIN = 4.5
"""Seconds that all tabs together have to end; a screen that resists takes four."""


async def serve(options: ServeOptions, *, ready: Callable[[str], None]) -> None:
    """Serve `options.command` to browsers until cancelled, which ends every screen within 5 s.

    Args:
        options: what to serve.
        ready: called once with the URL, as soon as browsers may come.

    Raises:
        UnreachableError: the port is in use, or the address is not one of this machine.
    """
    access = options.access
    async with Warden.started() as warden:
        door = Door(options.max_sessions)
        app = Site(options, warden).application()
        app.middlewares.insert(0, door.note)
        runner = web.AppRunner(app, access_log=None, logger=log, shutdown_timeout=STOP_WITHIN)
        await runner.setup()
        try:
            assert runner.server is not None  # noqa: S101 - for the type checker
            door.open(runner.server)
            async with await _listen(door, access.host, access.port) as server:
                ready(_url(access.host, server.sockets[0].getsockname()[1]))
                await asyncio.Event().wait()
        finally:
            await runner.cleanup()


async def _listen(door: Door, host: str, port: int) -> asyncio.Server:
    try:
        return await asyncio.get_running_loop().create_server(door, host, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            told = "is in use: is it served already? Otherwise choose another port"
        else:
            told = f"cannot be listened on: {error.strerror}"
        raise UnreachableError(f"port {port} of {host} {told}") from None


def _url(host: str, port: int) -> str:
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - not bound here
    return f"http://[{name}]:{port}/" if ":" in name else f"http://{name}:{port}/"
