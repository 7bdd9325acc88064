"""What is in sight of a chart that has more candles, the crosshair, and what it shows; pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from tickterm.market.snapshot import Candle, PatternEvent
from tickterm.market.timeframe import Timeframe
from tickterm.ui.chart.candles import way
from tickterm.ui.chart.gaps import GAP, is_gap
from tickterm.ui.draw import numbers
from tickterm.ui.draw.directions import SHAPES, sign_role
from tickterm.ui.draw.fields import Field, fitting_line, labelled
from tickterm.ui.draw.spans import Line, Span, fit, line_width

__all__ = ["NEWEST", "Sight", "values_line", "values_text"]

_ROOM_FOR_NAMES, _MOST_NAMES = 8, 8
_NAME_LIMIT = 64


class Sight(NamedTuple):
    """Which candles are seen and which one the crosshair is on.

    Candles are known by their starts, ms UTC: both stay where they are while new ones come.
    """

    at: int | None = None
    """The candle of the crosshair, or an instant in it; None: there is none."""
    last: int | None = None
    """The one at the right end; None: the newest, whichever that is."""
    pointed: int | None = None
    """The mouse is over this candle, counted from the right end: it moves the crosshair there."""

    def window(self, starts: Sequence[int], room: int) -> range:
        """Return the places of the candles in sight, `room` of them at most; the mark's is one."""
        if not starts:
            return range(0)
        newest, room = len(starts) - 1, max(1, room)
        last = newest if self.last is None else _place(starts, self.last)
        last = max(last, min(room, len(starts)) - 1)
        if self.at is not None:
            marked = _place(starts, self.at)
            last = min(max(last, marked), marked + room - 1)
        return range(max(0, last + 1 - room), last + 1)

    def marked(self, starts: Sequence[int], room: int) -> int | None:
        """Return the place of the candle that the crosshair is on, if it is on one."""
        if self.pointed is not None:
            window = self.window(starts, room)
            return window[-1 - self.pointed] if self.pointed < len(window) else None
        return None if self.at is None or not starts else _place(starts, self.at)

    def moved(self, starts: Sequence[int], steps: int, room: int) -> Sight:
        """Move the crosshair to the right, or to the left; from nowhere, first onto the last one.

        The view follows where that would leave it.
        """
        if not starts:
            return self
        window, marked = self.window(starts, room), self.marked(starts, room)
        if marked is None:
            marked, steps = window[-1], steps + (steps < 0)
        place = max(0, min(marked + steps, len(starts) - 1))
        last = max(min(window[-1], place + room - 1), place)
        return Sight(starts[place], None if last == len(starts) - 1 else starts[last])


NEWEST = Sight()
"""The newest candles, and no crosshair."""


def _place(starts: Sequence[int], start: int) -> int:
    """Return the place of the candle that begins then or goes on then, else of the oldest."""
    return max(0, bisect_right(starts, start) - 1)


def values_line(
    candles: Sequence[Candle],
    place: int,
    events: Sequence[PatternEvent],
    timeframe: Timeframe,
    width: int,
    *,
    marked: bool,
) -> Line:
    """Return the values of the candle at `place`, and the names of the events on it.

    Each value has its own place, wherever the crosshair goes. `marked` says that it is there. The
    sign of a gap stands before the time of a candle that has one before it.
    """
    if not candles:
        return fitting_line((), (), width)
    candle, size = candles[place], _longest_price(candles)
    roles = {"C": "value" if way(candle) == "flat" else way(candle)}
    prices = {"O": candle.open, "H": candle.high, "L": candle.low, "C": candle.close}
    before = candles[place - 1] if place else None
    time = _sign(before, candle, timeframe) + _time(candles, place, timeframe)
    head: list[Span] = [(f"{time} ", "badge-plain" if marked else "muted"), (" ", "blank")]
    shown = {
        name: labelled(name, f"{numbers.price(price):>{size}}", 0, roles.get(name, "value")).spans
        for name, price in prices.items()
    }
    gap: Span = ("  ", "blank")
    fields = [
        Field(shown["O"], 4),
        Field((*shown["H"], gap, *shown["L"]), 5),
        Field(shown["C"], 0),
        *_changes(candle, before),
        labelled("V", f"{numbers.compact(candle.volume):<5}", 3),
    ]
    return fitting_line(head, [*fields, *_names(events, width, head, fields)], width)


def values_text(candle: Candle, before: Candle | None, timeframe: Timeframe) -> str:
    """Return a candle's values as words for a clipboard."""
    change = None if before is None else candle.close - before.close
    prices = {"open": candle.open, "high": candle.high, "low": candle.low, "close": candle.close}
    parts = (
        f"{timeframe} {numbers.exchange_time(candle.start)}",
        *(f"{name} {numbers.price(price)}" for name, price in prices.items()),
        f"change {numbers.change(change, candle.close)}",
        numbers.percent(_percent(candle, before)) + _since(before, candle, timeframe),
        f"volume {candle.volume:,.0f}",
    )
    return "  ".join(parts)


def _longest_price(candles: Sequence[Candle]) -> int:
    ends = min(one.low for one in candles), max(one.high for one in candles)
    return max(len(numbers.price(price)) for price in ends)


def _sign(before: Candle | None, candle: Candle, timeframe: Timeframe) -> str:
    return GAP if before is not None and is_gap(before, candle, timeframe) else " "


def _since(before: Candle | None, candle: Candle, timeframe: Timeframe) -> str:
    """Return from when a change is, where it is not from the candle's neighbour."""
    if before is None or not is_gap(before, candle, timeframe):
        return ""
    return f" since {numbers.exchange_time(before.start)}"


def _percent(candle: Candle, before: Candle | None) -> float | None:
    if before is None or not before.close:
        return None
    return (candle.close / before.close - 1) * 100


def _changes(candle: Candle, before: Candle | None) -> list[Field]:
    change = None if before is None else candle.close - before.close
    role, dollars = sign_role(change), numbers.change(change, candle.close)
    percent = numbers.percent(_percent(candle, before))
    return [Field(((f"{dollars:>7}", role),), 8), Field(((f"{percent:>7}", role),), 1)]


def _names(
    events: Sequence[PatternEvent], width: int, head: Sequence[Span], fields: Sequence[Field]
) -> list[Field]:
    taken = line_width(head) + 2 * len(fields)
    room = width - taken - sum(line_width(field.spans) for field in fields)
    if not events or room < _ROOM_FOR_NAMES:
        return []
    shape, role = SHAPES[events[-1].direction]
    names = ", ".join(dict.fromkeys(event.pattern[:_NAME_LIMIT] for event in events[-_MOST_NAMES:]))
    return [Field(((f"{shape} ", role), (fit(names, room - 2), "value")), 9)]


def _time(candles: Sequence[Candle], place: int, timeframe: Timeframe) -> str:
    """Return when a candle begins, in New York; with its date where there are several."""
    time = numbers.exchange_time(candles[place].start).removesuffix(" ET")
    if timeframe is Timeframe.D1:
        return time[: len("2026-06-01")]
    clock = time[-len("09:31:00") :] if timeframe.ms < Timeframe.M1.ms else time[-8:-3]
    days = {numbers.exchange_time(candle.start)[:10] for candle in (candles[0], candles[-1])}
    return clock if len(days) == 1 else f"{time[5:10]} {clock}"
