"""How far a symbol that says nothing fades towards the background; pure."""

from __future__ import annotations

__all__ = ["STALE", "quietness"]

_QUIET_AFTER = (10.0, 20.0, 40.0, 60.0)
"""Seconds without a tick after which a symbol takes one more step towards the background."""
STALE = len(_QUIET_AFTER) + 1
"""The quietness of a symbol whose link is down: no colour at all."""


def quietness(age: float) -> int:
    """Return how quiet a symbol is after `age` seconds: 0 (fresh) to 4 (over a minute)."""
    return sum(age > limit for limit in _QUIET_AFTER)
