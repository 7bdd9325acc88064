"""LinkListener: who must know when the feed could be heard, and when not."""

from __future__ import annotations

from typing import Protocol

__all__ = ["LinkListener", "LinkListeners"]


class LinkListener(Protocol):
    """Is told of the link's ends and beginnings, by the monotonic clock in seconds."""

    def link_lost(self, since: float) -> None:
        """Know that ticks may be missing since then; it may be said more than once."""

    def link_up(self, now: float) -> None:
        """Know that the subscription was sent."""

    def alive(self, at: float) -> None:
        """Know that all which the feed had sent by then has come: it answered, if without ticks.

        Infinity: it waits for us, or has ended, and loses nothing.
        """


class LinkListeners:
    """Several listeners as one."""

    def __init__(self, *listeners: LinkListener) -> None:
        self._listeners = listeners

    def link_lost(self, since: float) -> None:
        """Tell all that ticks may be missing since then."""
        for listener in self._listeners:
            listener.link_lost(since)

    def link_up(self, now: float) -> None:
        """Tell all that the subscription was sent."""
        for listener in self._listeners:
            listener.link_up(now)

    def alive(self, at: float) -> None:
        """Tell all that what the feed had sent by then has come."""
        for listener in self._listeners:
            listener.alive(at)
