"""Pattern events as lines of spans: columns, the least important of which go first; pure."""

from __future__ import annotations

from tickterm.market.snapshot import PatternEvent
from tickterm.market.text import clean
from tickterm.market.timeframe import Timeframe
from tickterm.ui.draw import numbers
from tickterm.ui.draw.directions import SHAPES
from tickterm.ui.draw.spans import Line, Span, crop, fit, line_width, text_width

__all__ = ["bar_line", "event_line"]

_LONGEST = 64
_ROOM_FOR_PATTERN = 12
_DROPPED = (7, 6, 5, 4, 0, 3, 1)
"""Columns in the order in which they go where the line is short; never shape and pattern."""


def _cell(text: str, role: str, width: int, *, right: bool = False) -> Span:
    shown = fit(clean(text, _LONGEST), width)
    padding = " " * (width - text_width(shown))
    return f"{padding}{shown}  " if right else f"{shown}{padding}  ", role


def event_line(event: PatternEvent, width: int) -> Line:
    """Return an event in `width` cells: when it was heard of, symbol, pattern, confidence,
    timeframe, price, source, time of the bar in New York."""
    shape, role = SHAPES[event.direction]
    columns = {
        0: _cell(numbers.clock(event.wall_ms), "muted", 8),
        1: _cell(event.symbol, "symbol", 6),
        2: (f"{shape} ", role),
        3: _cell(f"{event.confidence:.2f}", "value", 4),
        4: _cell(event.timeframe, "muted", 5, right=True),
        5: _cell(numbers.price(event.price, 9) if event.price else "", "price", 9, right=True),
        6: _cell(event.source, "amber" if event.source == "fallback" else "muted", 9),
        7: _cell(f"bar {numbers.bar_time(event.timestamp, event.timeframe)}", "muted", 15),
    }
    for number in _DROPPED:
        if line_width(columns.values()) + _ROOM_FOR_PATTERN < width:
            break
        del columns[number]
    room = max(0, width - 1 - line_width(columns.values()) - 2)
    head = [columns[number] for number in (0, 1, 2) if number in columns]
    tail = [columns[number] for number in (3, 4, 5, 6, 7) if number in columns]
    return crop(((" ", "edge"), *head, _cell(event.pattern, "value", room), *tail), width)


def bar_line(event: PatternEvent, width: int, day: str) -> Line:
    """Return an event of a symbol that is known, in `width` cells, by the time of its bar.

    That of another `day` (`2026-06-01`, in New York) shows its date.
    """
    shape, role = SHAPES[event.direction]
    left: list[Span] = [
        _cell(_bar_time(event, day), "muted", 11),
        _cell(event.timeframe, "muted", 5, right=True),
        (f"{shape} ", role),
    ]
    right = [_cell(f"{event.confidence:.2f}", "value", 4)]
    room = max(0, width - 1 - line_width([*left, *right]) - 2)
    return crop(((" ", "edge"), *left, _cell(event.pattern, "value", room), *right), width)


def _bar_time(event: PatternEvent, day: str) -> str:
    time = numbers.exchange_time(event.timestamp)
    if event.timeframe == Timeframe.D1 or time.startswith(day):
        return numbers.bar_time(event.timestamp, event.timeframe)
    return time[len("2026-") : len("2026-06-01 09:31")]
