"""What a screen is told that may only look."""

from __future__ import annotations

__all__ = ["HOW_TO_CONTROL", "READ_ONLY"]

READ_ONLY = "this screen is read-only"
HOW_TO_CONTROL = (
    "to control the engine: tickterm attach --control, on its machine or with its TICKTERM_TOKEN"
)
