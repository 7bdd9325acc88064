"""How much memory this process has, and how often it looks for cycles in it."""

from __future__ import annotations

import gc
import os
import resource
import sys
from pathlib import Path
from typing import NamedTuple

__all__ = ["CYCLES_AFTER", "Memory", "look_for_cycles_rarely", "resident_memory"]

STATM = Path("/proc/self/statm")
"""Of Linux: sizes in pages, the second one resident."""

CYCLES_AFTER = 20_000
"""Objects made and not freed after which Python looks for cycles among them: some megabytes."""


class Memory(NamedTuple):
    """Bytes in memory; where the system tells no more, the most that there ever were."""

    size: int
    is_peak: bool


def resident_memory(statm: Path = STATM) -> Memory:
    """Return what this process has in memory at this moment, or at most had."""
    try:
        pages = int(statm.read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return Memory(_peak(), is_peak=True)
    return Memory(pages * os.sysconf("SC_PAGE_SIZE"), is_peak=False)


def look_for_cycles_rarely() -> None:
    """Let the collector leave alone what is there, and look seldom at what comes.

    Rows and ticks come and go by the thousand, none of them in a cycle: to look at them, and at
    every class of the libraries, as often as Python does by itself is a tenth of all our work.
    """
    gc.freeze()
    gc.set_threshold(CYCLES_AFTER, 20, 50)


def _peak() -> int:
    """Return the most ever: in KiB everywhere but on macOS, which counts bytes (getrusage(2))."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
