"""One tile of the board, as lines of spans: a pure function of a row, a width and an age."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from tickterm.market.freshness import Freshness
from tickterm.market.snapshot import SPARKLINE_SECONDS, Row
from tickterm.market.text import clean
from tickterm.ui.board.flashes import CALM, Flash, changed_digits
from tickterm.ui.board.marks import Mark
from tickterm.ui.board.outages import Outage, heard
from tickterm.ui.draw import numbers
from tickterm.ui.draw.directions import ARROWS, SHAPES, sign_role
from tickterm.ui.draw.spans import Line, Span, crop, fit, justify, line_width, text_width

__all__ = [
    "GAP",
    "HEIGHT",
    "TALL",
    "Tile",
    "draw_tile",
    "highlighted",
    "sparkline",
    "trend",
    "with_mark",
]

HEIGHT = 3
TALL = 4
"""Lines of a tile that has room for the name."""
GAP = 1

_BARS = "▁▂▃▄▅▆▇█"
_FLATTEST = 1e-9
"""Dollars between the ends of a sparkline below which it is a line: less cannot be scaled."""
_SYMBOL_LIMIT = 32
_ROOM_FOR_MARK = 8
_ROOM_FOR_NAME = 4
_ROOM_FOR_STATE = 20
"""Cells from which a tile says beside its age that it is quiet; that it is stale it always says."""
_CHANGE, _PERCENT = len("+12.34"), len("~ +0.12%")
"""Cells that are kept free for the changes: a name beside them stays where it is."""


class Tile(NamedTuple):
    """What is drawn of a row now, as a tile or as a line of the table. Equal ones look the same."""

    lines: tuple[Line, ...]
    quiet: int = 0
    selected: bool = False

    def differing_from(self, old: Tile) -> Sequence[int]:
        """Return which lines do not look as they did on an earlier tile."""
        if self[1:] != old[1:]:
            return range(len(self.lines))
        return [i for i, line in enumerate(self.lines) if line != old.lines[i]]


def sparkline(points: tuple[float, ...], width: int, last_second: int = 0) -> str:
    """Return the points, up to a minute of them, in at most `width` bars, newest right.

    A bar covers whole seconds counted on the clock (`last_second` is that of the newest point), as
    many as a full minute needs: the picture moves one bar at a time, no bar changes once it is
    past, and none is taken back while the first minute fills. A point that is no number is blank.
    """
    if width <= 0 or not points:
        return ""
    seconds = -(-SPARKLINE_SECONDS // width)
    first = last_second - len(points) + 1
    closes = list(points[seconds - 1 - first % seconds :: seconds])
    if (last_second + 1) % seconds:  # the newest bar is not yet full
        closes.append(points[-1])
    closes = closes[-SPARKLINE_SECONDS // seconds :]
    values = [close for close in closes if math.isfinite(close)]
    if len(values) == len(closes):
        return _bars(values)
    bars = iter(_bars(values))
    return "".join(next(bars) if math.isfinite(close) else " " for close in closes)


def _bars(values: Sequence[float]) -> str:
    low, high = min(values, default=0.0), max(values, default=0.0)
    if not _FLATTEST < high - low < math.inf:
        return _BARS[0] * len(values)
    scale = (len(_BARS) - 1) / (high - low)
    return "".join(_BARS[round((value - low) * scale)] for value in values)


def draw_tile(
    row: Row,
    width: int,
    age: float = 0.0,
    state: Freshness = Freshness.LIVE,
    *,
    lines: int = HEIGHT,
    flash: Flash = CALM,
    found: str = "",
    mark: Mark | None = None,
    outages: Sequence[Outage] = (),
) -> tuple[Line, ...]:
    """Return the lines of a tile, each exactly `width` cells; `TALL` of them have the name.

    `age` is in seconds, `state` says what it means; `flash` is the newest change of the price,
    `found` the part of the symbol to highlight; `mark` is its newest pattern, drawn before the
    symbol, where nothing else ever is. In `outages` nothing was heard.
    """
    inner = max(0, width - 2)
    symbol = clean(row.symbol, _SYMBOL_LIMIT)
    if row.price is None:
        middle = justify([("waiting", "muted")], [], inner)
        drawn = [_head(symbol, found, [("—", "muted")], inner), middle, crop((), inner)]
    else:
        drawn = [
            _head(symbol, found, _price(row, symbol, flash, inner), inner),
            _changes(row, mark, inner),
            _history(row, age, state, inner, outages),
        ]
    if lines == TALL:
        drawn.insert(1, ((fit(clean(row.name), inner), "muted"),))
    head, *others = (crop(((" ", "edge"), *line), width) for line in drawn)
    return with_mark(head, mark, width), *others


def with_mark(head: Line, mark: Mark | None, width: int) -> Line:
    """Return the first line with the mark's shape in its first cell, which is free."""
    if mark is None or width < _ROOM_FOR_MARK:
        return head
    shape, role = SHAPES[mark.direction]
    return ((shape, f"{'mark' if mark.fresh else 'past'}-{role}"), *head[1:])


def _head(symbol: str, found: str, right: list[Span], width: int) -> Line:
    room = width - 1 - line_width(right)
    return justify(highlighted(fit(symbol, room), found), right, width)


def highlighted(symbol: str, found: str) -> list[Span]:
    """Return a symbol with the part of it that was found."""
    start = symbol.upper().find(found.upper()) if found else -1
    if start < 0:
        return [(symbol, "symbol")]
    end = start + len(found)
    parts = ((symbol[:start], "symbol"), (symbol[start:end], "match"), (symbol[end:], "symbol"))
    return [part for part in parts if part[0]]


def _price(row: Row, symbol: str, flash: Flash, width: int) -> list[Span]:
    arrow, role = ARROWS[row.direction]
    room = max(5, width - min(text_width(symbol), 6) - 2)
    text = numbers.price(row.price, room)
    gap = " " if text_width(symbol) + len(text) + 3 <= width else ""
    if not flash.strength:
        return [(arrow, role), (gap + text, "price")]
    digits = changed_digits(text, numbers.price(flash.before, room), flash, "price")
    return [(arrow, flash.role), (gap, "price"), *digits]


def _changes(row: Row, mark: Mark | None, width: int) -> Line:
    change, percent = row.change, row.percent
    role = sign_role(change)
    right = numbers.percent(percent)
    tilde = "" if row.reference_is_open or percent is None else "~ "
    left = numbers.change(change, row.price, width - len(right) - len(tilde) - 1)
    spans = [(left, role), *_pattern(mark, len(left), width)]
    return justify(spans, [(tilde, "muted"), (right, role)], width)


def _pattern(mark: Mark | None, taken: int, width: int) -> list[Span]:
    """Return the mark's name between the two changes, where there is room for any of these."""
    start = max(taken, _CHANGE)
    room = width - start - _PERCENT - 2
    if mark is None or room < _ROOM_FOR_NAME:
        return []
    name = fit(clean(mark.pattern, _SYMBOL_LIMIT), room)
    return [(" " * (start + 1 - taken), "blank"), (name, SHAPES[mark.direction][1])]


def _history(row: Row, age: float, state: Freshness, width: int, outages: Sequence[Outage]) -> Line:
    right = _freshness(row, age, state, width)
    room = max(0, width - len(right))
    return justify(trend(row, room, outages), [(right, "muted")], width)


def trend(row: Row, width: int, outages: Sequence[Outage] = ()) -> list[Span]:
    """Return the sparkline in exactly `width` cells, in the colour of its way.

    It is blank where nothing was heard.
    """
    bars = sparkline(heard(row, outages), width, row.timestamp // 1000)
    role = "spark-" + sign_role(row.sparkline[-1] - row.sparkline[0] if row.sparkline else None)
    return [(" " * (width - len(bars)), "blank"), (bars, role)]


def _freshness(row: Row, age: float, state: Freshness, width: int) -> str:
    """Return volume and age in ten cells; what is not live says so in the place of the volume."""
    told = state is Freshness.STALE or (state is Freshness.QUIET and width >= _ROOM_FOR_STATE)
    if told:
        return f" {f'{state.value} {numbers.age(age)}':>9}"
    return f" {numbers.compact(row.volume):>5} {numbers.age(age):>3}"
