"""The engine behind screens: found where it runs already, else started as a process of its own.

Every screen is a viewer of it, so that no screen's end takes the one connection along. An engine
that was started here ends when its last screen has gone.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import BinaryIO

from tickterm.attach.address import Address
from tickterm.engine.lock import Holder, holder_of
from tickterm.engine.ports import place, socket_answers, tickterm_answers
from tickterm.errors import SettingsError, TickTermError, UnreachableError
from tickterm.market.text import clean
from tickterm.settings import Settings

__all__ = ["EngineProcess", "address_of", "find_running", "lock_path", "runtime_directory"]

START_WITHIN = 10.0
"""Seconds that a new engine has until screens can connect."""
LOOK_AGAIN = 0.02
LONGEST_DIRECTORY = 80
"""Bytes of the path of a socket's directory; systems allow 104 or 108 for the whole."""


def runtime_directory(settings: Settings) -> Path:
    """Return where the lock and the socket of the set port are: the same for all who ask.

    It is the data directory, or a private one among the temporary where that cannot be written to
    or has too long a path.

    Raises:
        SettingsError: others may write there, and so could put a socket of their own in its place.
    """
    directory = settings.data_dir.absolute()
    if _is_usable(directory):
        directory = directory.resolve()
    else:
        name = hashlib.blake2b(os.fsencode(directory), digest_size=8).hexdigest()
        directory = Path(tempfile.gettempdir()) / f"tickterm-{os.getuid()}-{name}"
        directory.mkdir(mode=0o700, exist_ok=True)
    found = directory.lstat()
    if found.st_uid != os.getuid() or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise SettingsError(
            f"others may write to {clean(directory)}: set TICKTERM_DATA_DIR to a directory of yours"
        )
    return directory


def _is_usable(directory: Path) -> bool:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(directory, os.W_OK) and len(os.fsencode(directory)) < LONGEST_DIRECTORY


def lock_path(settings: Settings) -> Path:
    """Return the path of the lock of the engine of the set port."""
    return runtime_directory(settings) / f"engine-{settings.port}.lock"


def find_running(settings: Settings) -> Holder | None:
    """Return the engine that runs on the set port, if screens can connect to it."""
    holder = holder_of(lock_path(settings))
    return holder if holder is not None and socket_answers(holder.socket) else None


def address_of(settings: Settings, holder: Holder, *, started: bool = False) -> Address:
    """Return how a screen connects to the engine, and what to call it."""
    url = f"ws://{place(settings.host, settings.port)}"
    return Address(url, Path(holder.socket), started)


class EngineProcess:
    """Finds the engine, or starts one; `find` does it again whenever a screen has lost it."""

    def __init__(self, settings: Settings, flags: tuple[str, ...]) -> None:
        """Take the flags of `tickterm` that choose the feed and the symbols; none: any engine."""
        self._settings = settings
        self._flags = flags
        self._may_start = True
        """False while somebody else looks after the engine, such as a service manager."""
        self._process: subprocess.Popen[bytes] | None = None
        self._has_run = False
        """Whether screens could connect to it: then its end, however it came, is no refusal."""
        self._errors = lock_path(settings).with_suffix(".err")

    def begin(self) -> None:
        """Look for an engine and start one if there is none; returns at once.

        Raises:
            UnreachableError: one runs that was started with other flags.
        """
        self._running()

    def wait(self, seconds: float = 3.0) -> None:
        """Block until screens can connect, at most `seconds`: then the screen says the rest.

        Raises:
            TickTermError: the engine ended at once; with its own words and exit code.
        """
        until = time.monotonic() + seconds
        while time.monotonic() < until and self._running() is None:
            time.sleep(LOOK_AGAIN)

    async def find(self) -> Address:
        """Return where the engine is, after starting it if need be.

        Raises:
            UnreachableError: it does not come up in time.
            TickTermError: it ended at once; with its own words and exit code.
        """
        until = time.monotonic() + START_WITHIN
        while (address := self._running()) is None:
            if not self._may_start:
                raise UnreachableError("it has ended; who started it must start it again")
            if time.monotonic() > until:
                raise UnreachableError("the engine does not answer")
            await asyncio.sleep(LOOK_AGAIN)
        return address

    def _running(self) -> Address | None:
        """Return the engine if screens can connect; where nobody even starts one, start it."""
        settings = self._settings
        if (holder := find_running(settings)) is not None:
            self._adopt(holder)
            started = self._process is not None and holder.pid == self._process.pid
            self._has_run = started
            return address_of(settings, holder, started=started)
        if self._process is None:
            if holder_of(lock_path(settings)) is not None:
                return None
            if tickterm_answers(settings.host, settings.port):
                return self._foreign()
            if self._may_start:
                self._start()
        elif (code := self._process.poll()) is not None:
            self._process = None
            if code and not self._has_run:
                raise EngineFailed(self._last_words(), code)
        return None

    def _foreign(self) -> Address:
        """Return the engine of another user, or with another data directory: it is only seen."""
        if self._flags:
            raise UnreachableError(
                f"an engine of another user or data directory has port {self._settings.port}: "
                "see it with tickterm, without flags, or set another TICKTERM_PORT"
            )
        return Address(f"ws://{place(self._settings.host, self._settings.port)}")

    def _start(self) -> None:
        self._has_run = False
        with _private_file(self._errors) as errors:
            self._process = subprocess.Popen(  # noqa: S603 - this very program
                [sys.executable, "-P", "-m", "tickterm", "--for-screens", *self._flags],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,  # neither a ctrl+c nor a closed terminal is meant for it
            )

    def _adopt(self, holder: Holder) -> None:
        """Take the engine that runs; should it be lost, the next is like it.

        Raises:
            UnreachableError: it was started with other flags than ours.
        """
        if self._flags and holder.flags != self._flags:
            flags = f"with {' '.join(holder.flags)}" if holder.flags else "without flags"
            raise UnreachableError(
                f"an engine {clean(flags)} runs here already (process {holder.pid}): "
                "see it with tickterm attach, or set another TICKTERM_PORT"
            )
        self._flags = holder.flags
        self._may_start = holder.for_screens

    def _last_words(self) -> str:
        try:
            lines = self._errors.read_text(errors="replace").split("\n")
        except OSError:
            lines = []
        words = [line.strip() for line in lines if line.strip()]
        return clean(words[-1]).removeprefix("tickterm: ") if words else "the engine ended at once"


def _private_file(path: Path) -> BinaryIO:
    """Open a new file that only we can read; nowhere, where there is no place for it."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        return os.fdopen(os.open(path, flags, 0o600), "wb")
    except OSError:
        return open(os.devnull, "wb")


class EngineFailed(TickTermError):
    """The engine ended by itself; carries its own exit code."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code
