"""The table in lines: its head, and one line a symbol; pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tickterm.ui.board.columns import Moment, PlacedColumn
from tickterm.ui.board.tile import with_mark
from tickterm.ui.draw.spans import crop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tickterm.ui.board.digit_places import DigitPlaces
    from tickterm.ui.board.marks import Mark
    from tickterm.ui.board.order import Sort
    from tickterm.ui.draw.spans import Line, Span

__all__ = ["column_at", "draw_head", "draw_row", "neighbour"]


def draw_head(columns: Sequence[PlacedColumn], width: int, sort: Sort, *, reverse: bool) -> Line:
    """Return the titles; the column that is sorted by has an arrow and stands out."""
    spans: list[Span] = []
    end = 0
    for column, start, size in columns:
        chosen = column.sort is sort
        title = column.title + sort.arrow(reverse=reverse) * chosen
        left = f" {title}" if column.sort is columns[0].column.sort else title
        text = left.ljust(size) if column.is_text else title.rjust(size)
        if start > end:
            spans.append((" " * (start - end), "blank"))
        spans.append((text, "symbol" if chosen else "label"))
        end = start + size
    return crop(spans, width)


def draw_row(
    moment: Moment,
    columns: Sequence[PlacedColumn],
    places: DigitPlaces,
    width: int,
    mark: Mark | None,
) -> Line:
    """Return the line of one symbol, exactly `width` cells; its mark stands before the symbol."""
    spans: list[Span] = []
    end = 0
    for column, start, size in columns:
        if start > end:
            spans.append((" " * (start - end), "blank"))
        spans += crop(column.draw(moment, places, size), size)
        end = start + size
    return with_mark(crop(spans, width), mark, width)


def column_at(columns: Sequence[PlacedColumn], x: int) -> Sort | None:
    """Return what the column at a cell of the head is sorted by; the gap before belongs to it."""
    return next((column.sort for column, start, width in columns if x < start + width), None)


def neighbour(columns: Sequence[Sort], sort: Sort, steps: int, home: Sort) -> Sort:
    """Return the column so many to the right of `sort`; beyond either end is `home`, the order of
    no column, and beyond that the other end."""
    ring = [home, *columns]
    place = ring.index(sort) if sort in ring else 0
    return ring[(place + steps) % len(ring)]
