"""Entries of the log as lines: wrapped, with what was found highlighted; pure."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import accumulate, takewhile
from typing import NamedTuple

from rich.cells import chop_cells

from tickterm.ui.draw.spans import Line, Span
from tickterm.ui.log.buffer import Entry

__all__ = ["Piece", "draw", "newest_within", "plain", "wrap_entry"]

_HEAD = "HH:MM:SS L "


class Piece(NamedTuple):
    """What one line shows of an entry."""

    entry: Entry
    start: int
    """Characters of the entry's text before it."""
    text: str
    first: bool

    @property
    def serial(self) -> int:
        """The entry's."""
        return self.entry.serial


def wrap_entry(entry: Entry, width: int) -> list[Piece]:
    """Return an entry as pieces that fit `width` cells, the text under itself."""
    room = max(8, width - len(_HEAD) - 2)
    pieces: list[Piece] = []
    end = 0
    for part in _wrap(entry.text, room):
        start = entry.text.index(part, end)
        end = start + len(part)
        pieces.append(Piece(entry, start, part, not pieces))
    return pieces


def draw(piece: Piece, found: Sequence[tuple[int, int]] = (), *, marked: bool = False) -> Line:
    """Return a piece as a line; `found` are the parts of the entry's text to highlight."""
    entry = piece.entry
    edge = ("▌", "edge") if marked else (" ", "blank")
    if piece.first:
        head: Line = (edge, (f"{entry.time:8} ", "muted"), (f"{entry.letter:1} ", entry.role))
    else:
        head = (edge, (" " * len(_HEAD), "muted"))
    role = entry.role if entry.letter != "I" else "value"
    return (*head, *_highlighted(piece, found, role))


def plain(entry: Entry) -> str:
    """Return an entry as it is copied: as it is read on the screen, in one line."""
    return f"{entry.time} {entry.letter} {entry.text}".strip()


def newest_within(lines: Sequence[str], most: int) -> Sequence[str]:
    """Return as many of the last lines as take at most so many bytes, with the ends of lines."""
    sizes = accumulate(len(line.encode()) + 1 for line in reversed(lines))
    count = sum(1 for _ in takewhile(lambda size: size <= most, sizes))
    return lines[len(lines) - count :]


def _highlighted(piece: Piece, found: Sequence[tuple[int, int]], role: str) -> list[Span]:
    spans: list[Span] = []
    at = 0
    for start, end in found:
        start, end = max(start - piece.start, at), min(end - piece.start, len(piece.text))
        if start < end:
            spans += [(piece.text[at:start], role), (piece.text[start:end], "match")]
            at = end
    return [*spans, (piece.text[at:], role)]


def _wrap(text: str, width: int) -> list[str]:
    if len(text) <= width and text.isascii():
        return [text]
    if text.isascii():
        return textwrap.wrap(text, width, break_on_hyphens=False) or [""]
    return chop_cells(text, width) or [""]
