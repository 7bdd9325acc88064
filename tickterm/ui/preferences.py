"""Preferences: how the person wants the screen to look, to move and to be worked with."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.console import Console
from textual.constants import COLOR_SYSTEM
from textual.theme import BUILTIN_THEMES

from tickterm.errors import SettingsError
from tickterm.market.text import clean
from tickterm.ui.draw.theme import OWN_THEMES, Colours

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["THEMES", "Preferences", "has_few_colours", "known_theme"]

THEMES = (*(theme.name for theme in OWN_THEMES), *sorted(BUILTIN_THEMES))
"""The names of all themes."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """What can be set of the screen."""

    theme: str = ""
    """Empty: what suits the terminal."""
    colours: Colours = Colours.DEFAULT
    few_colours: bool = False
    """The terminal has 16 colours or none."""
    ascii: bool = False
    """Draw ASCII characters only."""
    reduced_motion: bool = False
    fps: float = 10
    """Looks at the engine per second, at most."""
    keys: Mapping[str, str] = field(default_factory=dict)
    """Keys by the ids of bindings, in place of the usual ones; as `keymap.parse_keys` makes it."""

    @property
    def looks(self) -> float:
        """Looks at the engine per second: with reduced motion at most one."""
        return min(1.0, self.fps) if self.reduced_motion else self.fps


def has_few_colours() -> bool:
    """Say whether this terminal has no more than 16 colours, as far as it tells of itself."""
    console = Console(color_system=COLOR_SYSTEM, force_terminal=True)  # type: ignore[arg-type]
    return console.color_system in (None, "standard")


def known_theme(name: str) -> str:
    """Return the name of a theme.

    Raises:
        SettingsError: there is no such theme; says which are near.
    """
    if not name or name in THEMES:
        return name
    near = difflib.get_close_matches(name.lower(), THEMES, n=3, cutoff=0.4)
    hint = f"did you mean {' or '.join(near)}?" if near else f"such as {', '.join(THEMES[:3])}"
    raise SettingsError(f"TICKTERM_THEME={clean(name, 40)}: there is no such theme; {hint}")
