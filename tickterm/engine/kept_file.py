"""One small JSON file that outlives the engine: shared by several, replaced in one step."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from tickterm.errors import TickTermError
from tickterm.market.text import clean

__all__ = ["KeptFileError", "held", "read", "write"]

LOCK_WITHIN = 2.0
"""Seconds."""


class KeptFileError(TickTermError):
    """The file cannot be read, or not be written; the text names it."""


def read(path: Path, largest: int, *, own: bool = False) -> Any:
    """Return what the JSON of a file says; None: there is no file.

    `largest`: bytes. `own`: nobody but its owner, who must be us, may be able to write it.

    Raises:
        KeptFileError: it is no such file, too large, or no JSON.
        OSError: it cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe would let us wait
    except FileNotFoundError:
        return None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise KeptFileError(f"{clean(path)} is no regular file")
        if own:
            _check_owner(path, status)
        with open(descriptor, "rb", closefd=False) as file:
            data = file.read(largest + 1)
    finally:
        os.close(descriptor)
    if len(data) > largest:
        raise KeptFileError(f"{clean(path)} is larger than {largest >> 20} MiB")
    try:
        return orjson.loads(data)
    except ValueError:
        raise KeptFileError(f"{clean(path)} is no JSON") from None


def _check_owner(path: Path, status: os.stat_result) -> None:
    if status.st_uid not in (os.geteuid(), 0):
        raise KeptFileError(f"{clean(path)} belongs to another user, who could run commands here")
    if status.st_mode & 0o022:
        raise KeptFileError(f"others may write {clean(path)}: chmod go-w it, then it is read")


@contextlib.contextmanager
def held(path: Path) -> Iterator[Path]:
    """Yield where the file is, which nobody else who asks changes meanwhile; its directory is made.

    Where it is a link, what it leads to is meant.

    Raises:
        KeptFileError: another program keeps it for too long.
        OSError: there is no place for it.
    """
    path = path.resolve()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = path.with_name(f".{path.name}.lock")
    file = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        _lock(file, lock)
        yield path
    finally:
        os.close(file)


def _lock(file: int, path: Path) -> None:
    until = time.monotonic() + LOCK_WITHIN
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise KeptFileError(f"{clean(path)} is held by another program") from None
            time.sleep(0.01)


def write(path: Path, told: Any) -> None:
    """Put another file in its place, in one step; for its owner alone. Raises OSError."""
    made, aside = tempfile.mkstemp(dir=path.parent, prefix=".making-")
    try:
        with open(made, "wb") as file:
            file.write(orjson.dumps(told, option=orjson.OPT_INDENT_2))
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
    except BaseException:  # boundary: whatever it is, nothing half written stays
        with contextlib.suppress(OSError):
            os.unlink(aside)
        raise
