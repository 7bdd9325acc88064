"""Which prices have just changed, from what and in which direction; and which digits that were."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tickterm.market.snapshot import Row
    from tickterm.ui.draw.spans import Span

__all__ = ["CALM", "Flash", "Flashes", "changed_digits"]

SECONDS = 0.8
FADING_SECONDS = 0.3
"""The later part of a flash, fainter."""


class Flash(NamedTuple):
    """A change of a price that is still to be seen."""

    strength: int = 0
    """+-2 when it has just happened, +-1 a little later; 0: none."""
    before: float | None = None
    """The price before it, dollars."""

    @property
    def role(self) -> str:
        """How the digits that changed are drawn."""
        way = "up" if self.strength > 0 else "down"
        return f"{'flash' if abs(self.strength) > 1 else 'fading'}-{way}"


CALM = Flash()


class Flashes:
    """The flashes that are alight; times are seconds of the engine's clock."""

    def __init__(self) -> None:
        self._alight: dict[str, tuple[float, int, float]] = {}

    def compare(self, old: Row, new: Row, now: float) -> None:
        """Light a flash if the price of a symbol differs between two looks."""
        if old is new or old.price is None or new.price is None or old.symbol != new.symbol:
            return
        if new.price != old.price:
            way = 1 if new.price > old.price else -1
            self._alight[new.symbol] = (now + SECONDS, way, old.price)

    def of(self, symbol: str, now: float) -> Flash:
        """Return the flash of a symbol."""
        alight = self._alight.get(symbol)
        if alight is None:
            return CALM
        until, way, before = alight
        return Flash(way if until - now <= FADING_SECONDS else 2 * way, before)

    def forget(self, now: float) -> None:
        """Drop the flashes that are over."""
        if self._alight:
            self._alight = {s: flash for s, flash in self._alight.items() if flash[0] > now}


def changed_digits(text: str, before: str, flash: Flash, role: str) -> list[Span]:
    """Return `text` in `role`, and from the first character that is not as `before` flashing."""
    width = max(len(text), len(before))
    pairs = zip(text.rjust(width), before.rjust(width), strict=True)
    same = len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
    return [span for span in ((text[:same], role), (text[same:], flash.role)) if span[0]]
