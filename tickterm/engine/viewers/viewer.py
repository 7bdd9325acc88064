"""One viewer: what it wants, how far it has come, and whether it keeps up."""

from __future__ import annotations

import time

from websockets.frames import Frame, Opcode
from websockets.protocol import State

from tickterm.engine.viewers.connection import ViewerConnection
from tickterm.market.alerts import AlertRule
from tickterm.market.contract import Stream
from tickterm.market.snapshot import Row

__all__ = ["Viewer", "framed"]

SLOW_ABOVE = 256 * 2**10
"""Unsent bytes above which a viewer gets nothing more until it has caught up."""
CAUGHT_UP_BELOW = SLOW_ABOVE // 2
STUCK_AFTER = 3.0
"""Seconds without a byte taken, with bytes waiting, until a viewer is told to go."""
SILENT_AFTER = 13.0
"""Seconds without any sign of life; it is pinged every five."""
LAST_WORDS = 1.0
"""Seconds that it then has to take what waits and the reason."""
MESSAGES_PER_SECOND = 10
BURST = 20
"""Messages that a viewer may send at once."""


def framed(message: bytes) -> bytes:
    """Return `message` as the bytes of one WebSocket frame: made once for all viewers."""
    return Frame(Opcode.TEXT, message).serialize(mask=False)


class Viewer:
    """One connection; `position` is the number of the newest tick that it was sent or spared."""

    def __init__(self, connection: ViewerConnection, *, local: bool) -> None:
        self.connection = connection
        self.local = local
        """Connected through the Unix socket: a screen of the engine's own user."""
        self.is_screen = local
        """Whether the engine may live for it; a program that takes one look is none."""
        self.control = local
        """May tell the engine to do something."""
        self.stream = Stream.TICKS
        self.symbols: frozenset[str] | None = None
        """The filter; None: everything."""
        self.live = False
        """Greeted, and so to be sent whatever comes."""
        self.position = 0
        self.told = 0
        """Number of the newest tick that it knows of: a filter may have let through none since."""
        self.rows: tuple[Row, ...] = ()
        """What a viewer of the stream `rows` has seen."""
        self.pattern = 0
        """Number of the newest pattern event that it was sent or spared."""
        self.alert = 0
        """Number of the newest fired alert that it was sent."""
        self.alert_rules: tuple[AlertRule, ...] = ()
        """The alert rules that it was sent."""
        self.universe: tuple[str, ...] = ()
        """The symbols that it knows to be watched."""
        self.groups = b""
        """The frame that told it of the groups."""
        self.leaves = False
        """It has said that it goes for good."""
        self.ended_at: float | None = None
        """When it was told to go."""
        now = time.monotonic()
        self._written = 0
        self._taken = 0
        self.backlog = 0
        """Unsent bytes at the last look."""
        self._moved_at = now
        self._alive_at = now
        self._allowance = float(BURST)
        self._spoke_at = now

    def write(self, *frames: bytes) -> None:
        """Send frames, without waiting; one that is closing gets nothing more."""
        if self.ended_at is None and self.is_open():
            for frame in frames:
                self._written += len(frame)
                self.connection.transport.write(frame)

    def is_open(self) -> bool:
        """Say whether anything can still be sent."""
        connection = self.connection
        return connection.state is State.OPEN and not connection.transport.is_closing()

    def unsent(self) -> int:
        """Return the bytes that wait for the viewer."""
        return self.connection.transport.get_write_buffer_size()

    def is_slow(self) -> bool:
        """Say whether so much waits for it that more would only wait as well."""
        return self.unsent() > SLOW_ABOVE

    def has_room(self) -> bool:
        """Say whether a slow viewer has taken enough to get the next piece."""
        return self.unsent() <= CAUGHT_UP_BELOW

    def look(self, now: float) -> None:
        """Note what it has taken since the last look."""
        unsent = self.unsent()
        taken = self._written - unsent
        if taken > self._taken and self.backlog:
            self._alive_at = now
        if taken > self._taken or not unsent:
            self._moved_at = now
        self._taken, self.backlog = taken, unsent

    def excuse(self, now: float) -> None:
        """Begin its times anew: it is we who have been away."""
        self._moved_at = self._alive_at = now
        if self.ended_at is not None:
            self.ended_at = now

    def is_stuck(self, now: float) -> bool:
        """Say whether it has taken nothing of what waits for too long."""
        return now - self._moved_at > STUCK_AFTER

    def is_silent(self, now: float) -> bool:
        """Say whether it has neither said nor taken anything for too long: not even a ping.

        What it takes counts only where bytes had to wait: the kernel takes the others by itself,
        whether the viewer lives or not.
        """
        return now - max(self._alive_at, self.connection.heard_at) > SILENT_AFTER

    def may_speak(self, now: float) -> bool:
        """Count a message of the viewer; say whether it is within its allowance."""
        self._allowance += (now - self._spoke_at) * MESSAGES_PER_SECOND
        self._allowance = min(self._allowance, BURST) - 1
        self._spoke_at = now
        return self._allowance >= 0

    def end(self, code: int, reason: str, now: float) -> None:
        """Tell it to go, behind whatever waits for it; `abort` follows after a while."""
        if self.ended_at is None and self.is_open():
            self.connection.protocol.send_close(code, reason.encode()[:120].decode(errors="ignore"))
            self.connection.send_data()
        self.ended_at = now

    def abort(self) -> None:
        """Cut it off: `close` would wait for a peer that does not read."""
        self.connection.transport.abort()
