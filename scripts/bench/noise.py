"""How much of the machine others took while something was measured."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

__all__ = ["QUIET", "Noise"]

QUIET = 0.15
"""Cores that others may use while a figure is taken that is worth a verdict."""


class Noise:
    """The processor time of all processes that are not of our process group."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._before = _others()

    def cores(self) -> float:
        """Return how many cores others kept busy since this was made."""
        return (_others() - self._before) / (time.monotonic() - self._began)


def _others() -> float:
    """Return the seconds of processor time of all others, since the machine started.

    What interrupts took is left out: nobody knows whose it was.
    """
    user, nice, system, _, _, _, _, stolen = _cpu_line()[:8]
    return (user + nice + system + stolen - _own()) / os.sysconf("SC_CLK_TCK")


def _cpu_line() -> list[int]:
    return [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]


def _own() -> int:
    """Return the clock ticks that the living processes of our group have used."""
    total, group = 0, os.getpgrp()
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended just now
            fields = path.read_text().rpartition(")")[2].split()
            if int(fields[2]) == group:
                total += int(fields[11]) + int(fields[12])
    return total
