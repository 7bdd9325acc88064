"""The settings of the screen: how it looks, moves and is worked with."""

from __future__ import annotations

import locale
from dataclasses import dataclass

from tickterm.settings_reader import Reader

__all__ = ["SCREEN_KEYS", "ScreenSettings", "read_screen", "wants_ascii"]

SCREEN_KEYS = (
    "TICKTERM_THEME",
    "TICKTERM_COLOURS",
    "TICKTERM_ASCII",
    "TICKTERM_MOTION",
    "TICKTERM_FPS",
    "TICKTERM_KEYS",
)

_COLOURS = ("default", "classic", "safe", "east")
_MOTIONS = ("full", "reduced")
_POOR = ("linux", "dumb", "vt", "cons", "ansi", "sun")
"""Beginnings of `TERM` of terminals that draw little but ASCII."""


@dataclass(frozen=True, slots=True)
class ScreenSettings:
    """How the screen is to be; themes and keys are checked by the screen, which knows them."""

    theme: str = ""
    """Empty: what suits the terminal."""
    colours: str = "default"
    """Of rising and falling prices."""
    ascii: bool | None = None
    """Draw with ASCII characters only; None: where the terminal needs it."""
    motion: str = "full"
    fps: int = 10
    """Looks at the engine per second, at most."""
    keys: str = ""
    """Other keys for actions: `board.find=ctrl+f;app.quit=Q`."""


def read_screen(reader: Reader) -> ScreenSettings:
    """Return the screen's settings.

    Raises:
        SettingsError: a value is malformed.
    """
    auto = reader.text("TICKTERM_ASCII").lower() in ("", "auto")
    told = "allowed are auto, true and false"
    ascii_only = None if auto else reader.flag("TICKTERM_ASCII", default=False, allowed=told)
    return ScreenSettings(
        theme=reader.text("TICKTERM_THEME"),
        colours=reader.word("TICKTERM_COLOURS", _COLOURS),
        ascii=ascii_only,
        motion=reader.word("TICKTERM_MOTION", _MOTIONS),
        fps=reader.number("TICKTERM_FPS", 10, 1, 30),
        keys=reader.text("TICKTERM_KEYS"),
    )


def wants_ascii(terminal: str) -> bool:
    """Say whether a terminal of this type (`TERM`), with our locale, draws ASCII only."""
    # Not Python's own idea of the encoding: that is UTF-8 even where LC_ALL=C says otherwise.
    unicode = locale.getencoding().replace("-", "").lower() == "utf8"
    return not unicode or terminal.startswith(_POOR)
