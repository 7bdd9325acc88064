"""FrameRate: how often to draw on a terminal that may not keep up; pure."""

from __future__ import annotations

__all__ = ["FrameRate"]

LOWEST = 1.0
QUEUED = 3
"""Frames on their way to the terminal from which no further one is made."""
SHARE = 0.5
"""Of its period that a frame may take, or come late, before it counts as strain."""
STRAINS = 3
"""Such frames in a row after which the rate is lowered: one alone is a hiccup."""
SETTLE = 1.0
"""Seconds that a lowered rate has before it is lowered again."""
EASE = 10.0
"""Seconds without strain after which the rate goes up a step."""


class FrameRate:
    """Halves the rate under strain, down to 1 a second, and doubles it again after ease.

    All times are seconds of one clock, which the caller reads.
    """

    def __init__(self, ceiling: float) -> None:
        """Take the most frames a second."""
        self.ceiling = ceiling
        self.fps = ceiling
        self._held = False
        self._strains = 0
        self._late = 0.0
        self._drawn_at = self._changed_at = self._strained_at = float("-inf")
        self._expected_at = float("inf")

    @property
    def lowered(self) -> bool:
        """Whether the terminal gets fewer frames than it should."""
        return self.fps < self.ceiling

    def due(self, now: float, queued: int = 0) -> bool:
        """Say whether to draw now, while `queued` frames wait for the terminal.

        To be asked as often as the ceiling says. Once a full queue has drained a frame is due.
        """
        self._late = max(self._late, now - self._expected_at)
        self._expected_at = now + 1 / self.ceiling
        was_held, self._held = self._held, queued >= QUEUED
        if self._held:
            self._strained(now)
            return False
        return was_held or now - self._drawn_at > 1 / self.fps - SHARE / self.ceiling

    def drawn(self, now: float, took: float) -> None:
        """Note a frame that was begun at `now` and took so many seconds."""
        self._drawn_at = now
        worst, self._late = max(took, self._late), 0.0
        if worst > SHARE / self.fps:
            self._strains += 1
            self._strained_at = now
            if self._strains >= STRAINS:
                self._strained(now)
            return
        self._strains = 0
        if self.lowered and now - max(self._strained_at, self._changed_at) >= EASE:
            self._change(now, min(self.ceiling, 2 * self.fps))

    def _strained(self, now: float) -> None:
        self._strained_at = now
        lower = max(min(LOWEST, self.ceiling), self.fps / 2)
        if lower < self.fps and now - self._changed_at >= SETTLE:
            self._change(now, lower)

    def _change(self, now: float, fps: float) -> None:
        self.fps, self._changed_at, self._strains = fps, now, 0
