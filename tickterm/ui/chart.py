"""A chart in characters: candles, volume, axes and the marks of pattern events; pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from tickterm.market.redis_events import Direction
from tickterm.market.snapshot import Candle, Chart, PatternEvent
from tickterm.market.timeframe import Timeframe
from tickterm.ui import numbers
from tickterm.ui.axes import LABEL_WIDTH, Scale, price_labels, price_text, time_labels
from tickterm.ui.candles import candle_cells, way
from tickterm.ui.canvas import Canvas
from tickterm.ui.marks import SHAPES
from tickterm.ui.spans import Line

__all__ = ["chart_lines"]

_AXIS = LABEL_WIDTH + 1
"""Cells of the price axis, with the blank before its labels."""
PITCH = 2
"""Cells from one candle to the next."""
_BARS = " ▁▂▃▄▅▆▇█"
_LARGEST = 1e12
"""Dollars or shares from which a number is a mistake."""
_NARROWEST, _LOWEST = 20, 4
"""Cells and lines below which there is no chart."""
_TALL, _TALLER = 8, 18
"""Lines of a chart from which the volume has two, and three."""


class _Plot(NamedTuple):
    """What is drawn where; lines are counted from the lowest, on which the times stand."""

    candles: Sequence[Candle]
    timeframe: Timeframe
    width: int
    """Cells of the candles; the labels of the price axis stand to the right."""
    floor: int
    """The lowest line of the prices; the volume stands below."""
    scale: Scale

    def x(self, index: int) -> int:
        return self.width - PITCH * (len(self.candles) - index)


def chart_lines(chart: Chart, width: int, height: int) -> list[Line]:
    """Return a chart in `width` x `height` cells, the newest candle at its right.

    Each of its events is marked at the candle that the event's bar is part of.
    Nothing can be drawn below 20 x 4 cells, nor without a candle: then the lines are blank.
    """
    canvas = Canvas(width, height)
    plot = _plot(chart, width, height)
    if plot is not None:
        _draw_last_price(canvas, plot)
        _draw_candles(canvas, plot)
        _draw_marks(canvas, plot, chart.events)
        _draw_volume(canvas, plot)
        _draw_axes(canvas, plot)
    return canvas.lines()


def _plot(chart: Chart, width: int, height: int) -> _Plot | None:
    columns = (width - _AXIS) // PITCH
    if width < _NARROWEST or height < _LOWEST:
        return None
    candles = [candle for candle in chart.candles[-columns:] if _is_drawable(candle)]
    if not candles:
        return None
    floor = 1 + (0 if height < _TALL else 2 if height < _TALLER else 3)
    low, high = min(c.low for c in candles), max(c.high for c in candles)
    scale = Scale.around(low, high, height - floor)
    return _Plot(candles, chart.timeframe, columns * PITCH, floor, scale)


def _is_drawable(candle: Candle) -> bool:
    """Say whether a candle is one: it may come from an engine elsewhere, which may be wrong."""
    body = (candle.open, candle.close)
    in_order = 0 <= candle.low <= min(body) and max(body) <= candle.high < _LARGEST
    return in_order and 0 <= candle.volume < _LARGEST


def _draw_last_price(canvas: Canvas, plot: _Plot) -> None:
    line = plot.floor + plot.scale.half(plot.candles[-1].close) // 2
    canvas.put(0, line, "┈" * plot.width, "muted")


def _draw_candles(canvas: Canvas, plot: _Plot) -> None:
    for index, candle in enumerate(plot.candles):
        for line, cell in candle_cells(candle, plot.scale).items():
            canvas.put(plot.x(index), plot.floor + line, *cell)


def _draw_marks(canvas: Canvas, plot: _Plot, events: Sequence[PatternEvent]) -> None:
    starts = [candle.start for candle in plot.candles]
    for event in events:  # the newest comes last and is painted over the others
        index = bisect_right(starts, event.timestamp) - 1
        if index < 0 or not _is_part(event, starts[index], plot.timeframe):
            continue
        candle = plot.candles[index]
        if event.direction is Direction.BULLISH:
            line = max(0, plot.scale.half(candle.low) // 2 - 1)
        else:
            line = min(plot.scale.rows - 1, plot.scale.half(candle.high) // 2 + 1)
        canvas.put(plot.x(index), plot.floor + line, *SHAPES[event.direction])


def _is_part(event: PatternEvent, start: int, timeframe: Timeframe) -> bool:
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


def _draw_axes(canvas: Canvas, plot: _Plot) -> None:
    for line, label in price_labels(plot.scale).items():
        canvas.put(plot.width + 1, plot.floor + line, label, "muted")
    last = plot.candles[-1]
    label = price_text(last.close, min(0.01, plot.scale.step))
    line = plot.floor + plot.scale.half(last.close) // 2
    canvas.put(plot.width, line, f" {label:<{LABEL_WIDTH}}", f"mark-{way(last)}")
    starts = [candle.start for candle in plot.candles]
    labels = time_labels(starts, plot.timeframe, PITCH)
    for index, label in labels.items():
        zone = " ET" if index == max(labels) else ""
        canvas.put(max(0, plot.x(index) - len(label) // 2), 0, label + zone, "muted")
