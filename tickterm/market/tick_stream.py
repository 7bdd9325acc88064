"""The Redis Streams that carry every tick: their names, and which symbol is in which."""

from __future__ import annotations

from zlib import crc32

__all__ = ["FIELD", "partition_of", "stream_names"]

FIELD = "tick"
"""The one field of an entry: the JSON of the tick, as on the channels."""


def stream_names(name: str, partitions: int) -> tuple[str, ...]:
    """Return the streams' keys: `name` itself, or `name:0` and so on if there are several."""
    if partitions == 1:
        return (name,)
    return tuple(f"{name}:{number}" for number in range(partitions))


def partition_of(symbol: str, partitions: int) -> int:
    """Return the stream that all ticks of `symbol` are in: the same in every run and program."""
    return crc32(symbol.encode()) % partitions
