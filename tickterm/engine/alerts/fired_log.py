"""FiredLog: tells the log what has fired, in few lines however many alerts do at once."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from tickterm.engine.alerts.few_lines import FewLines

__all__ = ["FiredLog"]

EACH = 3
"""So many at one moment have a line each; of more the first has one, and the others are counted."""


class FiredLog(FewLines):
    """Every alert is told or counted. Times named `now` are monotonic seconds."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING, "alerts: %d more fired: see the list of alerts")

    def tell_all(self, texts: Sequence[str], now: float) -> None:
        """Tell what has fired at one moment."""
        if len(texts) > EACH:
            others = f"and {len(texts) - 1:,} others: see the list of alerts"
            self.tell(f"alert: {texts[0]}; {others}", now, len(texts))
            return
        for text in texts:
            self.tell(f"alert: {text}", now)
