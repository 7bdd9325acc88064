"""Recordings of the feed: `.jsonl` or `.jsonl.gz`, one frame a line."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

import orjson

from tickterm.errors import RecordingError
from tickterm.market.text import clean

__all__ = ["LONGEST_LINE", "Frame", "frame_time", "read_frames"]

LONGEST_LINE = 16 * 1024 * 1024
"""Bytes of one frame; longer ones are not frames of the feed."""


class Frame(NamedTuple):
    """One line of a recording."""

    line: bytes
    """The bytes of the file, without the line break."""
    elements: list[Any]
    """The same, parsed; an element may be anything that JSON allows."""


def read_frames(path: str | Path) -> Generator[Frame, None, None]:
    """Yield the frames of a recording one at a time; blank lines are passed over.

    Raises RecordingError, naming file and line, where the file cannot be read, where it is cut off,
    and for a line that is not a JSON array or is longer than `LONGEST_LINE`.
    """
    number = 0
    try:
        with _open(path) as file:
            while line := file.readline(LONGEST_LINE + 2):
                number += 1
                line = line.rstrip(b"\r\n")
                if line.strip():
                    yield Frame(line, _elements(line, path, number))
    except EOFError:
        raise _error(path, number + 1, "the file is cut off; copy it again") from None
    except zlib.error as error:
        raise _error(path, number + 1, f"the file is damaged ({error}); copy it again") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise RecordingError(f"recording {_shown(path)} cannot be read: {clean(reason)}") from None


def frame_time(elements: Iterable[object]) -> float | None:
    """Return when a frame was sent, ms UTC: `e`, else `t`, of its first element that has one.

    `t` is in ms, µs or ns, which its size tells (some channels of the feed differ).
    """
    for element in elements:
        if isinstance(element, dict):
            for key in ("e", "t"):
                value = element.get(key)
                if isinstance(value, int | float) and value > 0:
                    return _milliseconds(value)
    return None


def _open(path: str | Path) -> IO[bytes]:
    if str(path).endswith(".gz"):
        return cast("IO[bytes]", gzip.open(path))
    return open(path, "rb")


def _elements(line: bytes, path: str | Path, number: int) -> list[Any]:
    if len(line) > LONGEST_LINE:
        raise _error(path, number, "longer than 16 MiB, so not a frame of the feed")
    try:
        elements = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise _error(path, number, f"not JSON ({clean(error.msg, 80)})") from None
    if not isinstance(elements, list):
        raise _error(path, number, "not a JSON array; a recording has one frame a line")
    return elements


def _error(path: str | Path, number: int, what: str) -> RecordingError:
    return RecordingError(f"recording {_shown(path)}, line {number}: {what}")


def _shown(path: str | Path) -> str:
    return clean(str(path), 200)


def _milliseconds(value: float) -> float:
    if value > 1e17:
        return value / 1e6
    return value / 1e3 if value > 1e14 else value
