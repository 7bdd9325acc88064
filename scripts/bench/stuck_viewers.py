"""Viewers that say hello and never read, and how long the engine bears each of them.

The engine's end of a connection tells when it let go: a viewer that does not read would never see
it. Who is gone is replaced, so that there are always as many.
"""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from scripts.bench.frames import SWITCHING, upgrade_request
from scripts.bench.swarm import HELLO

__all__ = ["StuckFindings", "stuck_viewers"]

LOOK = 0.2
"""Seconds between looks at the engine's ends."""
RAMP = 5.0
"""Seconds over which the first of them come."""
AT_ONCE = 5
"""That come in one look, at most: joining costs, and is not what is measured."""
ESTABLISHED = "01"


@dataclass
class StuckFindings:
    """How the stuck ones fared."""

    borne: list[float] = field(default_factory=list)
    """Seconds from the hello until the engine let go, of each that is gone."""
    silent: list[float] = field(default_factory=list)
    """Seconds of them without a byte taken, also not by the kernel's buffers."""
    oldest: float = 0.0
    """Seconds since the hello of the oldest that is still there."""

    @property
    def slowest(self) -> float:
        """Return the most seconds that one was borne."""
        return max([self.oldest, *self.borne])

    @property
    def silence(self) -> float:
        """Return the most seconds that one was borne without taking a byte."""
        return max(self.silent, default=0.0)


@dataclass
class _Stuck:
    socket: socket.socket
    since: float
    queued: str = ""
    moved: float = 0.0


def stuck_viewers(port: int, count: int, told: Connection) -> None:
    """Keep `count` stuck viewers at the engine's `port`; `ready` and `end` as in a swarm."""
    viewers: list[_Stuck] = []
    findings = StuckFindings()
    began, ready = time.monotonic(), False
    while not (told.poll() and told.recv() == "end"):
        now = time.monotonic()
        wanted = min(count, int((now - began) / RAMP * count))
        viewers += [_join(port) for _ in range(min(wanted - len(viewers), AT_ONCE))]
        viewers = _left(port, viewers, findings)
        if not ready and wanted == count:
            told.send("ready")
            ready = True
        time.sleep(max(now + LOOK - time.monotonic(), 0))
    findings.oldest = max((time.monotonic() - viewer.since for viewer in viewers), default=0.0)
    told.send(findings)


def _join(port: int) -> _Stuck:
    """Return a connection that has just said hello."""
    viewer = socket.create_connection(("127.0.0.1", port), timeout=5)
    viewer.sendall(upgrade_request(port))
    answer = viewer.recv(4096)
    if not answer.startswith(SWITCHING):
        raise ConnectionError(answer)
    viewer.sendall(HELLO)
    return _Stuck(viewer, time.monotonic())


def _left(port: int, viewers: list[_Stuck], findings: StuckFindings) -> list[_Stuck]:
    """Return those that the engine still bears; note how long it bore the others."""
    queued, now, left = _queued(port), time.monotonic(), []
    for viewer in viewers:
        if (waiting := queued.get(viewer.socket.getsockname()[1])) is None:
            findings.borne.append(now - viewer.since)
            findings.silent.append(now - viewer.moved)
            viewer.socket.close()
            continue
        if waiting != viewer.queued:
            viewer.queued, viewer.moved = waiting, now
        left.append(viewer)
    return left


def _queued(port: int) -> dict[int, str]:
    """Return what waits in the engine's end of each connection that it has not closed, by port."""
    own = f"0100007F:{port:04X}"
    rows = (line.split(None, 5) for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    return {
        int(peer[-4:], 16): queues
        for _, local, peer, state, queues, _ in rows
        if local == own and state == ESTABLISHED
    }
