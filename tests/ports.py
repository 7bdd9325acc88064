"""Ports for servers that must come back on the same one, or be known before they start."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket

_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_FIRST = 20_000 + 600 * (_WORKER % 20)
_ports = itertools.cycle(range(_FIRST, _FIRST + 600))
"""Each test process has a range of its own, below those that the system gives to connections: a
port that was merely free a moment ago may by now be somebody's."""
for _ in range(os.getpid() % 600):  # nor do two runs at a time go through it side by side
    next(_ports)


def free_port() -> int:
    """Return a port of this test process that nobody uses."""
    for port in itertools.islice(_ports, 600):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("no free port")
