"""Many viewers in one process that measures how long ticks take to them.

The time of an arrival is the kernel's, taken when the last bytes of a message came into the
viewer's socket: how long this process takes to look is not what is measured.
"""

from __future__ import annotations

import errno
import select
import socket
import struct
import time
from array import array
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

from websockets.frames import Close, Opcode

from scripts.bench.frames import FrameReader, framed, ticks_head, upgrade_request

__all__ = ["HELLO", "Findings", "swarm"]

HELLO = framed(b'{"type":"hello","version":1,"name":"bench"}')
CONNECTS_A_SECOND = 400
TURN = 0.05
"""Seconds between reads of a viewer at half speed."""
HIDDEN = 64 * 2**10
"""Of what a viewer at half speed does not read, bytes that wait in the kernel of its side."""
SO_TIMESTAMPNS = 35
STAMP = struct.Struct("qq")

_buffer = memoryview(bytearray(1 << 20))


@dataclass
class Findings:
    """What the viewers of a process saw while they were measured."""

    latency: array[float] = field(default_factory=lambda: array("d"))
    """Seconds from the feed's frame to the viewer's socket, of every message."""
    read: array[float] = field(default_factory=lambda: array("d"))
    """Seconds until this process had it."""
    messages: int = 0
    missed: int = 0
    """Ticks whose numbers no message covered."""
    conflated: int = 0
    lost: int = 0
    """Connections that ended."""
    reasons: Counter[str] = field(default_factory=Counter)
    """What the engine said when it ended one."""
    bytes: int = 0


class _Viewer:
    def __init__(self, port: int, findings: Findings) -> None:
        self.findings = findings
        self.last: int | None = None
        self.open = True
        self.taken = 0
        """Bytes, since it connected."""
        self._reader = FrameReader()
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.sendall(upgrade_request(port))
        self.socket.setblocking(False)

    def limit(self) -> None:
        """Let the kernel hide little of what is not read."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, HIDDEN)

    def read(self, most: int, *, measured: bool) -> None:
        """Take up to `most` bytes, if any are here."""
        space = socket.CMSG_SPACE(STAMP.size)
        try:
            size, control, _, _ = self.socket.recvmsg_into([_buffer[:most]], space)
        except OSError as error:
            if error.errno == errno.EAGAIN:
                return
            size, control = 0, []
        if not size:
            self.open = False
            self.socket.close()
            return
        self.taken += size
        arrived = _stamp(control) if measured else 0.0
        greeted = self._reader.upgraded
        for opcode, payload in self._reader.feed(_buffer[:size]):
            self._take(opcode, payload, arrived)
        if not greeted and self._reader.upgraded:
            self.socket.send(HELLO)

    def _take(self, opcode: int, payload: bytes, arrived: float) -> None:
        if opcode == Opcode.PING:
            self.socket.send(framed(payload, Opcode.PONG))
        elif opcode == Opcode.CLOSE:
            self.findings.reasons[str(Close.parse(payload))] += 1
        elif (head := ticks_head(payload)) is not None:
            if arrived:
                found = self.findings
                found.latency.append(arrived - head.received)
                found.read.append(time.time() - head.received)
                found.messages += 1
                found.conflated += head.conflated
                found.missed += head.first - 1 - (self.last or 0)
            self.last = head.last


def swarm(port: int, count: int, told: Connection) -> None:
    """Run `count` viewers of the engine at `port`, as `told` says.

    Says `ready` when every viewer has its first ticks; `half` slows them to half of what came in
    the second before; `measure` begins the measuring; `end` sends the findings and ends it.
    """
    _Swarm(port, count, told).run()


class _Swarm:
    def __init__(self, port: int, count: int, told: Connection) -> None:
        self._port = port
        self._count = count
        self._told = told
        self._epoll = select.epoll()
        self._viewers: dict[int, _Viewer] = {}
        self._findings = Findings()
        self._measured = False
        self._speed = 0.0
        """Bytes that a viewer reads in a second; 0: all."""
        self._turn = 0.0

    def run(self) -> None:
        """Connect, read, and obey until the end."""
        self._connect()
        while any(viewer.last is None for viewer in self._viewers.values()):
            self._read(TURN)
        self._told.send("ready")
        before = 0
        while (order := self._order()) != "end":
            if order == "measure":
                self._measured, before = True, self._taken()
            elif order == "half":
                self._speed, self._turn = self._half(), time.monotonic()
                for viewer in self._viewers.values():
                    viewer.limit()
            if self._speed:
                self._read_some()
            else:
                self._read(TURN)
        self._findings.bytes = self._taken() - before
        self._findings.lost = self._count - len(self._viewers)
        self._told.send(self._findings)

    def _order(self) -> str:
        return str(self._told.recv()) if self._told.poll() else ""

    def _connect(self) -> None:
        began = time.monotonic()
        for number in range(self._count):
            viewer = _Viewer(self._port, self._findings)
            self._viewers[viewer.socket.fileno()] = viewer
            self._epoll.register(viewer.socket, select.EPOLLIN)
            self._read(0)
            while time.monotonic() < began + number / CONNECTS_A_SECOND:
                self._read(0.001)

    def _read(self, timeout: float) -> None:
        """Read whatever has come."""
        for number, _ in self._epoll.poll(timeout):
            self._read_one(self._viewers[number], len(_buffer))

    def _read_some(self) -> None:
        """Wait for the next turn, then read from each what half speed allows."""
        time.sleep(TURN)
        before, self._turn = self._turn, time.monotonic()
        for viewer in list(self._viewers.values()):
            self._read_one(viewer, max(int(self._speed * (self._turn - before)), 1))

    def _read_one(self, viewer: _Viewer, most: int) -> None:
        number = viewer.socket.fileno()
        viewer.read(most, measured=self._measured)
        if not viewer.open:
            del self._viewers[number]

    def _half(self) -> float:
        """Return half of the bytes that come for one viewer in a second."""
        before, end = self._taken(), time.monotonic() + 1.0
        while time.monotonic() < end:
            self._read(TURN)
        return (self._taken() - before) / max(self._count, 1) / 2

    def _taken(self) -> int:
        return sum(viewer.taken for viewer in self._viewers.values())


def _stamp(control: list[tuple[int, int, bytes]]) -> float:
    """Return when the kernel got the bytes, seconds UTC; now, where it has forgotten."""
    if not control:  # it merges what waits for long, to save memory
        return time.time()
    seconds, nanoseconds = STAMP.unpack(control[0][2])
    return float(seconds + nanoseconds / 1e9)
