"""Entries: what waits to be acknowledged, for as long as it may be part of a bar that is open."""

from __future__ import annotations

from itertools import chain

from tickterm.market.bars import BarMaker
from tickterm.market.open_periods import FAR, MOST_OPEN
from tickterm.market.ticks import TickData
from tickterm.market.timeframe import Timeframe

__all__ = ["MOST_LOOSE", "Entries"]

MOST_LOOSE = 1_000
"""Entries of no open bar that wait for others, to be acknowledged with them."""
MOST_AHEAD = 2 * MOST_OPEN
"""Minutes ahead at which it is looked which of them are open still."""

_MINUTE = Timeframe.M1.ms


class Entries:
    """The ids of the stream's entries of one session, by what becomes of their ticks."""

    def __init__(self, maker: BarMaker) -> None:
        """Take who makes the bars, minutes among them; it is given each tick first."""
        self._maker = maker
        self._held: dict[int, list[bytes]] = {}
        """By the minute of their tick, whose bar will close."""
        self._ahead: dict[int, dict[tuple[str, int], bytes]] = {}
        """By the minute, the symbol and the second of their tick, whose time may be wrong: which
        minutes are open, only the maker knows."""
        self._loose: list[bytes] = []
        self._settled = -1

    @property
    def are_many_loose(self) -> bool:
        """Whether those that no open bar needs should wait no longer."""
        return len(self._loose) >= MOST_LOOSE

    @property
    def are_loose(self) -> bool:
        """Whether there are any that no open bar needs."""
        return bool(self._loose)

    def hold(self, tick: TickData, entry: bytes, now: int) -> None:
        """Keep the entry of a tick until the bar of its minute has closed, if it is in one.

        `now` is the ticks' own time in ms UTC; -1: not known.
        """
        if not entry:
            return
        minute = tick.timestamp - tick.timestamp % _MINUTE
        held = self._held.get(minute)
        if held is not None:
            held.append(entry)
        elif minute < self._settled:
            self._loose.append(entry)
        elif now < 0 or minute > now + FAR:
            self._hold_ahead(minute, tick, entry)
        else:
            self._held[minute] = [entry]

    def release(self, entry: bytes) -> None:
        """Take one that is part of no bar."""
        if entry:
            self._loose.append(entry)

    def settle(self, until: int) -> None:
        """Know that the bars of all minutes before `until`, ms UTC, have closed."""
        self._settled = until
        self._sift()
        for minute in [minute for minute in self._held if minute < until]:
            self._loose += self._held.pop(minute)

    def pop_loose(self) -> list[bytes]:
        """Return and forget those that no open bar needs."""
        loose, self._loose = self._loose, []
        return loose

    def pop_all(self) -> list[bytes]:
        """Return and forget all: the session has ended."""
        self._loose += chain.from_iterable(ahead.values() for ahead in self._ahead.values())
        self._loose += chain.from_iterable(self._held.values())
        self._ahead, self._held = {}, {}
        return self.pop_loose()

    def _hold_ahead(self, minute: int, tick: TickData, entry: bytes) -> None:
        """Keep it unless the tick is stray; let go of an older version of its second."""
        if not self._maker.has(tick):
            self._loose.append(entry)
            return
        if minute not in self._ahead and len(self._ahead) >= MOST_AHEAD:
            self._sift()
        ahead = self._ahead.setdefault(minute, {})
        second = tick.ticker, tick.timestamp // 1000
        if second in ahead:
            self._loose.append(ahead[second])
        ahead[second] = entry

    def _sift(self) -> None:
        """Let go of the minutes that are not open: they have closed, or were wrong times."""
        for minute in [minute for minute in self._ahead if not self._maker.is_open(minute)]:
            self._loose += self._ahead.pop(minute).values()
