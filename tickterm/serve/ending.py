"""How a tab's session ends, as a WebSocket close code and a sentence for its page."""

from __future__ import annotations

import logging
from enum import IntEnum

__all__ = ["End", "Ended"]

MAX_REASON = 120
"""Bytes; a close frame has room for 123."""


class End(IntEnum):
    """Close codes; below 4000 they mean what RFC 6455 says. The page's script knows them."""

    OVER = 1000
    """The user has quit."""
    STOPPING = 1001
    """The server stops, or starts anew."""
    LOST = 1006
    """The browser is gone or no longer reads; never sent."""
    REFUSED = 1008
    """The browser said what no terminal says."""
    BROKEN = 1011
    """An error of ours."""
    NOT_STARTED = 4000
    """The screen's program could not be started."""
    FAILED = 4001
    """The screen's program ended with an error."""


class Ended(Exception):
    """The session is over; raised by whichever part notices first."""

    def __init__(self, end: End, reason: str) -> None:
        super().__init__(reason)
        self.end = end
        self.reason = reason

    @property
    def message(self) -> bytes:
        """The reason, as much of it as a close frame carries."""
        return self.reason.encode()[:MAX_REASON].decode(errors="ignore").encode()

    @property
    def level(self) -> int:
        """How much of a line in the log it is worth."""
        ours = (End.BROKEN, End.NOT_STARTED, End.FAILED)
        return logging.WARNING if self.end in ours else logging.INFO
