"""MarketState: what is known of each symbol, changed by ticks and frozen into rows."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from tickterm.market.snapshot import Row
from tickterm.market.ticks import TickData

__all__ = ["MarketState", "trading_day"]

SPARKLINE_SECONDS = 60

REVISED_WITHIN_MS = 3_600_000
"""A bar at most this much older than the newest revises the past; the feed does so for 15 minutes.
An older one means that the newest was wrong about the time, or that a recording began again."""

_DAY_MS = 86_400_000
_SHIFT_MS = 8 * 3_600_000


def trading_day(timestamp: int) -> int:
    """Return a number that is the same for all of one US trading day (04:00-20:00 New York).

    `timestamp` is ms UTC. Shifting by eight hours keeps a session inside one day both in winter
    (09:00-01:00 UTC) and in summer (08:00-00:00 UTC), so that no time zone table is needed.
    """
    return (timestamp - _SHIFT_MS) // _DAY_MS


class _Symbol:
    """The mutable record behind one row."""

    __slots__ = (
        "bar_volume",
        "day",
        "direction",
        "price",
        "reference",
        "reference_is_open",
        "row",
        "seconds",
        "ticks",
        "timestamp",
        "updated",
        "volume",
    )

    def __init__(self, symbol: str) -> None:
        self.row = Row(symbol)
        self.price = 0.0
        self.reference = 0.0
        self.reference_is_open = False
        self.volume: int | float = 0
        self.bar_volume: int | float = 0
        self.direction = 0
        self.seconds: deque[float] = deque(maxlen=SPARKLINE_SECONDS)
        self.timestamp = 0
        self.day: int | None = None
        self.updated = 0.0
        self.ticks = 0

    def freeze(self) -> Row:
        self.row = Row(
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
        )
        return self.row


class MarketState:
    """The newest of every symbol. One thread changes and freezes it."""

    def __init__(self, symbols: Iterable[str] = ()) -> None:
        self._symbols: dict[str, _Symbol] = {symbol: _Symbol(symbol) for symbol in symbols}
        self._changed: set[_Symbol] = set()
        self._rows: tuple[Row, ...] | None = None

    def watch(self, symbols: Iterable[str]) -> None:
        """Keep exactly `symbols`, in this order; what is known of the kept ones stays."""
        self._symbols = {s: self._symbols.get(s) or _Symbol(s) for s in symbols}
        self._rows = None

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
        known.updated = now
        timestamp = tick.timestamp
        day = trading_day(timestamp)
        late = 0 < known.timestamp - timestamp <= REVISED_WITHIN_MS
        if day != known.day and not late:
            known.day = day
            known.reference = tick.price
            known.reference_is_open = False
            known.volume = known.bar_volume = 0
        if tick.day_open and day == known.day:
            known.reference = tick.day_open
            known.reference_is_open = True
        revises = timestamp == known.timestamp
        if day == known.day:
            if tick.day_volume is None:
                told_before = known.bar_volume if revises else 0
                known.volume = max(known.volume + tick.volume - told_before, 0)
            elif not late or tick.day_volume > known.volume:
                known.volume = tick.day_volume
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
                seconds.extend([known.price] * min(silent, SPARKLINE_SECONDS))
            seconds.append(price)
        known.price = price
        known.timestamp = timestamp
        known.bar_volume = tick.volume

    def freeze(self) -> tuple[Row, ...]:
        """Return all rows in order; rows of symbols without a tick since are the same objects."""
        if self._changed or self._rows is None:
            for known in self._changed:
                known.freeze()
            self._changed.clear()
            self._rows = tuple([known.row for known in self._symbols.values()])
        return self._rows
