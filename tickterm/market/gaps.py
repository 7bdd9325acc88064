"""Gaps: when ticks are known to be missing, and so which bars are not complete."""

from __future__ import annotations

from tickterm.market.bars import Bar

__all__ = ["Gaps"]

MOST = 100
"""Gaps that are told apart; the two oldest become one."""


class Gaps:
    """Spans of the ticks' own time, ms UTC."""

    def __init__(self) -> None:
        self._over: list[tuple[int, int]] = []
        self._since: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether ticks are missing now."""
        return self._since is not None

    def begin(self, since: int) -> None:
        """Ticks are missing from `since` on; no change where some are already."""
        if self._since is None:
            self._since = since

    def end(self, until: int) -> None:
        """All ticks are there again from `until` on."""
        if self._since is None:
            return
        if until > self._since:
            self._over.append((self._since, until))
        self._since = None
        if len(self._over) > MOST:
            first, second = self._over[:2]
            self._over[:2] = [(first[0], second[1])]

    def forget(self, before: int) -> None:
        """Forget those that were over before an instant, ms UTC: no bar from then is open."""
        self._over = [gap for gap in self._over if gap[1] > before]

    def touch(self, bar: Bar) -> bool:
        """Say whether ticks of the bar may be missing."""
        if self._since is not None and bar.end > self._since:
            return True
        return any(bar.start < until and bar.end > since for since, until in self._over)
