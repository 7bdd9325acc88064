"""Where ticks come from, and what comes at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Batch", "Source"]


@dataclass(frozen=True, slots=True)
class Batch:
    """Payloads in their order; empty while nothing comes."""

    payloads: Sequence[bytes] = ()
    entries: Sequence[bytes] = ()
    """The ids of the stream's entries that the payloads were in; empty: of no stream."""
    waited: float = 0.0
    """Seconds for which nothing was there: only while we wait may bars close by the clock, since
    what closes them while we are behind are the ticks that lie ready."""
    cut: bool = False
    """Ticks may be missing before these."""
    listened: float = 0.0
    """Seconds for which nothing was missed before these came."""
    lag: float = 0.0
    """Seconds for which the oldest of them may have lain ready."""


class Source(Protocol):
    """Where the ticks of a partition come from; all methods may raise RedisError."""

    missed: int
    """Ticks that are known to be missing, or times that it was cut off."""
    dropped: int
    """Ticks that came and were not taken for want of room."""
    reason: str
    """Why nothing can come; empty: it can."""

    async def open(self, again: bool) -> bool:
        """Begin, the first time or after a failure; True: ticks before the first may be missing.

        `again`: there were ticks before, in this run or another.
        """

    def close(self) -> None:
        """End."""

    async def read(self) -> Batch:
        """Return what has come, after a fraction of a second at the latest."""

    async def acknowledge(self, entries: Sequence[bytes]) -> None:
        """Let go of entries for good."""

    async def verify(self) -> None:
        """Make sure that nobody else was given ticks that were meant for us; or OutOfStep."""

    async def unread(self) -> int | None:
        """Return how many ticks lie ready; None where that cannot be known."""
