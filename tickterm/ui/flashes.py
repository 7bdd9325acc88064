"""Which prices have just changed, and in which direction."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tickterm.market.snapshot import Row

__all__ = ["Flashes"]

SECONDS = 0.5
FADING_SECONDS = 0.3
"""The later part of a flash, fainter."""


class Flashes:
    """The flashes that are alight; times are seconds of the engine's clock."""

    def __init__(self) -> None:
        self._alight: dict[str, tuple[float, int]] = {}

    def compare(self, old: Row, new: Row, now: float) -> None:
        """Light a flash if the price of a symbol differs between two looks."""
        if old is new or old.price is None or new.price is None or old.symbol != new.symbol:
            return
        if new.price != old.price:
            self._alight[new.symbol] = (now + SECONDS, 1 if new.price > old.price else -1)

    def of(self, symbol: str, now: float) -> int:
        """Return the direction of a symbol's flash: +-2 fresh, +-1 fading, 0 none."""
        until, direction = self._alight.get(symbol, (now, 0))
        return direction if until - now <= FADING_SECONDS else 2 * direction

    def forget(self, now: float) -> None:
        """Drop the flashes that are over."""
        self._alight = {s: flash for s, flash in self._alight.items() if flash[0] > now}
