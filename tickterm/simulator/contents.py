"""What a recording holds."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tickterm.market.symbols import is_symbol
from tickterm.simulator.recording import read_frames

__all__ = ["symbols_in"]


async def symbols_in(path: Path) -> tuple[str, ...]:
    """Return the symbols of the per-second bars in a recording, in order of first appearance.

    Reads the whole file, on a thread of its own. Raises RecordingError as `read_frames` does.
    """
    return await asyncio.to_thread(_symbols_in, path)


def _symbols_in(path: Path) -> tuple[str, ...]:
    symbols: dict[str, None] = {}
    for frame in read_frames(path):
        for element in frame.elements:
            if isinstance(element, dict) and element.get("ev") == "A":
                symbol = element.get("sym")
                if isinstance(symbol, str) and symbol not in symbols and is_symbol(symbol):
                    symbols[symbol] = None
    return tuple(symbols)
