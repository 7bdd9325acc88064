"""The flags of `tickterm` itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["RunOptions"]


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the command line asks for."""

    demo: bool = False
    replay: Path | None = None
    speed: float = 1.0
    universe: str | None = None
    symbols: str | None = None
    headless: bool = False
    for_screens: bool = False

    @property
    def flags(self) -> tuple[str, ...]:
        """Return the flags that choose the feed and the symbols, as a command line has them."""
        flags = ["--demo"] if self.demo else []
        if self.replay is not None:
            flags += ["--replay", str(self.replay), "--speed", f"{self.speed:g}"]
        for name, value in (("--universe", self.universe), ("--symbols", self.symbols)):
            flags += [name, value] if value is not None else []
        return tuple(flags)
