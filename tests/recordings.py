"""Recordings of a made-up market, for tests that need one."""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from pathlib import Path
from typing import IO, cast

import orjson

from tickterm.simulator.market import Market

_REGULAR_MORNING = 1_704_465_000_000
"""2024-01-05 09:30 New York, ms UTC."""


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
