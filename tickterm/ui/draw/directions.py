"""How directions are drawn: of a price, of a change, and of a pattern."""

from __future__ import annotations

from tickterm.market.redis_events import Direction

__all__ = ["ARROWS", "SHAPES", "sign_role"]

ARROWS = {1: ("▲", "up"), -1: ("▼", "down"), 0: ("·", "flat")}
"""Arrow and role of the way that a price went."""
SHAPES = {
    Direction.BULLISH: ("△", "up"),
    Direction.BEARISH: ("▽", "down"),
    Direction.NEUTRAL: ("◇", "amber"),
}
"""Shape and role of a pattern's direction; hollow, as the full ones tell how a price moved."""


def sign_role(value: float | None) -> str:
    """Return the role of a change."""
    if value is None or not value:
        return "flat"
    return "up" if value > 0 else "down"
