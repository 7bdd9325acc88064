"""One tile of the board, as lines of spans: a pure function of a row, a width and an age."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len

from tickterm.market.snapshot import Row
from tickterm.market.state import SPARKLINE_SECONDS
from tickterm.market.text import clean
from tickterm.ui import numbers
from tickterm.ui.marks import SHAPES, Mark
from tickterm.ui.spans import Line, Span, crop, fit, justify

__all__ = [
    "ARROWS",
    "GAP",
    "HEIGHT",
    "QUIET_AFTER",
    "STALE",
    "Tile",
    "draw_tile",
    "quietness",
    "sign_role",
    "sparkline",
]

HEIGHT = 3
GAP = 1
QUIET_AFTER = (10.0, 20.0, 40.0, 60.0)
"""Seconds without a tick after which a tile takes one more step towards the background."""
STALE = len(QUIET_AFTER) + 1
"""The quietness of a tile whose link is down: no colour at all."""

_BARS = "▁▂▃▄▅▆▇█"
ARROWS = {1: ("▲", "up"), -1: ("▼", "down"), 0: ("·", "flat")}
"""Arrow and role of the way that a price went."""
_SYMBOL_LIMIT = 32
_ROOM_FOR_MARK = 8
_ROOM_FOR_NAME = 4
_CHANGE, _PERCENT = len("+12.34"), len("~ +0.12%")
"""Cells that are kept free for the changes: a name beside them stays where it is."""


class Tile(NamedTuple):
    """What is drawn of a row now. Equal tiles look the same."""

    lines: tuple[Line, Line, Line]
    quiet: int = 0
    selected: bool = False

    def differing_from(self, old: Tile) -> Sequence[int]:
        """Return which lines do not look as they did on an earlier tile."""
        if self[1:] != old[1:]:
            return range(HEIGHT)
        return [i for i, line in enumerate(self.lines) if line != old.lines[i]]


def quietness(age: float) -> int:
    """Return how quiet a symbol is after `age` seconds: 0 (fresh) to 4 (over a minute)."""
    return sum(age > limit for limit in QUIET_AFTER)


def sparkline(points: tuple[float, ...], width: int, last_second: int = 0) -> str:
    """Return the points, up to a minute of them, in at most `width` bars, newest right.

    A bar covers whole seconds counted on the clock (`last_second` is that of the newest point), as
    many as a full minute needs: the picture moves one bar at a time, no bar changes once it is
    past, and none is taken back while the first minute fills.
    """
    if width <= 0 or not points:
        return ""
    seconds = -(-SPARKLINE_SECONDS // width)
    first = last_second - len(points) + 1
    closes = {(first + i) // seconds: point for i, point in enumerate(points)}
    values = [close for close in closes.values() if math.isfinite(close)]
    values = values[-SPARKLINE_SECONDS // seconds :]
    low, high = min(values, default=0.0), max(values, default=0.0)
    if not 0.0 < high - low < math.inf:
        return _BARS[0] * len(values)
    scale = (len(_BARS) - 1) / (high - low)
    return "".join(_BARS[round((value - low) * scale)] for value in values)


def draw_tile(
    row: Row,
    width: int,
    age: float = 0.0,
    *,
    flash: int = 0,
    found: str = "",
    mark: Mark | None = None,
) -> tuple[Line, Line, Line]:
    """Return the three lines of a tile, each exactly `width` cells.

    `age` is in seconds; `flash` is the direction of a change of the price, +-2 when it has just
    happened, +-1 a little later; `found` is the part of the symbol to highlight; `mark` is its
    newest pattern, drawn before the symbol, where nothing else ever is.
    """
    inner = max(0, width - 2)
    symbol = clean(row.symbol, _SYMBOL_LIMIT)
    if row.price is None:
        middle = justify([("waiting", "muted")], [], inner)
        lines = (_head(symbol, found, [("—", "muted")], inner), middle, crop((), inner))
    else:
        lines = (
            _head(symbol, found, _price(row, symbol, flash, inner), inner),
            _changes(row, mark, inner),
            _history(row, age, inner),
        )
    head, middle, foot = (crop(((" ", "edge"), *line), width) for line in lines)
    return _with_mark(head, mark, width), middle, foot


def _with_mark(head: Line, mark: Mark | None, width: int) -> Line:
    """Return the first line with the mark's shape in its first cell, which is free."""
    if mark is None or width < _ROOM_FOR_MARK:
        return head
    shape, role = SHAPES[mark.direction]
    return ((shape, f"{'mark' if mark.fresh else 'past'}-{role}"), *head[1:])


def _head(symbol: str, found: str, right: list[Span], width: int) -> Line:
    room = width - 1 - sum(cell_len(text) for text, _ in right)
    return justify(_highlighted(fit(symbol, room), found), right, width)


def _highlighted(symbol: str, found: str) -> list[Span]:
    start = symbol.upper().find(found.upper()) if found else -1
    if start < 0:
        return [(symbol, "symbol")]
    end = start + len(found)
    parts = ((symbol[:start], "symbol"), (symbol[start:end], "match"), (symbol[end:], "symbol"))
    return [part for part in parts if part[0]]


def _price(row: Row, symbol: str, flash: int, width: int) -> list[Span]:
    arrow, role = ARROWS[row.direction]
    text = numbers.price(row.price, max(5, width - min(cell_len(symbol), 6) - 2))
    gap = " " if cell_len(symbol) + len(text) + 3 <= width else ""
    if flash:
        strength = "flash" if abs(flash) > 1 else "fading"
        return [(arrow + gap + text, f"{strength}-{'up' if flash > 0 else 'down'}")]
    return [(arrow, role), (gap + text, "price")]


def _changes(row: Row, mark: Mark | None, width: int) -> Line:
    change, percent = row.change, row.percent
    role = sign_role(change)
    right = numbers.percent(percent)
    tilde = "" if row.reference_is_open else "~ "
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


def _history(row: Row, age: float, width: int) -> Line:
    right = f" {numbers.compact(row.volume):>5} {numbers.age(age):>3}"
    room = max(0, width - len(right))
    bars = sparkline(row.sparkline, room, row.timestamp // 1000)
    role = "spark-" + sign_role(row.sparkline[-1] - row.sparkline[0] if row.sparkline else None)
    return justify([(" " * (room - len(bars)), "blank"), (bars, role)], [(right, "muted")], width)


def sign_role(value: float | None) -> str:
    """Return the role of a change."""
    if value is None or not value:
        return "flat"
    return "up" if value > 0 else "down"
