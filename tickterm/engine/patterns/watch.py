"""PatternWatch: all that the engine has to do with patterns, its own and those of others."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tickterm.engine.patterns.board import PatternBoard
from tickterm.engine.patterns.fallback_pattern_detector import FallbackPatternDetector
from tickterm.engine.patterns.road import EventRoad
from tickterm.market.bars import Bar
from tickterm.market.snapshot import DetectionView, PatternEvent

__all__ = ["PatternWatch"]


class PatternWatch:
    """The rules, the board, and the road to and from Redis."""

    def __init__(self, redis_url: str) -> None:
        self._detector = FallbackPatternDetector()
        self._board = PatternBoard()
        self._road = EventRoad(redis_url, self._detector, self._board)

    async def run(self) -> None:
        """Listen to others, and tell them what the rules found, until cancelled."""
        await self._road.run()

    def watch(self, symbols: Collection[str]) -> None:
        """Know exactly `symbols` from now on."""
        self._detector.keep(symbols)
        self._board.watch(symbols)

    def begin_anew(self) -> None:
        """Let the patterns of a recording that is played again be found and told again."""
        self._detector.begin_anew()
        self._board.begin_anew()

    def take(self, bars: Sequence[Bar], whole_from: int = 0) -> None:
        """Take minutes that have closed: what is found on them goes to the board and to Redis.

        `whole_from` is the instant from which on no ticks are missing, ms UTC; 0: none ever were.
        """
        if detections := self._detector.take(bars, whole_from):
            self._road.report(detections)

    def newest(self) -> tuple[PatternEvent, ...]:
        """Return the newest events, oldest first; the same object until there is a new one."""
        return self._board.newest()

    def of(self, symbol: str) -> tuple[PatternEvent, ...]:
        """Return a watched symbol's events, oldest first; the same object until they change."""
        return self._board.of(symbol)

    def view(self, now: float) -> DetectionView:
        """Return the state and all counts at monotonic time `now`."""
        return self._road.view(now)
