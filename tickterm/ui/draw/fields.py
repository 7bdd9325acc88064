"""A line of labelled values, of which a narrow one keeps the most important; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from tickterm.ui.draw.spans import Line, Span, crop, line_width

__all__ = ["Field", "fitting_line", "labelled"]


class Field(NamedTuple):
    """Some spans that stand or go together."""

    spans: tuple[Span, ...]
    rank: int
    """The field of the highest goes first."""


def labelled(label: str, text: str, rank: int, role: str = "value") -> Field:
    """Return a field of a label and its value."""
    return Field(((f"{label} ", "label"), (text, role)), rank)


def fitting_line(head: Sequence[Span], fields: Iterable[Field], width: int) -> Line:
    """Return the head and those fields that have room in `width` cells, in their order."""
    kept = list(fields)
    while kept and line_width(head) + _width(kept) > width:
        kept.remove(max(kept, key=lambda field: field.rank))
    spans = (span for field in kept for span in (("  ", "blank"), *field.spans))
    return crop((*head, *list(spans)[1:]), width)


def _width(fields: Iterable[Field]) -> int:
    return sum(2 + line_width(field.spans) for field in fields) - 2
