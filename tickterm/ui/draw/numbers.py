"""Numbers as a person reads them; every function is pure and bounded in width."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from tickterm.market.hours import NEW_YORK
from tickterm.market.timeframe import Timeframe

__all__ = [
    "age",
    "bar_time",
    "change",
    "clock",
    "compact",
    "count",
    "duration",
    "exchange_time",
    "local_day",
    "milliseconds",
    "percent",
    "price",
    "size",
    "three_digits",
]

_UNITS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))
_BYTES = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))
_MISSING = "—"


def _decimals(value: float) -> int:
    return 4 if abs(value) < 1.0 else 2


def price(value: float | None, width: int = 12) -> str:
    """Return dollars: 2 decimals, 4 below a dollar, `10,000.00` from there on.

    What is wider than `width` characters loses its decimals, then its digits (`1.25M`).
    """
    if value is None or not math.isfinite(value):
        return _MISSING
    decimals = _decimals(value) if value else 2
    comma = "," if abs(value) >= 10_000 else ""
    for text in (f"{value:{comma}.{decimals}f}", f"{value:{comma}.0f}"):
        if len(text) <= width:
            return text
    return compact(value)


def change(value: float | None, of: float | None, width: int = 10) -> str:
    """Return a signed change in dollars, with as many decimals as the price `of` has."""
    if value is None or of is None or not math.isfinite(value):
        return _MISSING
    decimals = _decimals(of)
    text = f"{value:+,.{decimals}f}"
    if not text.strip("+-0.,"):
        return f"{0:.{decimals}f}"
    if len(text) <= width:
        return text
    return f"{'+' if value > 0 else ''}{compact(value)}"


def percent(value: float | None) -> str:
    """Return a signed percentage in at most seven characters (`+0.55%`, `-123.4%`, `+1234%`)."""
    if value is None or not math.isfinite(value):
        return _MISSING
    if abs(value) >= 99_999:
        return ">99999%" if value > 0 else "<-9999%"
    decimals = 2 if abs(value) < 99.995 else 1 if abs(value) < 999.95 else 0
    text = f"{value:+.{decimals}f}%"
    return text if text.strip("+-0.%") else "0.00%"


def compact(value: float) -> str:
    """Return a magnitude in about five characters: `950`, `12.5K`, `3.40M`, `1.25B`."""
    if not math.isfinite(value):
        return _MISSING
    size = abs(value)
    for unit, letter in _UNITS:
        scaled = size / unit
        if scaled >= 0.9995:
            return f"{'-' if value < 0 else ''}{three_digits(scaled)}{letter}"
    return f"{value:.0f}"


def size(value: float) -> str:
    """Return an amount of bytes in three digits: `0 B`, `12.3 kB`, `1.25 GB`."""
    for unit, name in _BYTES:
        scaled = abs(value) / unit
        if scaled >= 0.9995:
            return f"{'-' if value < 0 else ''}{three_digits(scaled)} {name}"
    return f"{value:.0f} B"


def three_digits(value: float, decimals: int = 2) -> str:
    """Return what is positive and below 1,000 in three digits: `1.25`, `12.5`, `950`.

    With fewer `decimals` at most, in less.
    """
    own = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:.{min(decimals, own)}f}"


def count(value: int) -> str:
    """Return an exact count: `12,345,678`."""
    return f"{value:,}"


def age(seconds: float) -> str:
    """Return an age in at most three characters: `1s`, `45s`, `3m`, `2h`, `9d`.

    Started seconds count, so that a symbol with a bar every second says `1s` all the time.
    """
    if not math.isfinite(seconds):
        return _MISSING
    whole = max(1, math.ceil(seconds))
    for unit, size in (("s", 1), ("m", 60), ("h", 3600)):
        if whole < (60 if unit != "h" else 24) * size:
            return f"{whole // size}{unit}"
    return f"{min(whole // 86_400, 99)}d"


def duration(seconds: float) -> str:
    """Return elapsed time as `00:12:31`, with days in front when there are any (`3d 04:00:12`)."""
    whole = max(0, int(seconds)) if math.isfinite(seconds) else 0
    days, rest = divmod(whole, 86_400)
    text = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
    return f"{days}d {text}" if days else text


def milliseconds(seconds: float | None) -> str:
    """Return a latency: `0.42 ms`, `12.3 ms`, `1.2 s`; a dash when there is none."""
    if seconds is None or not math.isfinite(seconds):
        return _MISSING
    value = seconds * 1e3
    if value >= 999.5:
        return f"{seconds:.1f} s"
    return f"{three_digits(value)} ms"


def clock(wall_ms: int) -> str:
    """Return the local time of day, `HH:MM:SS`, of an instant in ms UTC."""
    try:
        return datetime.fromtimestamp(wall_ms / 1000, UTC).astimezone().strftime("%H:%M:%S")
    except (OverflowError, OSError, ValueError):
        return "--:--:--"


def local_day(wall_ms: int) -> str:
    """Return the local day, `2026-06-01`, of an instant in ms UTC; empty where there is none."""
    try:
        return datetime.fromtimestamp(wall_ms / 1000, UTC).astimezone().strftime("%Y-%m-%d")
    except (OverflowError, OSError, ValueError):
        return ""


def exchange_time(ms: int) -> str:
    """Return date and time in New York, `2013-10-07 09:31:02 ET`, of an instant in ms UTC."""
    try:
        return datetime.fromtimestamp(ms / 1000, NEW_YORK).strftime("%Y-%m-%d %H:%M:%S ET")
    except (OverflowError, OSError, ValueError):
        return "--:--:-- ET"


def bar_time(start: int, timeframe: str) -> str:
    """Return when a bar began, ms UTC, in New York: `09:31 ET`, with seconds where it is shorter
    than a minute or of unknown length, `06-01 ET` where it is a day's."""
    time = exchange_time(start)
    if timeframe not in set(Timeframe) or Timeframe(timeframe).ms < Timeframe.M1.ms:
        return time[-len("HH:MM:SS ET") :]
    if timeframe == Timeframe.D1:
        return f"{time[-len('MM-DD HH:MM:SS ET') : -len(' HH:MM:SS ET')]} ET"
    return f"{time[-len('HH:MM:SS ET') : -len(':SS ET')]} ET"
