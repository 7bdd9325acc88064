"""Pictures of the screen as text: what stands where, and in which colours."""

from __future__ import annotations

import itertools
import string
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.style import Style
    from textual.strip import Strip

__all__ = ["picture"]

_ATTRIBUTES = ("bold", "dim", "italic", "underline", "reverse", "strike")


def picture(strips: Sequence[Strip]) -> str:
    """Return the screen's lines, below them how each is coloured, and what the letters mean.

    A line `a10 b4` says that ten cells look as `a` says, and four as `b`.
    """
    legend: dict[str, str] = {}
    names = _names()
    lines = [strip.text.rstrip() for strip in strips]
    looks = [_looks(strip, legend, names) for strip in strips]
    meanings = [f"{name} = {look}" for look, name in legend.items()]
    return "\n".join([*lines, "-" * 8, *looks, "-" * 8, *meanings, ""])


def _looks(strip: Strip, legend: dict[str, str], names: Iterable[str]) -> str:
    cells = [(_look(segment.style), segment.cell_length) for segment in strip if segment.text]
    runs = []
    for look, group in itertools.groupby(cells, key=lambda cell: cell[0]):
        if look not in legend:
            legend[look] = next(iter(names))
        runs.append(f"{legend[look]}{sum(width for _, width in group)}")
    return " ".join(runs)


def _look(style: Style | None) -> str:
    if style is None:
        return "plain"
    colours = [getattr(colour, "name", "default") for colour in (style.color, style.bgcolor)]
    return " ".join([" on ".join(colours), *(a for a in _ATTRIBUTES if getattr(style, a))])


def _names() -> Iterable[str]:
    """Return a, b, …, z, A, …, Z, aa, ab, …, each once."""
    letters = string.ascii_letters
    return itertools.chain(letters, map("".join, itertools.product(letters, repeat=2)))
