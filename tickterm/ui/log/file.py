"""Lines of the log as a file."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from platformdirs import user_downloads_path

from tickterm.ui.log.buffer import Entry

__all__ = ["as_text", "directory", "file_name", "save"]


def as_text(entries: Iterable[Entry]) -> str:
    """Return a line for each entry: local date, time and zone, level, text."""
    return "".join(f"{_head(entry)}{entry.text}\n" for entry in entries)


def file_name(at: datetime) -> str:
    """Return the name of a file written at a moment: `tickterm-log-2026-01-31-093000.txt`."""
    return f"tickterm-log-{at:%Y-%m-%d-%H%M%S}.txt"


def directory() -> Path:
    """Return where people look for files: their downloads if there are any, else here."""
    downloads = user_downloads_path()
    return downloads if downloads.is_dir() else Path.cwd()


def save(text: str, path: Path) -> Path:
    """Write a new file and return its path: with a number where the name is taken.

    Raises:
        OSError: it could not be written; then there is no file.
    """
    for number in count(2):
        try:
            file = path.open("x", encoding="utf-8")
        except FileExistsError:
            path = path.with_stem(f"{path.stem.removesuffix(f'-{number - 1}')}-{number}")
        else:
            break
    try:
        with file:
            file.write(text)
    except OSError:
        path.unlink()
        raise
    return path


def _head(entry: Entry) -> str:
    if entry.wall_ms is None:
        return ""
    try:
        at = datetime.fromtimestamp(entry.wall_ms / 1000, UTC).astimezone()
    except (OverflowError, OSError, ValueError):
        return f"{logging.getLevelName(entry.level)} "
    return f"{at.isoformat(' ', 'seconds')} {logging.getLevelName(entry.level)} "
