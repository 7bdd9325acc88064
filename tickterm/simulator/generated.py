"""GeneratedSource: the made-up market as a live feed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from zlib import crc32

import orjson

from tickterm.market.hours import Session, session_at
from tickterm.market.seeds import COMBO_TEST
from tickterm.market.symbols import is_symbol
from tickterm.simulator.control import Subscriptions
from tickterm.simulator.market import Bar, Market

__all__ = ["GeneratedSource", "numbered_symbols"]

_BARS_A_FRAME = 500
_SLOTS = 20
"""Frames over which `spread` distributes one second."""
_BREATH = 0.01
"""Least seconds between frames when `rate` drives the clock."""
_SECONDS_A_BREATH = 1_000
"""Most simulated seconds in that time, for when most of them are silent."""
_JUMP = 2.0
"""Seconds by which the clock may be off the schedule before the schedule is made anew."""


def numbered_symbols(count: int) -> tuple[str, ...]:
    """Return `count` made-up symbols: S0000, S0001 and so on."""
    return tuple(f"S{number:04d}" for number in range(count))


class GeneratedSource:
    """Bars of a made-up market.

    The bars of second S leave at S + 1 + `delay` in one burst, or over the `spread` (below 1)
    seconds after that, each symbol at a phase of its own. A symbol's first bar follows its
    subscription at once.
    With `rate` (bars per second in total) the simulated clock runs as fast or slow as that takes.

    `symbols`: only these have data; None gives every well-formed ticker data, and lets `A.*` mean
    the demo's 70 symbols. `sessions` honours the trading hours of New York; else it is always open.
    `clock` gives seconds UTC. Connections share one market, so that prices go on after a reconnect.
    """

    prefixes = frozenset({"A"})
    waits = False

    def __init__(
        self,
        symbols: Sequence[str] | None = None,
        *,
        seed: int = 0,
        delay: float = 0.0,
        spread: float = 0.0,
        rate: float | None = None,
        sessions: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._market = Market(seed)
        self._known = None if symbols is None else tuple(dict.fromkeys(symbols))
        self._schedule = _Schedule(delay, spread)
        self._rate = rate
        self._sessions = sessions
        self._clock = clock
        self._next_second = int(clock())

    def frames(self, wanted: Subscriptions) -> AsyncGenerator[bytes, None]:
        """Yield frames of what is wanted, for ever."""
        return self._live(wanted) if self._rate is None else self._paced(wanted, self._rate)

    async def _live(self, wanted: Subscriptions) -> AsyncGenerator[bytes, None]:
        schedule = self._schedule
        newest: dict[str, int] = {}
        slots: dict[int, list[str]] = {}
        slot = schedule.after(self._clock())
        while True:
            if wanted.changed.is_set():
                wanted.changed.clear()
                symbols = self._symbols(wanted)
                slots = schedule.slots(symbols)
                newest = {symbol: newest[symbol] for symbol in symbols if symbol in newest}
                fresh = [symbol for symbol in symbols if symbol not in newest]
                for frame in self._bars(fresh, schedule.newest(self._clock()), newest, quiet=False):
                    yield frame
            if not await self._due(schedule.time_of(slot), wanted):
                continue
            second, part = divmod(slot, schedule.count)
            for frame in self._bars(slots.get(part, ()), second, newest):
                yield frame
            behind = self._clock() - schedule.time_of(slot)
            if abs(behind) < _JUMP:
                slot += 1
            else:
                slot = schedule.after(self._clock())
                newest = dict.fromkeys(newest, 0)

    def _bars(
        self, symbols: Iterable[str], second: int, newest: dict[str, int], *, quiet: bool = True
    ) -> Iterator[bytes]:
        due = [symbol for symbol in symbols if newest.get(symbol, -1) < second]
        bars = self._market.bars(due, second, self._session(second), quiet=quiet)
        newest.update((str(bar["sym"]), second) for bar in bars)
        return _encoded(bars)

    async def _due(self, at: float, wanted: Subscriptions) -> bool:
        """Wait until the clock says `at`; False when the subscriptions changed before."""
        while 0 < (left := at - self._clock()) < _JUMP + 1:
            try:
                async with asyncio.timeout(left):
                    await wanted.changed.wait()
            except TimeoutError:
                continue
            return False
        return True

    async def _paced(self, wanted: Subscriptions, rate: float) -> AsyncGenerator[bytes, None]:
        loop = asyncio.get_running_loop()
        symbols: tuple[str, ...] = ()
        pending: list[Bar] = []
        last, owed = loop.time(), 1.0
        while True:
            if wanted.changed.is_set() or not symbols:
                await wanted.changed.wait()
                wanted.changed.clear()
                symbols = self._symbols(wanted)
                kept = frozenset(symbols)
                pending = [bar for bar in pending if bar["sym"] in kept]
                last = loop.time()
            # A client that was waited for gets at most one second's worth at once.
            now = loop.time()
            owed, last = min(owed + (now - last) * rate, max(rate, 1.0)), now
            count = int(owed)
            owed -= count
            self._refill(pending, count, symbols)
            for frame in _encoded(pending[:count]):
                yield frame
            del pending[:count]
            await asyncio.sleep(max(_BREATH, (1 - owed) / rate))

    def _refill(self, pending: list[Bar], count: int, symbols: Iterable[str]) -> None:
        for _ in range(_SECONDS_A_BREATH):
            if len(pending) >= count:
                return
            second = self._next_second
            self._next_second += 1
            pending += self._market.bars(symbols, second, self._session(second))

    def _session(self, second: int) -> Session:
        return session_at(second * 1000) if self._sessions else Session.REGULAR

    def _symbols(self, wanted: Subscriptions) -> tuple[str, ...]:
        named = wanted.tickers("A")
        if "*" in named:
            named = (*(self._known or COMBO_TEST), *named)
        known = None if self._known is None else frozenset(self._known)
        return tuple(
            symbol
            for symbol in dict.fromkeys(named)
            if (symbol in known if known is not None else is_symbol(symbol))
        )


class _Schedule:
    """When which part of a second's bars leaves; slots are numbered from the epoch."""

    def __init__(self, delay: float, spread: float) -> None:
        self._lag = 1.0 + delay
        self._spread = spread
        self.count = _SLOTS if spread > 0 else 1
        """Slots of one second."""

    def time_of(self, slot: int) -> float:
        """Return when the slot's bars leave, seconds UTC."""
        second, part = divmod(slot, self.count)
        return second + self._lag + self._spread * part / self.count

    def newest(self, now: float) -> int:
        """Return the newest second whose bars began to leave."""
        return int(now - self._lag)

    def after(self, now: float) -> int:
        """Return the first slot that is not yet due at `now`."""
        slot = int(now - self._lag - self._spread) * self.count
        while self.time_of(slot) <= now:
            slot += 1
        return slot

    def slots(self, symbols: Iterable[str]) -> dict[int, list[str]]:
        """Distribute the symbols; the same symbol always has the same place."""
        places: dict[int, list[str]] = {}
        for symbol in symbols:
            places.setdefault(crc32(symbol.encode()) % self.count, []).append(symbol)
        return places


def _encoded(bars: Sequence[Bar]) -> Iterator[bytes]:
    for first in range(0, len(bars), _BARS_A_FRAME):
        yield orjson.dumps(bars[first : first + _BARS_A_FRAME])
