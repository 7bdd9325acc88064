"""The flags of `tickterm` itself, and what flags of several commands share."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import click

__all__ = ["RunOptions", "finite"]


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


def finite(context: click.Context, option: click.Parameter, value: float | None) -> float | None:
    """Let neither `inf` nor `nan` pass, which click takes for numbers of any range."""
    if value is not None and not math.isfinite(value):
        raise click.BadParameter("give a finite number", context, option)
    return value
