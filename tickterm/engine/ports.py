"""Ports of this machine: who listens, which are free, how an address is written."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket

from tickterm.market.text import clean

__all__ = [
    "free_port",
    "place",
    "refusal_to_listen",
    "socket_answers",
    "somebody_is_at",
    "somebody_listens",
    "tickterm_answers",
    "words_of",
]


def place(host: str, port: int) -> str:
    """Return `host:port` as it stands in a URL, sanitised."""
    return f"[{clean(host, 80)}]:{port}" if ":" in host else f"{clean(host, 80)}:{port}"


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody uses at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def refusal_to_listen(host: str, port: int) -> str:
    """Return why a server cannot listen there, in the system's words; nothing where it can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except (OSError, UnicodeError) as error:
        return words_of(error)
    return ""


def words_of(error: OSError | UnicodeError) -> str:
    """Return the system's own words for an error, without what libraries add to them."""
    number = getattr(error, "errno", None)
    return clean(os.strerror(number) if number and number > 0 else error, 120)


def socket_answers(path: str) -> bool:
    """Say, blocking for half a second at most, whether somebody listens on a Unix socket."""
    if not path:
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(0.5)
        try:
            probe.connect(path)
        except OSError:
            return False
    return True


def tickterm_answers(host: str, port: int) -> bool:
    """Say, blocking for a second at most, whether a tickterm serves viewers there."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - not bound here
    try:
        with socket.create_connection((name, port), timeout=1.0) as probe:
            probe.sendall(f"GET /healthz HTTP/1.1\r\nHost: {place(name, port)}\r\n\r\n".encode())
            head = probe.recv(4096)
    except (OSError, UnicodeError):
        return False
    return b"\r\nServer: tickterm\r\n" in head


def somebody_is_at(port: int) -> bool:
    """Say, blocking for half a second at most, whether a server listens on localhost."""
    try:
        socket.create_connection(("localhost", port), timeout=0.5).close()
    except OSError:
        return False
    return True


async def somebody_listens(host: str, port: int) -> bool:
    """Say whether a TCP connection to `host` and `port` succeeds within half a second."""
    try:
        async with asyncio.timeout(0.5):
            _, writer = await asyncio.open_connection(host, port)
    except OSError:  # TimeoutError is one
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True
