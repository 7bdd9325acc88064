"""One symbol closely: its candles, the patterns found on them, and its newest events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from tickterm.market.snapshot import Chart, PatternEvent, Row
from tickterm.market.text import clean
from tickterm.market.timeframe import Timeframe
from tickterm.ui import numbers
from tickterm.ui.chart import chart_lines
from tickterm.ui.event_lines import bar_line
from tickterm.ui.line_widget import LineWidget
from tickterm.ui.spans import Line, Span, crop, fit, justify, line_width
from tickterm.ui.tile import ARROWS, sign_role

if TYPE_CHECKING:
    from textual.geometry import Size

    from tickterm.ui.event_buffer import EventBuffer

__all__ = ["TIMEFRAMES", "DetailView", "Look", "detail_lines"]

TIMEFRAMES = tuple(Timeframe)
_ROOM_BESIDE = 120
"""Cells from which the events stand beside the chart; below, they stand under it."""
_BESIDE, _MOST_BESIDE = 48, 64
"""Cells of the events there: a quarter of what is beyond the room needed is theirs, up to all that
the longest names fill."""
_LINES_A_CHART = 10
"""Lines below which the chart has them all for itself."""


class Look(NamedTuple):
    """What is to be seen of a symbol."""

    symbol: str
    timeframe: Timeframe = Timeframe.M1
    row: Row | None = None
    """None: nobody watches the symbol."""
    chart: Chart | None = None
    recent: Sequence[PatternEvent] = ()
    """Of the symbol's events those that the screen has heard of, for as long as it has no chart;
    newest first."""
    stale: bool = False
    """Whether the link is down, so that nothing here is fresh."""

    @property
    def has_chart(self) -> bool:
        """Whether the chart is the one of this symbol and timeframe."""
        chart = self.chart
        wanted = (self.symbol, self.timeframe)
        return chart is not None and (chart.symbol, chart.timeframe) == wanted

    @property
    def events(self) -> Sequence[PatternEvent]:
        """The symbol's events, newest first: those of its chart once it is there."""
        if self.chart is not None and self.has_chart:
            return self.chart.events[::-1]
        return self.recent


def detail_lines(look: Look, width: int, height: int) -> list[Line]:
    """Return a symbol's title, chart and newest events as `height` lines of `width` cells."""
    rest = max(0, height - 1)
    if width >= _ROOM_BESIDE:
        beside = min(_MOST_BESIDE, _BESIDE + (width - _ROOM_BESIDE) // 4)
        chart = _chart(look, width - beside, rest)
        events = _events(look, beside, rest)
        body = [(*left, *right) for left, right in zip(chart, events, strict=True)]
    else:
        below = min(5, max(0, rest - _LINES_A_CHART) // 2)
        body = [*_chart(look, width, rest - below), *_events(look, width, below)]
    lines = [_title(look, width), *body][:height]
    return [_grey(line) for line in lines] if look.stale else lines


def _title(look: Look, width: int) -> Line:
    left: list[Span] = [(f" {clean(look.symbol, 32)} ", "symbol"), (" ", "blank")]
    row = look.row
    if row is not None and row.price is not None:
        arrow, role = ARROWS[row.direction]
        left += [(f"{arrow} ", role), (f"{numbers.price(row.price)}  ", "price")]
        change = numbers.change(row.change, row.price)
        left.append((f"{change}  {numbers.percent(row.percent)}", sign_role(row.change)))
    chosen, end = f" {look.timeframe} ", (" ", "blank")
    right = [(f" {frame} ", "muted") for frame in TIMEFRAMES]
    if line_width([*left, *right, end]) > width:
        right = [(chosen, "muted")]
    shown = [(text, "badge-plain" if text == chosen else role) for text, role in right]
    return justify(left, [*shown, end], width)


def _chart(look: Look, width: int, height: int) -> list[Line]:
    if look.chart is not None and look.has_chart:
        if look.chart.candles:
            return chart_lines(look.chart, width, height)
        told = f"no candles of {look.timeframe} yet"
    elif look.row is None:
        told = "nobody watches this symbol: it has no candles"
    else:
        told = "waiting for candles"
    blank, text = crop((), width), crop(((fit(told, width).center(width), "muted"),), width)
    return [text if line == height // 2 else blank for line in range(height)]


def _events(look: Look, width: int, lines: int) -> list[Line]:
    """Return the events by their bar, newest first, those of the chart's timeframe before all."""
    newest_bar = sorted(look.events, key=lambda event: event.timestamp, reverse=True)
    ordered = sorted(newest_bar, key=lambda event: event.timeframe != look.timeframe)
    candles = look.chart.candles if look.chart is not None and look.has_chart else ()
    newest = candles[-1].start if candles else max((e.timestamp for e in look.events), default=0)
    day = numbers.exchange_time(newest)[: len("2026-06-01")]
    found = [bar_line(event, width, day) for event in ordered[:lines]]
    told = () if found else ((" no patterns yet", "muted"),)
    return (found or [crop(told, width)][:lines]) + [crop((), width)] * (lines - max(1, len(found)))


def _grey(line: Line) -> Line:
    return tuple((text, "muted") for text, _ in line)


class DetailView(LineWidget, can_focus=True):
    """Draws `detail_lines` of one symbol whenever something in them has changed."""

    def __init__(self, buffer: EventBuffer) -> None:
        super().__init__()
        self.symbol = ""
        """Empty while no symbol is looked at closely."""
        self.timeframe = Timeframe.M1
        self._buffer = buffer
        self._look = Look("")
        self._drawn: tuple[Look, Size] | None = None

    @property
    def wanted(self) -> tuple[str | None, Timeframe]:
        """The symbol whose candles are needed, if any, and their timeframe."""
        return self.symbol or None, self.timeframe

    def choose_timeframe(self, name: str) -> None:
        """Choose the timeframe of this name, if it is one."""
        if name in TIMEFRAMES:
            self.timeframe = Timeframe(name)

    def step_timeframe(self, steps: int) -> None:
        """Choose a longer timeframe, or a shorter one, as far as there are any."""
        place = TIMEFRAMES.index(self.timeframe) + steps
        self.timeframe = TIMEFRAMES[max(0, min(place, len(TIMEFRAMES) - 1))]

    def show(
        self, rows: Sequence[Row], chart: Chart | None, *, stale: bool, frozen: bool = False
    ) -> None:
        """Show the symbol as it is in these rows and this chart; frozen, once it has a chart."""
        before = self._look
        if frozen and before.has_chart and (before.symbol, before.timeframe) == self.wanted:
            self._look = before._replace(stale=stale)
        else:
            self._look = self._looked_at(rows, chart)._replace(stale=stale)
        self._draw()

    def on_resize(self) -> None:
        """Fit the chart."""
        self._draw()

    def _looked_at(self, rows: Sequence[Row], chart: Chart | None) -> Look:
        row = next((row for row in rows if row.symbol == self.symbol), None)
        look = Look(self.symbol, self.timeframe, row, chart)
        return look if look.has_chart else look._replace(recent=self._buffer.of(self.symbol))

    def _draw(self) -> None:
        drawn = (self._look, self.size)
        if drawn != self._drawn:
            self._drawn = drawn
            self.set_lines(detail_lines(self._look, self.size.width, self.size.height))
