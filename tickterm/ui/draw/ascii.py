"""ASCII in place of every other character, each as wide as what it stands for.

A filter of what all widgets have drawn, Textual's own borders and scrollbars included.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from textual.filter import LineFilter

if TYPE_CHECKING:
    from textual.color import Color

__all__ = ["AsciiFilter", "to_ascii"]

_STANDS_FOR = {
    "^": "▲↑▴⇧",
    "v": "▼↓▾⇩",
    "<": "◀◂←◁⟨‹«",
    ">": "▶▸→▷⟩›»❯",
    "|": "│▏▎▍▌▐▕║╎┆╷╵┤├⎢▋▊▉┇┋",
    "-": "─┈┄┉╌–—−╶╴▔‾╾╼▃",
    "=": "━═≡▄▀",
    "_": "▁",
    ".": "·…∙⋯▂",
    "+": "┌┐└┘╭╮╰╯┼┬┴┿┯┷╋╔╗╚╝╬▅",
    "*": "◇◆●★◉•✓✔⬤▆",
    "%": "▇",
    "#": "█■▓⣿▙▟▛▜",
    ":": "▒░⋮┊",
    "O": "┃╹╻╽╿",
    "o": "○◌◦◯",
    "x": "×✕✗✖⌫",
    "~": "≈",
    "/": "╱△",
    "\\": "╲▽",
    '"': "“”",
    "'": "‘’",
    "E": "⏎",
}
"""Bars keep their order of height, a candle that rises stays hollow, and a pattern's mark before a
symbol is no letter of it."""
_TABLE = {ord(char): stand_in for stand_in, chars in _STANDS_FOR.items() for char in chars}
_FIRST_BRAILLE, _LAST_BRAILLE = 0x2800, 0x28FF
_HEIGHTS = " .:oO#"
"""Stand-ins of braille patterns, by how many of their eight dots are set."""


@lru_cache(4096)
def _stand_in(char: str) -> str:
    code = ord(char)
    if code in _TABLE:
        return _TABLE[code]
    if _FIRST_BRAILLE <= code <= _LAST_BRAILLE:
        return _HEIGHTS[(code - _FIRST_BRAILLE).bit_count() * 5 // 8 if code % 256 else 0]
    width = cell_len(char)
    plain = unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode()
    return plain if plain.isprintable() and len(plain) == width else "?" * width


def to_ascii(text: str) -> str:
    """Return `text` in ASCII, in the same number of cells."""
    if text.isascii():
        return text
    return "".join(char if char.isascii() else _stand_in(char) for char in text)


class AsciiFilter(LineFilter):
    """Lets only ASCII come to the terminal."""

    def apply(
        self,
        segments: list[Segment],
        background: Color,  # noqa: ARG002  the base class hands it over
    ) -> list[Segment]:
        """Return the segments in ASCII."""
        return [Segment(to_ascii(text), style, control) for text, style, control in segments]
