"""What is served, to whom, and how much of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version

from tickterm.access import Access, is_loopback
from tickterm.errors import SettingsError
from tickterm.market.text import clean

__all__ = ["ServeOptions"]

PRIVATE = ("MASSIVE_API_KEY", "DATABASE_URL", "REDIS_URL")
"""What the engine alone needs; a screen that a stranger may type into is not given it."""


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """All that `serve` needs to know.

    Raises:
        SettingsError: the address is not of this machine alone and there is no token.
    """

    command: Sequence[str]
    """The program of one screen and its arguments: a Textual app, and only a viewer, because one
    runs for every tab."""
    access: Access
    """Where to listen (port 0 takes a free one) and who may connect."""
    environ: Mapping[str, str] = field(repr=False)
    """The server's environment; what is private is kept from the screens."""
    title: str = "tickterm"
    max_sessions: int = 20
    """Screens at a time, each some 50 MB."""

    def __post_init__(self) -> None:
        access = self.access
        if not is_loopback(access.host) and not access.token:
            told = f"{clean(access.host, 80)} is reachable from other machines"
            raise SettingsError(f"{told}: set TICKTERM_TOKEN")

    def screen_environ(self, width: int, height: int) -> dict[str, str]:
        """Return the environment of a screen of `width` x `height` cells."""
        kept = dict.fromkeys(PRIVATE, "") | {"USE_MASSIVE_API": "false"}  # also against a `.env`
        return {**self.environ, **kept} | {
            "TEXTUAL_DRIVER": "tickterm.ui.terminal.web_driver:WholePackets",
            "TEXTUAL_FPS": "60",
            "TEXTUAL_COLOR_SYSTEM": "truecolor",
            "TERM_PROGRAM": "textual",
            "TERM_PROGRAM_VERSION": version("textual-serve"),
            "COLUMNS": str(width),
            "ROWS": str(height),
        }
