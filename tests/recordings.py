"""Recordings for tests: a real day where it lies beside the project, and a made-up market."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterable
from pathlib import Path
from typing import IO, cast

import orjson
import pytest

from tickterm.simulator.market import Market

_REGULAR_MORNING = 1_704_465_000_000
"""2024-01-05 09:30 New York, ms UTC."""


REAL_DAY = "massive-stocks-A-2013-10-07.jsonl.gz"
SYMBOLS = ("SPY", "IBM", "BAC", "AIG")
"""Those of the real day."""


def real_day() -> Path:
    """Return where the real day lies, or skip."""
    places = [Path(os.environ.get("MARKET_DATA_FOR_TESTS", ""))]
    places += [Path(__file__).resolve().parents[2] / "shared" / "data"]
    for place in places:
        if (place / REAL_DAY).is_file():
            return place / REAL_DAY
    pytest.skip(f"{REAL_DAY} is not here: set MARKET_DATA_FOR_TESTS to its folder")


def day_recording(kind: str, directory: Path, seconds: int = 6_000) -> Path:
    """Return the `real` day, or a `generated` one of so many seconds in `directory`."""
    if kind == "real":
        return real_day()
    path = directory / "day.jsonl.gz"
    write_recording(path, SYMBOLS, seconds=seconds, seed=7)
    return path


def write_recording(
    path: str | Path,
    symbols: Iterable[str],
    seconds: int,
    seed: int = 0,
    start_ms: int = _REGULAR_MORNING,
) -> int:
    """Write a made-up recording, a frame a second, and return how many bars it has.

    A path that ends in `.gz` is compressed. The same arguments give the same bytes. Raises OSError.
    """
    market = Market(seed)
    names = tuple(symbols)
    count = 0
    with _open(path) as file:
        for second in range(start_ms // 1000, start_ms // 1000 + seconds):
            bars = market.bars(names, second)
            if bars:
                file.write(orjson.dumps(bars) + b"\n")
                count += len(bars)
    return count


def _open(path: str | Path) -> IO[bytes]:
    if str(path).endswith(".gz"):  # a fixed time stamp, so that equal content is equal bytes
        return cast("IO[bytes]", gzip.GzipFile(path, "wb", mtime=0))
    return open(path, "wb")
