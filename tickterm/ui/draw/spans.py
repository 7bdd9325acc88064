"""Drawing in words: a line is spans of text, each with the name of its role.

Pure functions make lines; `Looks` turns roles into the theme's styles. All text passes `fit` or
`clean` on its way, so nothing here can be longer than its place or hold a control character.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import cell_len, set_cell_size

__all__ = [
    "Line",
    "Span",
    "crop",
    "fit",
    "greyed",
    "justify",
    "line_text",
    "line_width",
    "text_width",
]

Span = tuple[str, str]
"""Text, role."""
Line = tuple[Span, ...]


def text_width(text: str) -> int:
    """Return the cells that a text takes; it has no control characters."""
    return len(text) if text.isascii() else cell_len(text)


def fit(text: str, width: int) -> str:
    """Return `text` in at most `width` cells; what is cut off is marked by `…`."""
    if width <= 0:
        return ""
    if text_width(text) <= width:
        return text
    return set_cell_size(text, width - 1).rstrip() + "…"


def line_width(spans: Iterable[Span]) -> int:
    """Return the cells that the spans take."""
    return sum([text_width(text) for text, _ in spans])


def line_text(spans: Iterable[Span]) -> str:
    """Return the bare text of the spans."""
    return "".join(text for text, _ in spans)


def crop(spans: Iterable[Span], width: int, role: str = "blank") -> Line:
    """Return the spans cut or padded (with `role`) to exactly `width` cells."""
    out: list[Span] = []
    left = width
    for text, name in spans:
        size = text_width(text)
        if size > left:
            if left > 0:
                out.append((set_cell_size(text, left), name))
            return tuple(out)
        if size:
            out.append((text, name))
        left -= size
    if left > 0:
        out.append((" " * left, role))
    return tuple(out)


def greyed(line: Iterable[Span], but: str = "") -> Line:
    """Return a line without colours, but for spans of one role."""
    return tuple((text, role if role == but else "muted") for text, role in line)


def justify(left: Iterable[Span], right: Iterable[Span], width: int, role: str = "blank") -> Line:
    """Return `left` and `right` pushed to the two ends of `width` cells; the right end wins."""
    left, right = tuple(left), tuple(right)
    room = width - line_width(right)
    gap = room - line_width(left)
    if gap > 0:
        return tuple([span for span in (*left, (" " * gap, role), *right) if span[0]])
    return crop((*crop(left, max(0, room), role), *right), width, role)
