"""One symbol closely, in words: title, day, chart, tape and events, at any size; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tickterm.market.freshness import Freshness
from tickterm.market.snapshot import Chart, Notice, PatternEvent, Row
from tickterm.market.text import clean
from tickterm.market.timeframe import Timeframe
from tickterm.ui.chart.chart import chart_lines, columns, is_part
from tickterm.ui.chart.crosshair import NEWEST, Sight, values_line
from tickterm.ui.chart.day_statistics import statistics_lines, statistics_panel
from tickterm.ui.chart.places import Area, Arrangement, Places, places_for
from tickterm.ui.chart.tape import tape_lines
from tickterm.ui.draw import numbers
from tickterm.ui.draw.directions import ARROWS, sign_role
from tickterm.ui.draw.spans import Line, Span, crop, fit, greyed, justify, line_width
from tickterm.ui.events.symbol_events import event_list

__all__ = ["TIMEFRAMES", "Look", "detail_lines"]

TIMEFRAMES = tuple(Timeframe)
_SYMBOL_LIMIT, _NAME_LIMIT = 32, 64
_ROOM_FOR_NAME = 6
_LONGEST_STATE = max(map(len, Freshness))
"""What comes after a state stays where it is."""
_HEADED = 5
"""Lines of a list from which it has a heading."""
_EDGE: Span = ("│", "rule")
_CHOSEN = "badge-plain"


class Look(NamedTuple):
    """What is to be seen of a symbol."""

    symbol: str
    timeframe: Timeframe = Timeframe.M1
    row: Row | None = None
    """As of now, its ticks of a minute too; None: nobody watches the symbol."""
    chart: Chart | None = None
    """Of candles that are `drawable`."""
    recent: Sequence[PatternEvent] = ()
    """Of the symbol's events those that the screen has heard of, for as long as it has no chart;
    newest first."""
    notices: Sequence[Notice] = ()
    """Lines of the log that name it, oldest first."""
    age: int = 0
    """Whole seconds since its newest tick."""
    sight: Sight = NEWEST
    state: Freshness = Freshness.LIVE
    """How far the row can be trusted."""

    @property
    def is_stale(self) -> bool:
        """Whether ticks may have been missed since the newest one; nothing here is fresh then."""
        return self.state is Freshness.STALE

    @property
    def has_chart(self) -> bool:
        """Whether the chart is the one of this symbol and timeframe."""
        chart = self.chart
        wanted = (self.symbol, self.timeframe)
        return chart is not None and (chart.symbol, chart.timeframe) == wanted

    @property
    def shown(self) -> Chart:
        """The chart; an empty one where it is not there yet."""
        if self.chart is not None and self.has_chart:
            return self.chart
        return Chart(self.symbol, self.timeframe, events=tuple(reversed(self.recent)))


def detail_lines(look: Look, width: int, height: int) -> list[Line]:
    """Return all that is seen of a symbol as `height` lines of `width` cells."""
    places = places_for(width, max(0, height - 1))
    chart, tape, events = _chart(look, places), _tape(look, places.tape), _events(look, places)
    match places.arrangement:
        case Arrangement.BELOW:
            body = chart + _side_by_side(tape, events)
        case Arrangement.STACKED:
            body = chart + tape + events
        case Arrangement.BESIDE:
            body = _side_by_side(chart, _panel(look, places.events.width) + tape + events)
        case Arrangement.COLUMNS:
            body = _side_by_side(chart, tape, _panel(look, places.events.width) + events)
    lines = [_title(look, width), *body][:height]
    return [greyed(line, but=_CHOSEN) for line in lines] if look.is_stale else lines


def _side_by_side(*blocks: list[Line]) -> list[Line]:
    first, *others = blocks
    rows = zip(first, *others, strict=True)
    return [sum(((_EDGE, *line) for line in right), left) for left, *right in rows]


def _title(look: Look, width: int) -> Line:
    state = _state(look)
    others = [(f" {frame} ", "muted") for frame in TIMEFRAMES]
    chosen, end = f" {look.timeframe} ", (" ", "blank")
    least, one = state if look.is_stale else "", [(chosen, "muted")]
    for word, frames in ((state, others), (state, one), (least, one)):
        left = _price(look, word)
        right = [(text, _CHOSEN if text == chosen else role) for text, role in frames]
        room = width - line_width([*left, *right, end])
        if room >= 0:
            break
    row, room = look.row, room - 4
    if row is not None and row.name and room >= _ROOM_FOR_NAME:
        left.append((f"  {fit(clean(row.name, _NAME_LIMIT), room)}", "muted"))
    return justify(left, [*right, end], width)


def _state(look: Look) -> str:
    """Return what the row is; of none, only that nobody knows."""
    known = look.row is not None or look.is_stale
    return look.state.value if known else ""


def _price(look: Look, state: str) -> list[Span]:
    """Return the symbol, its state if there is one to tell, its price and change."""
    spans: list[Span] = [(f" {clean(look.symbol, _SYMBOL_LIMIT)} ", "symbol"), (" ", "blank")]
    if state:
        spans.append((f"{state:<{_LONGEST_STATE}}  ", "muted"))
    row = look.row
    if row is None or row.price is None:
        return spans
    arrow, role = ARROWS[row.direction]
    change = numbers.change(row.change, row.price)
    return [
        *spans,
        (f"{arrow} ", role),
        (f"{numbers.price(row.price)}  ", "price"),
        (f"{change}  {numbers.percent(row.percent)}", sign_role(row.change)),
    ]


def _chart(look: Look, places: Places) -> list[Line]:
    """Return the chart with the lines above it."""
    width, height = places.chart
    row, told = look.row, ""
    lines: list[Line] = []
    if row is not None:
        lines += statistics_lines(row, look.age, width, places.statistics)
    else:
        lines += [crop((), width)] * places.statistics
    candles = look.shown.candles
    if not look.has_chart:
        told = "waiting for candles" if row else "nobody watches this symbol: it has no candles"
    elif not candles:
        told = f"no candles of {look.timeframe} yet"
    if told:
        blank, text = crop((), width), crop(((fit(told, width).center(width), "muted"),), width)
        rows = range(height + places.values)
        return lines + [text if line == (len(rows)) // 2 else blank for line in rows]
    values = [_values(look, width)] * places.values
    return lines + values + chart_lines(look.shown, width, height, look.sight)


def _values(look: Look, width: int) -> Line:
    """Return the values of the candle that the crosshair is on, else of the newest."""
    chart = look.shown
    starts = [candle.start for candle in chart.candles]
    marked = look.sight.marked(starts, columns(width))
    place = len(starts) - 1 if marked is None else marked
    on_it = [event for event in chart.events if is_part(event, starts[place], chart.timeframe)]
    is_marked = marked is not None
    return values_line(chart.candles, place, on_it, chart.timeframe, width, marked=is_marked)


def _panel(look: Look, width: int) -> list[Line]:
    row = look.row or Row(look.symbol)
    return statistics_panel(row, look.age, width)


def _tape(look: Look, area: Area) -> list[Line]:
    ticks = look.shown.ticks
    return tape_lines(ticks, *area, heading=area.height >= _HEADED)


def _events(look: Look, places: Places) -> list[Line]:
    chart, area = look.shown, places.events
    newest = chart.candles[-1].start if chart.candles else 0
    newest = newest or max((event.timestamp for event in chart.events), default=0)
    headed = area.height >= _HEADED
    return event_list(chart.events, look.notices, look.timeframe, newest, *area, heading=headed)
