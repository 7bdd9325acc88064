"""Attendance: who is there, who has gone, and who must go."""

from __future__ import annotations

import logging
import time
from collections import Counter

from websockets.frames import CloseCode as StandardCode

from tickterm.engine.notices import Sampler
from tickterm.engine.viewers.viewer import LAST_WORDS, Viewer
from tickterm.market.contract import CloseCode, Stream

__all__ = ["PAUSE", "Attendance"]

log = logging.getLogger("tickterm.viewers")

PAUSE = 1.0
"""Seconds without a look at the viewers from which the engine itself was away, such as a machine
that slept: nobody could answer it meanwhile."""


class Attendance:
    """All viewers. One thread, nothing waits."""

    def __init__(self) -> None:
        self.viewers: set[Viewer] = set()
        self.cut_by: Counter[str] = Counter()
        self.keeps_last_screen = True
        """Whether a screen that leaves as the last is kept: it sees the engine's end."""
        self._tended_at = time.monotonic()
        self._missed_since: float | None = time.monotonic()
        """Since when a screen is expected: the first one, or one that has gone without a word."""
        self._sampler = Sampler(5)

    def live(self, stream: Stream | None = None) -> list[Viewer]:
        """Return the viewers that have been greeted; of one stream, or all."""
        return [v for v in self.viewers if v.live and stream in (None, v.stream)]

    def admit(self, viewer: Viewer) -> None:
        """Take a viewer that has been greeted: from now on it gets whatever comes."""
        viewer.live = True
        if viewer.is_screen:
            self._missed_since = None

    def dismiss(self, viewer: Viewer) -> None:
        """Let a viewer go that leaves for good: at once, or with the engine that lives for it."""
        viewer.leaves = True
        is_last = viewer.is_screen and not self._has_screens()
        if not (is_last and self.keeps_last_screen):
            viewer.end(StandardCode.NORMAL_CLOSURE, "", time.monotonic())

    def forget(self, viewer: Viewer) -> None:
        """Forget a viewer that has gone."""
        self.viewers.discard(viewer)
        if viewer.is_screen and viewer.live and not viewer.leaves:
            self._missed_since = time.monotonic()

    def is_deserted(self, patience: float) -> bool:
        """Say whether all screens have left for good, or none was there for `patience` seconds."""
        if self._has_screens():
            return False
        return self._missed_since is None or time.monotonic() - self._missed_since > patience

    def tend(self, now: float) -> None:
        """Cut off the viewers that do not keep up, or do not answer."""
        paused, self._tended_at = now - self._tended_at > PAUSE, now
        for viewer in list(self.viewers):
            if paused:
                viewer.excuse(now)
            self._look_after(viewer, now)

    def cut(self, viewer: Viewer, reason: str, code: CloseCode, text: str) -> None:
        """Tell a viewer to go, and count why."""
        if viewer.ended_at is not None:
            return
        now = time.monotonic()
        self.cut_by[reason] += 1
        if self._sampler.admit("cut", now):
            level = logging.INFO if reason == "token" else logging.WARNING  # a page asks first
            log.log(level, "viewer cut off (%s): %s", reason, text)
        viewer.end(code, text, now)

    def _has_screens(self) -> bool:
        return any(viewer.is_screen and not viewer.leaves for viewer in self.viewers)

    def _look_after(self, viewer: Viewer, now: float) -> None:
        viewer.look(now)
        if viewer.ended_at is not None:
            if now - viewer.ended_at > LAST_WORDS:
                viewer.abort()
        elif viewer.is_stuck(now):
            self.cut(viewer, "stuck", CloseCode.SLOW, "you took nothing for 3 s")
        elif viewer.is_silent(now):
            self.cut(viewer, "stuck", CloseCode.SLOW, "you did not answer for 13 s")
