"""The one place that names colours: tickterm's own themes, and the market's in every theme."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from textual.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ANSI_THEME",
    "OWN_THEMES",
    "TICKTERM_THEME",
    "Colours",
    "market_variables",
]

ANSI_THEME = "ansi-dark"
"""Textual's theme for terminals of 16 colours: their own, so that it suits light ones as well."""


class Colours(Enum):
    """Of rising and falling prices; the value is what a person chooses by."""

    DEFAULT = "default"
    """The theme's own."""
    CLASSIC = "classic"
    SAFE = "safe"
    """Apart for all common kinds of colour blindness."""
    EAST = "east"


_Pair = tuple[str, str]
_DARK: Mapping[Colours, _Pair] = {
    Colours.CLASSIC: ("#4cc764", "#ff7a70"),
    Colours.SAFE: ("#5cb0ff", "#ffa02e"),
    Colours.EAST: ("#ff7a70", "#4cc764"),
}
_LIGHT: Mapping[Colours, _Pair] = {
    Colours.DEFAULT: ("#07523f", "#9a1f10"),
    Colours.CLASSIC: ("#08551f", "#a31616"),
    Colours.SAFE: ("#0a4da0", "#7a3c00"),
    Colours.EAST: ("#a31616", "#08551f"),
}
_ANSI: Mapping[Colours, _Pair] = {
    Colours.DEFAULT: ("ansi_green", "ansi_red"),
    Colours.CLASSIC: ("ansi_green", "ansi_red"),
    Colours.SAFE: ("ansi_bright_blue", "ansi_bright_yellow"),
    Colours.EAST: ("ansi_red", "ansi_green"),
}


def _quiet_chrome(ground: str, text: str, key: str, bar: str, hover: str) -> dict[str, str]:
    """Return the variables that keep scrollbars and key hints in the background."""
    return {
        "footer-background": ground,
        "footer-key-foreground": key,
        "footer-description-foreground": text,
        "block-cursor-text-style": "none",
        "scrollbar": bar,
        "scrollbar-hover": hover,
        "scrollbar-active": key,
        "scrollbar-background": ground,
        "scrollbar-background-hover": ground,
        "scrollbar-background-active": ground,
    }


TICKTERM_THEME = Theme(
    name="tickterm",
    primary="#6cb2f7",
    secondary="#3d6a94",
    accent="#6cb2f7",
    success="#34c9a3",
    warning="#e8b04b",
    # Teal and coral stay apart for the common kinds of colour blindness.
    error="#ff7d6b",
    foreground="#d5dde7",
    background="#0b0f14",
    surface="#131a22",
    panel="#1b2530",
    dark=True,
    variables=_quiet_chrome("#0b0f14", "#8a97a6", "#6cb2f7", "#2a3644", "#3a4a5c"),
)

_LIGHT_THEME = Theme(
    name="tickterm-light",
    primary="#0b5aa8",
    secondary="#5b86b0",
    accent="#0b5aa8",
    success="#07523f",
    warning="#6b4400",
    error="#9a1f10",
    foreground="#17202a",
    background="#e9edf2",
    surface="#f8fafc",
    panel="#d3dde9",
    dark=False,
    variables=_quiet_chrome("#e9edf2", "#46525f", "#0b5aa8", "#b9c5d2", "#93a4b6"),
)

_CONTRAST_THEME = Theme(
    name="tickterm-contrast",
    primary="#8cd0ff",
    secondary="#8cd0ff",
    accent="#ffe14d",
    success="#3df2b4",
    warning="#ffd23f",
    error="#ff9a8c",
    foreground="#ffffff",
    background="#000000",
    surface="#0d0d0d",
    panel="#1a2631",
    dark=True,
    variables=_quiet_chrome("#000000", "#e6e6e6", "#8cd0ff", "#6b7c8c", "#9fb4c8"),
)

OWN_THEMES = (TICKTERM_THEME, _LIGHT_THEME, _CONTRAST_THEME)


def market_variables(theme: Theme, colours: Colours = Colours.DEFAULT) -> dict[str, str]:
    """Return `$up`, `$down` and `$amber` as they are in a theme."""
    if theme.ansi:
        up, down = _ANSI[colours]
        return {"up": up, "down": down, "amber": "ansi_yellow"}
    if not theme.dark:
        up, down = _LIGHT[colours]
        return {"up": up, "down": down, "amber": "#6b4400"}
    own = (theme.success or "#34c9a3", theme.error or "#ff7d6b")
    up, down = _DARK.get(colours, own)
    return {"up": up, "down": down, "amber": theme.warning or "#e8b04b"}
