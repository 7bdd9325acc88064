"""Places: how many may be connected, in all and from one address, before a byte is read."""

from __future__ import annotations

from collections import Counter

from tickterm.access import is_loopback
from tickterm.files import file_limit

__all__ = ["Places"]

RESERVED_FILES = 64
"""File descriptors that viewers never get: the feed, Redis and the table need some."""
FOR_SCREENS = 32
"""Places that only the Unix socket has."""
MOST_REFUSED = 8
"""Connections that are kept open for a moment to tell them that there is no place."""


class Places:
    """The places of viewers; those of this machine (a proxy among them) share no address limit.

    Some are only for screens through the Unix socket: no crowd keeps the engine's user out.
    """

    def __init__(self, most: int = 2000, per_address: int = 20) -> None:
        self.most = max(min(most, file_limit() - RESERVED_FILES), 1)
        self._for_screens = min(FOR_SCREENS, self.most // 4)
        self._per_address = per_address
        self.refused = 0
        """Connections that are being told so."""
        self._taken = 0
        self._from: Counter[str] = Counter()

    @property
    def is_crowded(self) -> bool:
        """Say whether too many are being refused to tell one more why."""
        return self.refused >= MOST_REFUSED

    def take(self, address: str) -> str:
        """Take a place for a connection from `address` (empty: a Unix socket), or say why not."""
        if self._taken >= self.most - (self._for_screens if address else 0):
            return "too many"
        if address and not is_loopback(address):
            if self._from[address] >= self._per_address:
                return "too many from there"
            self._from[address] += 1
        self._taken += 1
        return ""

    def give_back(self, address: str) -> None:
        """Give back a place that was taken."""
        self._taken -= 1
        if address in self._from:
            self._from[address] -= 1
            if not self._from[address]:
                del self._from[address]
