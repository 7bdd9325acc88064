"""Cells that are painted one by one and read as lines of spans."""

from __future__ import annotations

from itertools import groupby

from tickterm.ui.draw.spans import Line, Span

__all__ = ["Canvas"]


class Canvas:
    """`width` x `height` cells; line 0 is the lowest. Each character takes one cell."""

    def __init__(self, width: int, height: int) -> None:
        self._width = width
        self._chars = [[" "] * width for _ in range(height)]
        self._roles = [["blank"] * width for _ in range(height)]

    def put(self, x: int, y: int, text: str, role: str) -> None:
        """Paint a text from a cell on; what lies outside is lost."""
        if not 0 <= y < len(self._chars):
            return
        chars, roles = self._chars[y], self._roles[y]
        for cell, char in enumerate(text, x):
            if 0 <= cell < self._width:
                chars[cell], roles[cell] = char, role

    def put_under(self, x: int, y: int, char: str, role: str) -> None:
        """Paint a cell, unless something is there."""
        if 0 <= y < len(self._chars) and 0 <= x < self._width and self._chars[y][x] == " ":
            self._chars[y][x], self._roles[y][x] = char, role

    def lines(self) -> list[Line]:
        """Return the lines, the highest first."""
        lines = zip(reversed(self._chars), reversed(self._roles), strict=True)
        return [_spans(chars, roles) for chars, roles in lines]


def _spans(chars: list[str], roles: list[str]) -> Line:
    spans: list[Span] = []
    start = 0
    for role, group in groupby(roles):
        end = start + len(list(group))
        spans.append(("".join(chars[start:end]), role))
        start = end
    return tuple(spans)
