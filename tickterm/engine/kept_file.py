"""One small JSON file that outlives the engine: shared by several, replaced in one step.

The rule for whoever shares it: a change is put into what stands there then, under a lock, so that
the later one wins where both change the same; all else is as the file has it. A file that cannot be
read whole is left as it is, for its owner to mend.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol, TypeVar

import orjson

from tickterm.errors import TickTermError
from tickterm.market.text import clean

__all__ = ["LOCK_WITHIN", "Contents", "KeptFileError", "held", "merge", "read", "state_of"]

LOCK_WITHIN = 1.0
"""Seconds that another program may keep the file; they hold it for as long as a disk takes."""


class KeptFileError(TickTermError):
    """The file cannot be read, or not be written; the text names it."""


class Contents(Protocol):
    """What a file holds, as far as it can be read."""

    @property
    def faults(self) -> tuple[str, ...]:
        """What in it cannot be read, sanitised."""


Kept = TypeVar("Kept", bound=Contents)


def merge(
    path: Path,
    read_it: Callable[[Path], Kept],
    change: Callable[[Kept], Kept] | None,
    form: Callable[[Kept], Any],
    within: float = LOCK_WITHIN,
) -> Kept:
    """Put a change, if there is any, into the file, and return what it then holds.

    `read_it` gives what stands there, `form` the JSON of what is to. Nothing is written where
    nothing becomes different, or where something in the file cannot be read. `within`: seconds that
    another program may keep it.

    Raises:
        KeptFileError: the file cannot be read at all, or not be written.
    """
    try:
        if change is None:
            return read_it(path)
        with held(path, within) as place:
            before = read_it(place)
            after = before if before.faults else change(before)
            if after != before:
                _write(place, form(after))
            return after
    except OSError as error:
        what = clean(error.filename or path)  # it may be the lock, or the directory
        raise KeptFileError(f"{what}: {clean(error.strerror or error)}") from None


def state_of(path: Path) -> tuple[int, int, int] | None:
    """Return what is another after every change of the file; None: there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


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
def held(path: Path, within: float = LOCK_WITHIN) -> Iterator[Path]:
    """Yield where the file is, which nobody else who asks changes meanwhile; its directory is made.

    Where it is a link, what it leads to is meant. `within`: seconds.

    Raises:
        KeptFileError: another program keeps it for longer.
        OSError: there is no place for it.
    """
    path = path.resolve()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = path.with_name(f".{path.name}.lock")
    file = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        _lock(file, lock, within)
        yield path
    finally:
        os.close(file)


def _lock(file: int, path: Path, within: float) -> None:
    until = time.monotonic() + within
    while True:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise KeptFileError(f"{clean(path)} is held by another program") from None
            time.sleep(0.01)


def _write(path: Path, told: Any) -> None:
    """Put another file in its place, in one step; for its owner alone. Raises OSError.

    It is held: what another one of this name was made for has not come to its end.
    """
    aside = path.with_name(f".{path.name}.making")
    aside.unlink(missing_ok=True)
    made = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
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
