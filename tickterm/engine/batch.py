"""Batch: the ticks of one frame, encoded once, as every sink gets them."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Batch"]


class Batch(NamedTuple):
    """Ticks in the order of their arrival."""

    symbols: list[str]
    payloads: list[bytes]
    """The eleven-key JSON of each tick."""
    received: float
    """When the frame arrived, monotonic seconds."""
