"""Cells that are painted one by one and read as lines of spans."""

from __future__ import annotations

from itertools import groupby

from tickterm.ui.spans import Line, Span

__all__ = ["Canvas"]


class Canvas:
    """`width` x `height` cells; line 0 is the lowest. Each character takes one cell."""

    def __init__(self, width: int, height: int) -> None:
        self._width = width
        self._lines: list[list[Span]] = [[(" ", "blank")] * width for _ in range(height)]

    def put(self, x: int, y: int, text: str, role: str) -> None:
        """Paint a text from a cell on; what lies outside is lost."""
        if not 0 <= y < len(self._lines):
            return
        line = self._lines[y]
        for cell, char in enumerate(text, x):
            if 0 <= cell < self._width:
                line[cell] = (char, role)

    def lines(self) -> list[Line]:
        """Return the lines, the highest first."""
        return [
            tuple(
                ("".join(char for char, _ in cells), role)
                for role, cells in groupby(line, key=lambda cell: cell[1])
            )
            for line in reversed(self._lines)
        ]
