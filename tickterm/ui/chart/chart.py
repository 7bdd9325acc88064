"""A chart in characters: candles, volume, axes and the marks of pattern events; pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from tickterm.market.redis_events import Direction
from tickterm.market.snapshot import Candle, Chart, PatternEvent
from tickterm.market.timeframe import Timeframe
from tickterm.ui.chart.axes import (
    LABEL_WIDTH,
    Scale,
    price_labels,
    price_text,
    time_labels,
    time_text,
)
from tickterm.ui.chart.candles import candle_cells, way
from tickterm.ui.chart.crosshair import NEWEST, Sight
from tickterm.ui.chart.gaps import GAP, is_gap
from tickterm.ui.draw import numbers
from tickterm.ui.draw.canvas import Canvas
from tickterm.ui.draw.directions import SHAPES
from tickterm.ui.draw.spans import Line

__all__ = ["chart_lines", "columns", "drawable", "is_part", "pointed_candle"]

_AXIS = LABEL_WIDTH + 1
"""Cells of the price axis, with the blank before its labels."""
PITCH = 2
"""Cells from one candle to the next."""
_BARS = " ▁▂▃▄▅▆▇█"
_LARGEST = 1e12
"""Dollars or shares from which a number is a mistake."""
_NARROWEST, _LOWEST = 20, 4
"""Cells and lines below which there is no chart."""
_TALL, _TALLER, _TALLEST = 8, 10, 18
"""Lines of a chart from which the volume has one, two, and three."""


class _Plot(NamedTuple):
    """What is drawn where; lines are counted from the lowest, on which the times stand."""

    candles: Sequence[Candle]
    timeframe: Timeframe
    width: int
    """Cells of the candles; the labels of the price axis stand to the right."""
    floor: int
    """The lowest line of the prices; the volume stands below."""
    scale: Scale
    marked: int | None
    """The candle that the crosshair is on."""
    newer: int
    """Candles beyond the right end."""

    def x(self, index: int) -> int:
        return self.width - PITCH * (len(self.candles) - index)


def chart_lines(chart: Chart, width: int, height: int, sight: Sight = NEWEST) -> list[Line]:
    """Return a `drawable` chart in `width` x `height` cells, the last candle in sight at its right.

    Each of its events is marked at the candle that the event's bar is part of.
    Nothing can be drawn below 20 x 4 cells, nor without a candle: then the lines are blank.
    """
    canvas = Canvas(width, height)
    plot = _plot(chart, width, height, sight)
    if plot is not None:
        _draw_last_price(canvas, plot, chart.candles[-1])
        _draw_candles(canvas, plot)
        _draw_gaps(canvas, plot)
        _draw_marks(canvas, plot, chart.events)
        _draw_volume(canvas, plot)
        _draw_axes(canvas, plot, chart.candles[-1])
        _draw_crosshair(canvas, plot, height)
    return canvas.lines()


def drawable(chart: Chart) -> Chart:
    """Return the chart without candles that are none: the engine elsewhere may be wrong."""
    candles = tuple(filter(_is_drawable, chart.candles))
    same = len(candles) == len(chart.candles)
    return chart if same else replace(chart, candles=candles)


def columns(width: int) -> int:
    """Return how many candles have room in a chart of `width` cells."""
    return max(0, (width - _AXIS) // PITCH)


def pointed_candle(x: int, width: int) -> int | None:
    """Return which candle, from the right end, stands at a cell of a chart of `width` cells."""
    cells = columns(width) * PITCH
    return (cells - 1 - x) // PITCH if 0 <= x < cells else None


def _plot(chart: Chart, width: int, height: int, sight: Sight) -> _Plot | None:
    if width < _NARROWEST or height < _LOWEST or not chart.candles:
        return None
    room, starts = columns(width), [candle.start for candle in chart.candles]
    window, marked = sight.window(starts, room), sight.marked(starts, room)
    candles = chart.candles[window.start : window.stop]
    floor = 1 + sum(height >= lines for lines in (_TALL, _TALLER, _TALLEST))
    low, high = min(c.low for c in candles), max(c.high for c in candles)
    scale = Scale.around(low, high, height - floor)
    place = None if marked is None else marked - window.start
    newer = len(starts) - window.stop
    return _Plot(candles, chart.timeframe, room * PITCH, floor, scale, place, newer)


def _is_drawable(candle: Candle) -> bool:
    body = (candle.open, candle.close)
    in_order = 0 <= candle.low <= min(body) and max(body) <= candle.high < _LARGEST
    return in_order and 0 <= candle.volume < _LARGEST


def _draw_last_price(canvas: Canvas, plot: _Plot, newest: Candle) -> None:
    if plot.scale.holds(newest.close):
        line = plot.floor + plot.scale.half(newest.close) // 2
        canvas.put(0, line, "┈" * plot.width, "muted")


def _draw_candles(canvas: Canvas, plot: _Plot) -> None:
    for index, candle in enumerate(plot.candles):
        for line, cell in candle_cells(candle, plot.scale).items():
            canvas.put(plot.x(index), plot.floor + line, *cell)


def _draw_gaps(canvas: Canvas, plot: _Plot) -> None:
    """Draw a sign between candles that time has passed between, from the times to the prices."""
    for index, (before, candle) in enumerate(pairwise(plot.candles), 1):
        if is_gap(before, candle, plot.timeframe):
            for line in range(1, plot.floor + 1):
                canvas.put(plot.x(index) - 1, line, GAP, "muted")


def _draw_marks(canvas: Canvas, plot: _Plot, events: Sequence[PatternEvent]) -> None:
    starts = [candle.start for candle in plot.candles]
    for event in events:  # the newest comes last and is painted over the others
        index = bisect_right(starts, event.timestamp) - 1
        if index < 0 or not is_part(event, starts[index], plot.timeframe):
            continue
        candle = plot.candles[index]
        if event.direction is Direction.BULLISH:
            line = max(0, plot.scale.half(candle.low) // 2 - 1)
        else:
            line = min(plot.scale.rows - 1, plot.scale.half(candle.high) // 2 + 1)
        canvas.put(plot.x(index), plot.floor + line, *SHAPES[event.direction])


def is_part(event: PatternEvent, start: int, timeframe: Timeframe) -> bool:
    """Say whether an event's bar lies within the candle that begins at `start`.

    A longer bar is no candle of this chart; one of unknown length is taken for short.
    """
    if not start <= event.timestamp < start + timeframe.ms:
        return False
    return event.timeframe not in set(Timeframe) or Timeframe(event.timeframe).ms <= timeframe.ms


def _draw_volume(canvas: Canvas, plot: _Plot) -> None:
    lines = plot.floor - 1
    most = max(candle.volume for candle in plot.candles)
    if not lines or not most:
        return
    for index, candle in enumerate(plot.candles):
        eighths = round(candle.volume / most * lines * 8)
        for line in range(lines):
            char = _BARS[max(0, min(8, eighths - 8 * line))]
            canvas.put(plot.x(index), 1 + line, char, f"spark-{way(candle)}")
    canvas.put(plot.width + 1, lines, numbers.compact(most), "muted")


def _draw_axes(canvas: Canvas, plot: _Plot, newest: Candle) -> None:
    for line, label in price_labels(plot.scale).items():
        canvas.put(plot.width + 1, plot.floor + line, label, "muted")
    if plot.scale.holds(newest.close):
        _draw_price_label(canvas, plot, newest.close, f"mark-{way(newest)}")
    for x, text in _times(plot).items():
        canvas.put(x, 0, text, "muted")
    if plot.newer:
        canvas.put(plot.width, 0, f" {plot.newer} newer▸", "amber")


def _times(plot: _Plot) -> dict[int, str]:
    """Return the labels of the time axis by their cells, without those that others cover."""
    labels = time_labels([candle.start for candle in plot.candles], plot.timeframe, PITCH)
    texts = [label + " ET" * (index == max(labels)) for index, label in labels.items()]
    places = [_label_x(plot, index, len(label)) for index, label in labels.items()]
    covered = set(range(plot.width, plot.width + _AXIS)) if plot.newer else set()
    if plot.marked is not None:
        size = len(_marked_time(plot))
        x = _label_x(plot, plot.marked, size)
        covered |= set(range(x, x + size))
    shown: dict[int, str] = {}
    for x, text in zip(places, texts, strict=True):
        if covered.isdisjoint(range(x, x + len(text))):
            shown[x] = text
            covered |= set(range(x, x + len(text) + 1))  # one cell apart, also at the edge
    return shown


def _label_x(plot: _Plot, index: int, size: int) -> int:
    """Return where a label of so many cells begins that is centred below a candle."""
    return max(0, min(plot.x(index) - size // 2, plot.width - size + 2))


def _marked_time(plot: _Plot) -> str:
    start = plot.candles[plot.marked or 0].start
    return f" {time_text(start, plot.timeframe)} ET "


def _draw_price_label(
    canvas: Canvas, plot: _Plot, price: float, role: str, tick: str = " "
) -> None:
    label = price_text(price, min(0.01, plot.scale.step))
    line = plot.floor + plot.scale.half(price) // 2
    canvas.put(plot.width, line, f"{tick}{label:<{LABEL_WIDTH}}", role)


def _draw_crosshair(canvas: Canvas, plot: _Plot, height: int) -> None:
    """Draw a line through what is blank above and below a candle, its close and its time."""
    if plot.marked is None:
        return
    candle, x = plot.candles[plot.marked], plot.x(plot.marked)
    for line in range(1, height):
        canvas.put_under(x, line, "│", "edge")
    _draw_price_label(canvas, plot, candle.close, "badge-plain", "◂")
    text = _marked_time(plot)
    canvas.put(_label_x(plot, plot.marked, len(text)), 0, text, "badge-plain")
