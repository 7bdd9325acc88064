"""MarketState: what is known of each symbol, changed by ticks and frozen into rows."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping
from typing import Any

from tickterm.market.names import KNOWN
from tickterm.market.snapshot import SPARKLINE_SECONDS, Row
from tickterm.market.ticks import TickData

__all__ = ["MarketState", "trading_day"]

RATE_SECONDS = 60
"""Ticks a minute are counted over this long."""

REVISED_WITHIN_MS = 3_600_000
"""A bar at most this much older than the newest revises the past; the feed does so for 15 minutes.
An older one means that the newest was wrong about the time, or that a recording began again."""

AGREEING = 3
"""Ticks in a row of another trading day after which it is the market's: one may be wrong."""

_DAY_MS = 86_400_000
_SHIFT_MS = 8 * 3_600_000


def trading_day(timestamp: int) -> int:
    """Return a number that is the same for all of one US trading day (04:00-20:00 New York).

    `timestamp` is ms UTC. Shifting by eight hours keeps a session inside one day both in winter
    (09:00-01:00 UTC) and in summer (08:00-00:00 UTC), so that no time zone table is needed.
    """
    return (timestamp - _SHIFT_MS) // _DAY_MS


_NOT_TODAY: Mapping[str, Any] = {
    "reference": None,
    "reference_is_open": False,
    "volume": 0,
    "high": None,
    "low": None,
    "vwap": None,
}


class _Symbol:
    """The mutable record behind one row."""

    __slots__ = (
        "bar_volume",
        "day",
        "direction",
        "high",
        "low",
        "price",
        "reference",
        "reference_is_open",
        "row",
        "second",
        "seconds",
        "ticks",
        "ticks_before",
        "timestamp",
        "updated",
        "volume",
        "vwap",
    )

    def __init__(self, symbol: str) -> None:
        self.row = Row(symbol)
        self.price = 0.0
        self.reference = 0.0
        self.reference_is_open = False
        self.volume: int | float = 0
        self.bar_volume: int | float = 0
        self.direction = 0
        self.seconds: list[float] = []  # of a deque a tuple takes four times as long
        self.timestamp = 0
        self.day: int | None = None
        self.updated = 0.0
        self.ticks = 0
        self.high = 0.0
        self.low = math.inf
        self.vwap: float | None = None
        self.ticks_before = array("Q", bytes(8 * RATE_SECONDS))
        """Of each second of the minute, a ring, how many came before it."""
        self.second = -1
        """The newest of them."""

    def be_named(self, name: str | None) -> None:
        """Know what the symbol stands for, where that is said."""
        if name and name != self.row.name:
            self.row = self.row._replace(name=name)

    def begin_day(self, day: int, price: float) -> None:
        """Forget the day before: its first price is what there is to compare with."""
        self.day = day
        self.reference = price
        self.reference_is_open = False
        self.volume = self.bar_volume = 0
        self.high, self.low, self.vwap = 0.0, math.inf, None

    def open_at(self, price: float) -> None:
        """Take the day's official opening price."""
        self.reference = price
        self.reference_is_open = True
        self.high = max(self.high, price)
        self.low = min(self.low, price)

    def minute_ticks(self) -> int:
        """Return the ticks of the minute before the newest one, counted from look to look."""
        second, before = int(self.updated), self.ticks_before
        if second > self.second:
            for passed in range(min(second - self.second, RATE_SECONDS)):
                before[(second - passed) % RATE_SECONDS] = self.row.ticks
        self.second = second
        return self.ticks - before[(second + 1) % RATE_SECONDS]

    def freeze(self, today: int | None) -> Row:
        """Return the row on the market's day `today`.

        Of a day before that only the price is told, which its age belongs to: yesterday's change
        beside today's ones would be compared with them, and come first among them.
        """
        row = Row(
            self.row.symbol,
            self.price,
            self.reference,
            self.reference_is_open,
            self.volume,
            self.direction,
            tuple(self.seconds),
            self.timestamp,
            self.updated,
            self.ticks,
            self.high if self.high > 0 else None,
            self.low if self.high > 0 else None,
            self.vwap,
            self.minute_ticks(),
            self.row.name,
        )
        self.row = row if self.is_of(today) else row._replace(**_NOT_TODAY)
        return self.row

    def is_of(self, today: int | None) -> bool:
        """Say whether what is known of the day is of today; nobody is behind a wrong time."""
        return self.day is None or today is None or self.day >= today


class MarketState:
    """The newest of every symbol. One thread changes and freezes it."""

    def __init__(self, symbols: Iterable[str] = ()) -> None:
        self._symbols: dict[str, _Symbol] = {}
        self._changed: set[_Symbol] = set()
        self._rows: tuple[Row, ...] | None = None
        self._names: Mapping[str, str] = {}
        self._today: int | None = None
        """The trading day of the newest ticks."""
        self._frozen: int | None = None
        """What it was when the rows were frozen."""
        self._others = 0
        """Ticks in a row that were of another."""
        self.watch(symbols)

    def watch(self, symbols: Iterable[str], names: Mapping[str, str] = KNOWN) -> None:
        """Keep exactly `symbols`, in this order, under these names; what is known stays."""
        wanted, known = tuple(symbols), self._symbols
        new = [symbol for symbol in wanted if symbol not in known]
        kept = frozenset(wanted)
        for symbol in [symbol for symbol in known if symbol not in kept]:
            del known[symbol]
        known.update((symbol, _Symbol(symbol)) for symbol in new)
        if tuple(known) != wanted:
            self._symbols = known = {symbol: known[symbol] for symbol in wanted}
        if names is not self._names:  # else only the new ones lack theirs, among thousands
            self._names, new = names, list(known)
        for symbol in new:
            known[symbol].be_named(names.get(symbol) or KNOWN.get(symbol))
        self._rows = None

    def price_of(self, symbol: str) -> float | None:
        """Return the newest price of a watched symbol, dollars; None before the first tick."""
        known = self._symbols.get(symbol)
        return known.price if known is not None and known.ticks else None

    def apply(self, tick: TickData, now: float) -> None:
        """Take one tick of a watched symbol, received at monotonic time `now` (seconds).

        A bar for the newest second replaces what that second said before; a bar of an earlier
        second (a late revision) updates the day's volume and nothing that it would turn back. One
        older than any revision begins anew, or a single wrong time would freeze its symbol.
        """
        known = self._symbols.get(tick.ticker)
        if known is None:
            return
        self._changed.add(known)
        known.ticks += 1
        timestamp = tick.timestamp
        day = trading_day(timestamp)
        late = 0 < known.timestamp - timestamp <= REVISED_WITHIN_MS
        if not late:  # a late one says nothing of now
            known.updated = now
        if not late and (day != self._today or self._others):
            self._turn(day, goes_back=known.day is not None and day < known.day)
        if day != known.day and not late:
            known.begin_day(day, tick.price)
        opened = tick.day_open
        if (
            opened
            and day == known.day
            and not (known.reference_is_open and opened == known.reference)
        ):
            known.open_at(opened)
        revises = timestamp == known.timestamp
        if day == known.day:
            if tick.day_volume is None:
                told_before = known.bar_volume if revises else 0
                known.volume = max(known.volume + tick.volume - told_before, 0)
            elif not late or tick.day_volume > known.volume:
                known.volume = tick.day_volume
            if tick.tick_high > known.high:
                known.high = tick.tick_high
            if tick.tick_low < known.low:
                known.low = tick.tick_low
            if tick.day_vwap is not None and not late:
                known.vwap = tick.day_vwap
        if late:
            return
        price = tick.price
        before = known.price if known.ticks > 1 else tick.tick_open
        if price != before:
            known.direction = 1 if price > before else -1
        seconds = known.seconds
        if revises and seconds:
            seconds[-1] = price
        else:
            silent = (timestamp - known.timestamp) // 1000 - 1 if seconds else 0
            if silent > 0:
                seconds += [known.price] * min(silent, SPARKLINE_SECONDS)
            seconds.append(price)
            if len(seconds) > SPARKLINE_SECONDS:
                del seconds[:-SPARKLINE_SECONDS]
        known.price = price
        known.timestamp = timestamp
        known.bar_volume = tick.volume

    def _turn(self, day: int, *, goes_back: bool) -> None:
        """Take the day of a tick, once it is surely the market's.

        A symbol that goes back was wrong before, or is that of a recording that begins again.
        """
        self._others = 0 if day == self._today else self._others + 1
        if self._today is not None and not goes_back and self._others < AGREEING:
            return
        self._today, self._others = day, 0

    def freeze(self) -> tuple[Row, ...]:
        """Return all rows in order; rows of symbols without a tick since are the same objects,
        unless their day is over."""
        if self._today != self._frozen:
            then, now, symbols = self._frozen, self._today, self._symbols.values()
            self._changed.update(
                known for known in symbols if known.is_of(then) != known.is_of(now)
            )
            self._frozen = now
        if self._changed or self._rows is None:
            for known in self._changed:
                known.freeze(self._today)
            self._changed.clear()
            self._rows = tuple([known.row for known in self._symbols.values()])
        return self._rows
