"""The fields of a row that a person can filter by: names, aliases, and how each is read."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from operator import attrgetter

from tickterm.market.snapshot import Row

__all__ = [
    "NUMBERS",
    "PER_CENT",
    "TEXTS",
    "TIMED",
    "Number",
    "begins_field",
    "day_position",
    "near",
    "tick_rate",
]

Number = Callable[[Row, float], "float | None"]
"""Reads a number of a row at engine time `now`; None where it is unknown."""

MINUTE = 60.0


def day_position(row: Row) -> float | None:
    """Return where the price stands between the day's low (0) and its high (100)."""
    if row.price is None or row.low is None or row.high is None or row.high <= row.low:
        return None
    return (row.price - row.low) / (row.high - row.low) * 100.0


def tick_rate(row: Row, now: float) -> int:
    """Return the ticks of the last minute; none once the newest is older than that."""
    return row.minute_ticks if now - row.updated <= MINUTE else 0


def _tick_rate(row: Row, now: float) -> int | None:
    return tick_rate(row, now) if row.ticks else None


def _volume(row: Row) -> float | None:
    return row.volume if row.ticks else None


def _age(row: Row, now: float) -> float | None:
    return now - row.updated if row.ticks else None


def _direction(row: Row, now: float) -> int | None:  # noqa: ARG001  what every reader takes
    return row.direction if row.ticks else None


def _of_row(read: Callable[[Row], float | None]) -> Number:
    return lambda row, _now: read(row)


_READERS: dict[str, Number] = {
    "last price": _of_row(attrgetter("price")),
    "chg change": _of_row(attrgetter("change")),
    "chg_pct pct percent": _of_row(attrgetter("percent")),
    "open": _of_row(attrgetter("open")),
    "high": _of_row(attrgetter("high")),
    "low": _of_row(attrgetter("low")),
    "volume vol": _of_row(_volume),
    "vwap": _of_row(attrgetter("vwap")),
    "ticks": _of_row(attrgetter("ticks")),
    "tpm": _tick_rate,
    "age": _age,
    "range": _of_row(day_position),
    "direction dir": _direction,
}
NUMBERS = {name: read for names, read in _READERS.items() for name in names.split()}
"""Numeric fields by name."""
TEXTS: dict[str, Callable[[Row], str]] = {
    "symbol": attrgetter("symbol"),
    "sym": attrgetter("symbol"),
    "name": attrgetter("name"),
}
"""Fields of text by name."""
PER_CENT = {"chg_pct", "pct", "percent", "range"}
"""Numeric fields that are in per cent."""
TIMED = {"age", "tpm"}
"""Fields that change although the row does not."""


def begins_field(word: str) -> bool:
    """Say whether `word`, in lower case, is a field's name or the beginning of one."""
    return any(name.startswith(word) for name in (*NUMBERS, *TEXTS))


def near(word: str) -> str:
    """Return the field that `word` may have meant, or nothing."""
    names = [*NUMBERS, *TEXTS]
    begun = [name for name in names if name.startswith(word.lower())]
    return next(iter(begun or difflib.get_close_matches(word.lower(), names, n=1)), "")
