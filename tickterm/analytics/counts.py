"""Counts: what became of the ticks of one partition."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from tickterm.market.bars import BarCounts

__all__ = ["Counts"]


class Counts(NamedTuple):
    """ticks = what `seconds` has taken + rejected + others that are no seconds."""

    ticks: int = 0
    """Payloads taken."""
    rejected: Counter[str] = Counter()  # noqa: RUF012 - never changed
    """Payloads that were no tick, by reason."""
    seconds: BarCounts = BarCounts()
    """What became of the ticks, as far as bars of a minute go."""

    @property
    def late_or_stray(self) -> int:
        """Return how many ticks came too late for their bar, or of a time that no bar is of."""
        return self.seconds.late + self.seconds.stray

    def plus(self, other: Counts) -> Counts:
        """Return the sum of two."""
        seconds = BarCounts(*map(sum, zip(self.seconds, other.seconds, strict=True)))
        return Counts(self.ticks + other.ticks, self.rejected + other.rejected, seconds)
