"""How much memory this process has."""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path
from typing import NamedTuple

__all__ = ["Memory", "resident_memory"]

STATM = Path("/proc/self/statm")
"""Of Linux: sizes in pages, the second one resident."""


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


def _peak() -> int:
    """Return the most ever: in KiB everywhere but on macOS, which counts bytes (getrusage(2))."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
