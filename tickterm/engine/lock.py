"""EngineLock: one engine for a port, one connection for a key.

The lock is `flock`: the kernel frees it however its holder dies, `kill -9` included, so that no
lock is ever left behind and none must be guessed to be stale. The file says who holds it.
"""

from __future__ import annotations

import fcntl
import os
import stat
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson

from tickterm.errors import SettingsError
from tickterm.market.text import clean

__all__ = ["EngineLock", "Holder", "LockHeld", "holder_of"]

PATIENCE = 0.3
"""Seconds that somebody who only looks may hold a lock."""
MAX_BYTES = 1_000_000
"""Of what a file says: flags may name 20,000 symbols."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock, as its file says."""

    pid: int = 0
    port: int = 0
    socket: str = ""
    """Path of the Unix socket for screens."""
    flags: tuple[str, ...] = ()
    """What the engine was started with."""
    for_screens: bool = False
    """Started by a screen, and so by another when it is lost; else somebody looks after it."""


class LockHeld(Exception):
    """Somebody else has the lock; `holder` says who."""

    def __init__(self, holder: Holder) -> None:
        super().__init__(f"held by process {holder.pid}")
        self.holder = holder


class EngineLock:
    """A held lock, as a context manager; the file stays and means nothing."""

    def __init__(self, path: Path, holder: Holder) -> None:
        """Take the lock.

        Raises:
            LockHeld: somebody else has it.
            SettingsError: the file cannot be written.
        """
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            told = f"{clean(path)}: {clean(error.strerror)}: set TICKTERM_DATA_DIR"
            raise SettingsError(f"{told} to where you may write") from None
        if not _locked(self._file, PATIENCE):
            held_by = _read(self._file)
            os.close(self._file)
            raise LockHeld(held_by)
        self._path = path
        self._holder = holder
        self._tell()

    def renew(self) -> bool:
        """Take the lock again if its file was removed; say whether it is still ours alone.

        Raises:
            SettingsError: the file cannot be written.
        """
        if self._is_in_place():
            return True
        try:
            again = EngineLock(self._path, self._holder)
        except LockHeld:
            return False
        self._file, again._file = again._file, self._file
        os.close(again._file)
        return True

    def _is_in_place(self) -> bool:
        ours = os.fstat(self._file)
        try:
            there = self._path.lstat()
        except OSError:
            return False
        return (there.st_ino, there.st_dev) == (ours.st_ino, ours.st_dev)

    def _tell(self) -> None:
        try:
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, orjson.dumps(_told(self._holder)), 0)
        except OSError as error:
            os.close(self._file)
            told = f"{clean(self._path)}: {clean(error.strerror)}: make room, or set"
            raise SettingsError(f"{told} TICKTERM_DATA_DIR to where there is some") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        os.ftruncate(self._file, 0)
        os.close(self._file)


def holder_of(path: Path) -> Holder | None:
    """Return who holds the lock at `path`, or None if nobody does."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode) or _locked(file, 0.0):
            return None
        return _read(file)
    finally:
        os.close(file)


def _locked(file: int, patience: float) -> bool:
    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(0.01)
        else:
            return True


def _told(holder: Holder) -> Mapping[str, object]:
    return {
        "pid": holder.pid,
        "port": holder.port,
        "socket": holder.socket,
        "flags": list(holder.flags),
        "for_screens": holder.for_screens,
    }


def _read(file: int) -> Holder:
    """Return what the file says; nothing where its holder has not written it yet."""
    try:
        told = orjson.loads(os.pread(file, MAX_BYTES, 0))
        return Holder(
            int(told["pid"]),
            int(told["port"]),
            str(told["socket"]),
            tuple(str(flag) for flag in told["flags"]),
            bool(told["for_screens"]),
        )
    except (ValueError, TypeError, KeyError):
        return Holder()
