"""FallbackPatternDetector: the engine's own rules, while analytics gives no sign of life."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence

from tickterm.engine.patterns.heartbeat import Heartbeat
from tickterm.market.bars import Bar
from tickterm.market.pattern_rules import BARS_NEEDED, RULES, RULES_OF_TWO, Match
from tickterm.market.redis_events import Detection, bar_data_of

__all__ = ["FallbackPatternDetector"]

COOL_DOWN = 300_000
"""Ms of the bars' own time in which a symbol's pattern is not found again."""


class FallbackPatternDetector:
    """Finds patterns on closed minutes, one symbol's pattern at most once in five minutes.

    It keeps the newest bars of each symbol also while it is passive, so that it can take over at
    any time; the rules are for bars that close from then on. Bars that lack ticks are left out.
    """

    def __init__(self) -> None:
        """Begin passive: nothing was heard yet, nor that there is nothing to hear."""
        self._symbols: dict[str, _Symbol] = {}
        self._universe: frozenset[str] | None = None
        self._heartbeat = Heartbeat()
        self.is_active = False
        """Whether the rules are at work: `heard` decides."""
        self.active_since = 0.0
        """When they were last put to work, seconds of the monotonic clock; 0: never."""

    @property
    def heartbeat_at(self) -> float | None:
        """When analytics last gave a sign of life, seconds of the monotonic clock; None: never."""
        return self._heartbeat.changed_at

    def keep(self, symbols: Collection[str]) -> None:
        """Know these symbols alone from now on, and forget what is known of others."""
        self._universe = universe = frozenset(symbols)
        for symbol in [symbol for symbol in self._symbols if symbol not in universe]:
            del self._symbols[symbol]

    def begin_anew(self) -> None:
        """Forget all bars and what was found on them: older ones will come."""
        self._symbols.clear()

    def heard(self, value: bytes | None, now: float, wall: float) -> None:
        """Take the heartbeat key as it was just read; None: no key, or no Redis.

        `now` is seconds of the monotonic clock, `wall` seconds UTC.
        """
        self._heartbeat.read(value, now, wall)
        was_active, self.is_active = self.is_active, not self._heartbeat.is_alive(now)
        if self.is_active and not was_active:
            self.active_since = now

    def take(self, bars: Sequence[Bar], whole_from: int = 0) -> list[Detection]:
        """Take minutes that have closed, and return what the rules found on them.

        `whole_from` is the instant from which on no ticks are missing, ms UTC; 0: none ever were.
        What came before it is not compared with what came after.
        """
        found: list[Detection] = []
        for bar in bars:
            symbol = self._symbol(bar.symbol) if bar.complete else None
            if symbol is not None and symbol.add(bar) and self.is_active:
                found += [_detection(bar, match) for match in symbol.matches(whole_from)]
        return found

    def _symbol(self, name: str) -> _Symbol | None:
        if self._universe is not None and name not in self._universe:
            return None
        known = self._symbols.get(name)
        if known is None:
            known = self._symbols[name] = _Symbol()
        return known


class _Symbol:
    """The newest bars of one symbol, oldest first, and when each pattern was last found."""

    __slots__ = ("bars", "found_at")

    def __init__(self) -> None:
        self.bars: deque[Bar] = deque(maxlen=BARS_NEEDED)
        self.found_at: dict[str, int] = {}

    def add(self, bar: Bar) -> bool:
        """Keep a bar, unless it is no newer than those that are there."""
        if self.bars and bar.start <= self.bars[-1].start:
            return False
        self.bars.append(bar)
        return True

    def matches(self, whole_from: int) -> list[Match]:
        """Return what the rules find on the newest bar and did not find lately."""
        start = self.bars[-1].start
        is_cut = len(self.bars) > 1 and self.bars[-2].start < whole_from <= start
        matches = [
            match
            for rule in RULES
            if not (is_cut and rule in RULES_OF_TWO)
            and (match := rule(self.bars)) is not None
            and start - self.found_at.get(match.pattern, -COOL_DOWN) >= COOL_DOWN
        ]
        self.found_at.update((match.pattern, start) for match in matches)
        return matches


def _detection(bar: Bar, match: Match) -> Detection:
    return Detection(
        bar.symbol,
        match.pattern,
        match.confidence,
        match.direction,
        bar.start,
        bar.timeframe,
        bar_data_of(bar),
    )
