"""Entries: what waits to be acknowledged, for as long as it may be part of a bar that is open."""

from __future__ import annotations

from tickterm.market.bars import BarMaker
from tickterm.market.open_periods import FAR
from tickterm.market.ticks import TickData
from tickterm.market.timeframe import Timeframe

__all__ = ["MOST_LOOSE", "Entries"]

MOST_LOOSE = 1_000
"""Entries of no open bar that wait for others, to be acknowledged with them."""

_MINUTE = Timeframe.M1.ms


class Entries:
    """The ids of the stream's entries of one session, by what becomes of their ticks."""

    def __init__(self, maker: BarMaker) -> None:
        """Take who makes the bars, minutes among them; it is given each tick first."""
        self._maker = maker
        self._held: dict[int, list[bytes]] = {}
        """By the minute of their tick, whose bar will close."""
        self._ahead: list[tuple[TickData, bytes]] = []
        """Of ticks whose time may be wrong: which of them are in a bar, only the maker knows."""
        self._sift_at = MOST_LOOSE
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
            self._ahead.append((tick, entry))
            if len(self._ahead) >= self._sift_at:
                self._sift()
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
        self._loose += [entry for _, entry in self._ahead]
        self._loose += [entry for held in self._held.values() for entry in held]
        self._ahead, self._held = [], {}
        return self.pop_loose()

    def _sift(self) -> None:
        """Let go of those whose tick is in no open bar: it was stray, or a newer version of its
        second came, or its bar has closed."""
        ahead, self._ahead = self._ahead, []
        for tick, entry in ahead:
            if self._maker.has(tick):
                self._ahead.append((tick, entry))
            else:
                self._loose.append(entry)
        self._sift_at = 2 * len(self._ahead) + MOST_LOOSE
