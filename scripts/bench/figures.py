"""Numbers as people read them."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

__all__ = ["machine", "quantiles", "table", "verdict"]

QUANTILES = (0.5, 0.95, 0.99, 1.0)


def quantiles(seconds: Iterable[float]) -> list[float]:
    """Return the median, 95 %, 99 % and the greatest, in milliseconds; NaN of nothing."""
    ordered = sorted(seconds)
    if not ordered:
        return [float("nan")] * len(QUANTILES)
    return [ordered[min(int(len(ordered) * q), len(ordered) - 1)] * 1000 for q in QUANTILES]


def machine() -> str:
    """Return what this runs on, and what else it does."""
    models = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    load = ", ".join(f"{value:.2f}" for value in os.getloadavg())
    return (
        f"{os.cpu_count()} cores ({models[0] if models else platform.machine()}), "
        f"{platform.system()} {platform.release()}, Python {sys.version.split()[0]}; load {load}"
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return the rows below their head; the first column to the left, the others to the right."""
    lines = [head, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    )


def verdict(passed: bool | None, text: str) -> bool:
    """Print the text with PASS, FAIL or, for None, UNKNOWN; say whether it is PASS."""
    print({True: "PASS   ", False: "FAIL   ", None: "UNKNOWN"}[passed], text)
    return passed is True
