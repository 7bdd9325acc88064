"""Vitals: what one partition has heard and done, for those who ask how it is."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from tickterm.analytics.studies import Findings
from tickterm.market.bars import Bar
from tickterm.market.timeframe import Timeframe

__all__ = ["BEHIND", "Vitals"]

log = logging.getLogger("tickterm.analytics")

BEHIND = 5.0
"""Seconds of lag that are worth a line."""


class Vitals:
    """All instants are of the monotonic clock."""

    def __init__(self, name: str, measure: Timeframe) -> None:
        """Take the name for the log, and the timeframe whose bars are the measure of work."""
        self._name = name
        self._measure = measure
        self.began_at = time.monotonic()
        self.heard_at: float | None = None
        """When a tick came last; None: none has since it began."""
        self.is_ready = False
        """Whether it has dealt with a whole bar, or goes on where another run ended."""
        self.is_blind = False
        """Whether no bar can be studied for want of histories."""
        self.bars_closed = 0
        self.detections = 0
        self.calculations = 0
        self.lag = 0.0
        """Seconds for which the newest ticks lay ready before they were handled, at most."""
        self._worst_lag = 0.0
        self._calculated = 0

    def begin(self) -> None:
        """Know that the partition is ours from now on."""
        self.began_at, self.heard_at = time.monotonic(), None
        self.is_ready = self.is_blind = False

    def hear(self) -> None:
        """Know that a tick came."""
        self.heard_at = time.monotonic()

    def worst_lag(self) -> float:
        """Return the longest lag since this was last asked, seconds."""
        worst, self._worst_lag = self._worst_lag, self.lag
        return worst

    def note_lag(self, lag: float) -> None:
        """Take the lag of a batch, seconds; tell where it begins and ends to be worth a line."""
        before, self.lag = self.lag, lag
        self._worst_lag = max(self._worst_lag, lag)
        if before < BEHIND <= lag:
            log.warning("%s: %.0f s behind", self._name, lag)
        elif lag < BEHIND <= before:
            log.info("%s: no longer behind", self._name)

    def note_findings(self, findings: Findings) -> None:
        """Take what was published of a bar."""
        self.detections += len(findings.detections)
        self.calculations += len(findings.calculations)

    def note_closing(self, bars: Sequence[Bar], trouble: str) -> None:
        """Take bars that were dealt with; `trouble`: why some of them were not studied."""
        self.bars_closed += len(bars)
        studied = self.calculations > self._calculated
        self._calculated = self.calculations
        if any(bar.complete and bar.timeframe is self._measure for bar in bars):
            self.is_ready = True
            self.is_blind = bool(trouble) and not studied
