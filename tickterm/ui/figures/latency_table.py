"""The table of latencies: what took how long, of the last minute and since the start."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from tickterm.market.snapshot import Feed, PerformanceView, Quantiles, Snapshot, Timing
from tickterm.ui.draw import numbers
from tickterm.ui.draw.spans import Line, Span, crop, fit

__all__ = ["TABLE_LINES", "latencies", "latency_table", "span_of_time"]

TABLE_LINES = 8
"""Two of titles, and one of each latency."""

_LEAST_LABEL, _MOST_LABEL = 14, 24
_MOST_GAP = 3
_CELL = 7
"""Characters of a duration."""
_ROOMY_FROM = 96
_BOTH_FROM = 80
_ALL_FROM = 48
"""Cells from which the columns stand further apart, there are those since the start, and all."""
_TOO_EARLY = "unknown in its first seconds"
_MINUTE, _SINCE_START = "value", "flat"


class _Row(NamedTuple):
    label: str
    timing: Timing
    unknown: str
    """Why there is nothing in it, if there is not."""


class _Columns(NamedTuple):
    names: Sequence[str]
    both: bool
    label: int
    """Cells of the labels."""
    pitch: int
    """Cells of a column."""
    gap: int
    """Cells between the columns of the minute and those since the start."""

    @property
    def between(self) -> Span:
        return (f"{'│':^{self.gap}}", "rule")


def latencies(performance: PerformanceView) -> list[tuple[str, Timing]]:
    """Return what the engine measures, by its name on the screen."""
    return [
        ("exchange to us", performance.exchange_to_receive),
        ("on to Redis", performance.receive_to_redis),
        ("on to viewers", performance.receive_to_viewers),
        ("on to screens", performance.receive_to_screens),
        ("engine's lag", performance.loop_lag),
    ]


def latency_table(snapshot: Snapshot, screen: Timing, now: float, width: int) -> list[Line]:
    """Return the table at engine time `now` as `TABLE_LINES` lines of `width` cells.

    `screen`: how late this screen's own loop is. Where there is less room, what was since the start
    goes first, then p95.
    """
    columns = _columns(width)
    up = numbers.duration(now - snapshot.started) if snapshot.started else ""
    titles = _titles(columns, f"since start {up}".rstrip())
    return [
        *(crop(line, width) for line in titles),
        *(crop(_line(row, columns, width), width) for row in _rows(snapshot, screen)),
    ]


def _columns(width: int) -> _Columns:
    names = ("p50", "p95", "p99", "max") if width >= _ALL_FROM else ("p50", "p99", "max")
    both = width >= _BOTH_FROM
    pitch = _CELL + (2 if width >= _ROOMY_FROM else 1)
    room = width - 1 - pitch * len(names) * (2 if both else 1)
    gap = min(_MOST_GAP, room - _LEAST_LABEL) if both else 0
    label = max(_LEAST_LABEL, min(room - gap - 1, _MOST_LABEL))
    return _Columns(names, both, label, pitch, gap)


def _titles(columns: _Columns, since_start: str) -> list[Line]:
    room = columns.pitch * len(columns.names)
    first: list[Span] = [(f" {'LATENCY':<{columns.label}}", "brand")]
    second: list[Span] = [(" " * (1 + columns.label), "blank")]
    first.append((f"{'last minute':>{room}}", "label"))
    second += _names(columns)
    if columns.both:
        first.append((f"{fit(since_start, room):>{room + columns.gap}}", "label"))
        second += [columns.between, *_names(columns)]
    return [tuple(first), tuple(second)]


def _names(columns: _Columns) -> list[Span]:
    return [(f"{name:>{columns.pitch}}", "label") for name in columns.names]


def _rows(snapshot: Snapshot, screen: Timing) -> list[_Row]:
    replayed = snapshot.link.feed is Feed.REPLAY
    unknown = (
        "a recording was made at another time" if replayed else "no tick yet",
        "no tick of a Redis that is up",
        "no viewer takes every tick",
        "no screen or page is attached",
        _TOO_EARLY,
    )
    rows = zip(latencies(snapshot.performance), unknown, strict=True)
    return [
        *(_Row(label, timing, why) for (label, timing), why in rows),
        _Row("screen's lag", screen, _TOO_EARLY),
    ]


def _line(row: _Row, columns: _Columns, width: int) -> Line:
    label: Span = (f" {row.label:<{columns.label}}", "label")
    if not (row.timing.minute.count or row.timing.since_start.count):
        indent = columns.pitch - len(columns.names[0]) if width >= _ALL_FROM else 1
        reason = fit(f"— {row.unknown}", width - columns.label - 1 - indent)
        return (label, (" " * indent, "blank"), (reason, "muted"))
    cells = _cells(row.timing.minute, columns, _MINUTE)
    if columns.both:
        cells += [columns.between, *_cells(row.timing.since_start, columns, _SINCE_START)]
    return (label, *cells)


def _cells(quantiles: Quantiles, columns: _Columns, role: str) -> list[Span]:
    values: list[float | None] = [getattr(quantiles, name) for name in columns.names]
    return [
        (
            f"{span_of_time(value):>{columns.pitch}}",
            "amber" if value is not None and value < 0 else role,
        )
        for value in values
    ]


def span_of_time(seconds: float | None) -> str:
    """Return a duration in at most seven characters: `0.42 ms`, `1.02 s`, `17 min`, `-12 ms`."""
    if seconds is None or not math.isfinite(seconds):
        return "—"
    size = abs(seconds)
    sign = "-" if seconds < 0 else ""
    for unit, name, below in ((1e-3, "ms", 0.9995), (1.0, "s", 999.5), (60.0, "min", 5_970.0)):
        if size < below:
            return _scaled(sign, size / unit, name)
    return _scaled(sign, size / 3600, "h") if size < 999.5 * 3600 else f"{sign}>999 h"


def _scaled(sign: str, value: float, unit: str) -> str:
    """Return three digits of it, or as many as there is room for."""
    texts = (f"{sign}{numbers.three_digits(value, most)} {unit}" for most in (2, 1))
    return next((text for text in texts if len(text) <= _CELL), f"{sign}{value:.0f} {unit}")
