"""Lateness: how late messages are, without knowing what time it is over there."""

from __future__ import annotations

__all__ = ["Lateness"]

WINDOW = 120.0
"""Seconds after which the quickest message begins to be forgotten: clocks drift apart."""


class Lateness:
    """Compares how long messages took with the quickest of the last two to four minutes.

    Two steady clocks differ by an unknown amount; what a message took beyond the quickest is the
    part of its way that it spent waiting. Clocks that drift by 100 ppm make that wrong by 24 ms.
    """

    def __init__(self) -> None:
        self._quickest = float("inf")
        self._quickest_before = float("inf")
        self._window_ends = float("-inf")

    def of(self, sent: float, received: float) -> float:
        """Return by how many seconds a message was late; the clocks are the two sides' own."""
        took = received - sent
        if received >= self._window_ends:
            self._window_ends = received + WINDOW
            self._quickest_before, self._quickest = self._quickest, took
        self._quickest = min(self._quickest, took)
        return took - min(self._quickest, self._quickest_before)
