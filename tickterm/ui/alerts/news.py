"""Which alerts have fired since a screen last looked."""

from __future__ import annotations

from collections.abc import Sequence

from tickterm.market.alerts import FiredAlert

__all__ = ["AlertNews"]


class AlertNews:
    """Tells each alert once; those that fired before the first look are old."""

    def __init__(self) -> None:
        self._last = 0
        self._since: int | None = None

    def take(self, alerts: Sequence[FiredAlert], wall_ms: int) -> Sequence[FiredAlert]:
        """Return the alerts (oldest first) that are new at `wall_ms` of the engine's clock.

        They may come later than all else from an engine elsewhere; 0: its clock is not yet known.
        """
        if self._since is None:
            self._since = wall_ms or None
        last, self._last = self._last, alerts[-1].number if alerts else self._last
        # Numbers go on from run to run: lower ones are of another engine.
        if self._since is None or self._last <= last:
            return ()
        return [each for each in alerts if each.number > last and each.wall_ms >= self._since]
