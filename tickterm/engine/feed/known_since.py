"""KnownSince: from when on a link has missed no tick of an open market."""

from __future__ import annotations

from tickterm.market.calendar import is_loaded
from tickterm.market.hours import was_closed
from tickterm.market.snapshot import Feed

__all__ = ["KnownSince"]


class KnownSince:
    """Judges the gaps between connections by the wall clock, as a steady one stops in a machine
    that sleeps; all of `wall` are seconds UTC."""

    def __init__(self, feed: Feed) -> None:
        """Take which feed it is: a simulated one keeps no hours."""
        self._keeps_hours = feed is Feed.LIVE
        self._since: float | None = None
        self._ticked = self._alive = 0.0
        """When the newest ticks came, and by when all that the feed had sent."""

    def heard(self, wall: float, *, ticks: bool) -> None:
        """Know that a message has come, with ticks or without."""
        self._alive = wall
        if ticks:
            self._ticked = wall

    def answered(self, wall: float) -> None:
        """Know that all which the feed had sent by then has come."""
        self._alive = wall

    def doubted(self) -> None:
        """Know that its answers prove nothing: it was open, but mute."""
        self._alive = self._ticked

    def up(self, now: float, wall: float) -> float:
        """Know that ticks come from monotonic time `now` on; return from when on none is missed.

        Without a calendar at hand a gap counts, rather than that anybody should wait.
        """
        closed = is_loaded() and was_closed(int(self._alive * 1000), int(wall * 1000))
        if self._since is None or not (closed and self._keeps_hours):
            self._since = now
        self._ticked = self._alive = wall
        return self._since
