"""The columns of the table: what each shows, how wide it is, and which are shown at a width."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from tickterm.market.freshness import Freshness
from tickterm.market.row_fields import tick_rate
from tickterm.market.text import clean
from tickterm.ui.board.digit_places import DigitPlaces
from tickterm.ui.board.flashes import CALM, Flash, changed_digits
from tickterm.ui.board.order import Sort
from tickterm.ui.board.tile import highlighted, trend
from tickterm.ui.draw import numbers
from tickterm.ui.draw.day_range import day_range
from tickterm.ui.draw.directions import ARROWS, sign_role
from tickterm.ui.draw.spans import fit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tickterm.market.snapshot import Row
    from tickterm.ui.board.outages import Outage
    from tickterm.ui.draw.spans import Span

__all__ = ["COLUMNS", "Column", "Moment", "PlacedColumn", "choose_columns"]

_GAP, _WIDEST_GAP = 2, 6
"""Cells between columns: at least, and where all of them have room enough."""
_SYMBOL_LIMIT = 32

_Growth = Sequence[tuple[Sort, Sequence[int]]]


class Moment(NamedTuple):
    """A row at an instant, and what is known of it besides."""

    row: Row
    now: float
    """Engine time, seconds."""
    state: Freshness = Freshness.LIVE
    flash: Flash = CALM
    found: str = ""
    outages: Sequence[Outage] = ()


class Column(NamedTuple):
    """What one column shows."""

    sort: Sort
    """What it is sorted by."""
    title: str
    width: Callable[[DigitPlaces], int]
    """Cells at least."""
    draw: Callable[[Moment, DigitPlaces, int], Iterable[Span]]
    """Returns what stands in so many cells."""
    is_text: bool = False
    """Whether it stands at the left, as names do."""


class PlacedColumn(NamedTuple):
    """A column that is shown."""

    column: Column
    start: int
    """Its first cell."""
    width: int


def _symbol(moment: Moment, _: DigitPlaces, width: int) -> list[Span]:
    symbol = fit(clean(moment.row.symbol, _SYMBOL_LIMIT), width - 1)
    return [(" ", "edge"), *highlighted(symbol, moment.found)]


def _name(moment: Moment, _: DigitPlaces, width: int) -> list[Span]:
    return [(fit(clean(moment.row.name), width), "muted")]


def _last(moment: Moment, places: DigitPlaces, width: int) -> list[Span]:
    row, flash = moment.row, moment.flash
    arrow, role = ARROWS[row.direction] if row.price is not None else (" ", "blank")
    text = _aligned(row.price, places, width - 1)
    if not flash.strength:
        return [(arrow, role), (text, "price")]
    before = _aligned(flash.before, places, width - 1)
    return [(arrow, flash.role), *changed_digits(text, before, flash, "price")]


def _aligned(value: float | None, places: DigitPlaces, width: int) -> str:
    return places.align(numbers.price(value, places.price_width), width)


def _change(moment: Moment, places: DigitPlaces, width: int) -> list[Span]:
    row = moment.row
    text = numbers.change(row.change, row.price, places.change_width)
    return [(places.align(text, width), sign_role(row.change))]


def _percent(moment: Moment, _: DigitPlaces, width: int) -> list[Span]:
    row = moment.row
    text = numbers.percent(row.percent)
    if row.percent is not None and 99.995 <= abs(row.percent) < 999.995:
        text = f"{row.percent:+.2f}%"
    tilde = "~" if row.percent is not None and not row.reference_is_open else " "
    return [(tilde, "muted"), (text.rjust(width - 1), sign_role(row.change))]


def _range(moment: Moment, _: DigitPlaces, width: int) -> Iterable[Span]:
    return day_range(moment.row, width)


def _dollars(
    read: Callable[[Row], float | None],
) -> Callable[[Moment, DigitPlaces, int], list[Span]]:
    def draw(moment: Moment, places: DigitPlaces, width: int) -> list[Span]:
        return [(_aligned(read(moment.row), places, width), "value")]

    return draw


def _volume(moment: Moment, _: DigitPlaces, width: int) -> list[Span]:
    row = moment.row
    text = numbers.compact(row.volume) if row.ticks else "—"
    return [(text.rjust(width), "value")]


def _minute(moment: Moment, _: DigitPlaces, width: int) -> list[Span]:
    # A bar of a whole line would grow together with that of the row above.
    bars = trend(moment.row, width, moment.outages)
    return [(text.replace("█", "▇"), role) for text, role in bars]


def _ticks(moment: Moment, _: DigitPlaces, width: int) -> list[Span]:
    row = moment.row
    text = numbers.compact(tick_rate(row, moment.now)) if row.ticks else "—"
    return [(text.rjust(width), "value")]


def _age(moment: Moment, _: DigitPlaces, width: int) -> list[Span]:
    row, state = moment.row, moment.state
    age = numbers.age(moment.now - row.updated) if row.ticks else ""
    told = age if state is Freshness.LIVE else f"{state.value} {age}".strip()
    if len(told) > width:  # that it is quiet its age says too; that it is stale nothing else does
        told = age if state is Freshness.QUIET else state.value
    return [(told.rjust(width), "muted")]


def _price_width(places: DigitPlaces) -> int:
    return places.price_width


_BY_PRIORITY = (
    Column(Sort.SYMBOL, "symbol", lambda _: 8, _symbol, is_text=True),
    Column(Sort.LAST, "last", lambda places: places.price_width + 2, _last),
    Column(Sort.PERCENT, "%", lambda _: 9, _percent),
    Column(Sort.CHANGE, "change", lambda places: max(7, places.change_width), _change),
    Column(Sort.VOLUME, "volume", lambda _: 7, _volume),
    Column(Sort.NEWEST, "age", lambda _: 5, _age),
    Column(Sort.RANGE, "day range", lambda _: 11, _range),
    Column(Sort.MINUTE, "minute", lambda _: 9, _minute),
    Column(Sort.NAME, "name", lambda _: 14, _name, is_text=True),
    Column(Sort.HIGH, "high", _price_width, _dollars(lambda row: row.high)),
    Column(Sort.LOW, "low", _price_width, _dollars(lambda row: row.low)),
    Column(Sort.OPEN, "open", _price_width, _dollars(lambda row: row.open)),
    Column(Sort.VWAP, "vwap", _price_width, _dollars(lambda row: row.vwap)),
    Column(Sort.TICKS, "t/min", lambda _: 6, _ticks),
)
COLUMNS = (
    Sort.SYMBOL,
    Sort.NAME,
    Sort.LAST,
    Sort.CHANGE,
    Sort.PERCENT,
    Sort.RANGE,
    Sort.OPEN,
    Sort.HIGH,
    Sort.LOW,
    Sort.VWAP,
    Sort.VOLUME,
    Sort.MINUTE,
    Sort.TICKS,
    Sort.NEWEST,
)
"""All columns from left to right."""
_GROWTH = (
    (Sort.NEWEST, (len("QUIET 99d"),)),
    (Sort.MINUTE, range(15, 8, -1)),
    (Sort.NAME, range(24, 13, -1)),
    (Sort.RANGE, range(17, 10, -1)),
    (Sort.SYMBOL, range(12, 8, -1)),
    (Sort.NAME, range(32, 24, -1)),
    (Sort.MINUTE, (20,)),
    (Sort.RANGE, range(25, 17, -1)),
    (Sort.NAME, range(40, 32, -1)),
    (Sort.MINUTE, (30,)),
)
"""Which column takes what room is left, and which widths suit it, the widest first: a sparkline
whose bars are not of whole seconds leaves cells empty."""
_LATE_GROWTH = (
    (Sort.MINUTE, (60,)),
    (Sort.RANGE, range(41, 25, -1)),
    (Sort.NAME, range(60, 40, -1)),
    (Sort.RANGE, range(61, 41, -1)),
    (Sort.SYMBOL, range(24, 12, -1)),
)
"""Likewise, once the columns stand as far apart as they may."""


def choose_columns(width: int, places: DigitPlaces, *, named: bool) -> tuple[PlacedColumn, ...]:
    """Return the columns for `width` cells, from left to right; a wider table has them all too.

    `named`: whether any symbol has a name to show.
    """
    widths: dict[Sort, int] = {}
    columns = [column for column in _BY_PRIORITY if named or column.sort is not Sort.NAME]
    left = width + _GAP
    for column in columns:
        size = column.width(places)
        if widths and size + _GAP > left:
            break
        widths[column.sort] = size
        left -= size + _GAP
    left = _grow(widths, left, _GROWTH)
    gaps = max(1, len(widths) - 1)
    between = min(left, gaps * (_WIDEST_GAP - _GAP))
    left = between + _grow(widths, left - between, _LATE_GROWTH)
    gap = _GAP + max(0, left) // gaps
    return _placed(columns, widths, min(gap, _WIDEST_GAP))


def _grow(widths: dict[Sort, int], left: int, growth: _Growth) -> int:
    """Share out what is left; return what nobody takes."""
    for sort, sizes in growth:
        if sort in widths:
            more = next((size - widths[sort] for size in sizes if size <= widths[sort] + left), 0)
            widths[sort] += max(0, more)
            left -= max(0, more)
    return left


def _placed(columns: list[Column], widths: dict[Sort, int], gap: int) -> tuple[PlacedColumn, ...]:
    placed, start = [], 0
    for column in sorted(columns, key=lambda column: COLUMNS.index(column.sort)):
        if column.sort in widths:
            placed.append(PlacedColumn(column, start, widths[column.sort]))
            start += widths[column.sort] + gap
    return tuple(placed)
