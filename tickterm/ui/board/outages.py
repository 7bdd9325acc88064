"""Outages: when the feed was not heard, so that no price is drawn as if it had stood still."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from tickterm.market.freshness import NEVER
from tickterm.market.snapshot import SPARKLINE_SECONDS

if TYPE_CHECKING:
    from tickterm.market.snapshot import Row

__all__ = ["Outage", "Outages", "heard"]

_KEPT = 20
"""The newest outages; a sparkline has no room for more."""


class Outage(NamedTuple):
    """A time in which ticks were missed, seconds of the engine's clock."""

    lost: float
    """When the last tick before it came, of any symbol."""
    back: float
    """From when on ticks could be heard again."""


class Outages:
    """Those that were seen while the screen looked."""

    def __init__(self) -> None:
        self.known: tuple[Outage, ...] = ()
        """The newest, oldest first."""
        self._since = NEVER
        self._heard_since = NEVER
        """The newest of these that was an instant."""
        self._lost = -math.inf

    def take(self, rows: Iterable[Row], since: float) -> None:
        """Know the rows, and since when no tick was missed, as `known_since` returns it."""
        if since == self._since:
            return
        if self._since != NEVER:
            times = (row.updated for row in rows if row.ticks and row.updated < since)
            self._lost = max(times, default=-math.inf)
        self._since = since
        if since != NEVER:
            if since > self._heard_since:
                self.known = (*self.known, Outage(self._lost, since))[-_KEPT:]
            self._heard_since = since


def heard(row: Row, outages: Sequence[Outage]) -> tuple[float, ...]:
    """Return a row's sparkline, in which the seconds of outages are NaN.

    Ticks come about a second apart, so a point belongs to the outage if its tick would have come
    more than a second before the end.
    """
    points, updated = row.sparkline, row.updated
    if not outages or outages[-1].back <= updated - SPARKLINE_SECONDS:
        return points
    known = list(points)
    newest = len(points) - 1
    for lost, back in outages:
        if back <= updated:
            first = max(0, newest - math.ceil(min(updated - lost, SPARKLINE_SECONDS)) + 1)
            for place in range(first, newest - math.floor(updated - back) - 1):
                known[place] = math.nan
    return tuple(known)
