"""AlertCommands: the command lines that people want to be run when an alert fires."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shlex
import signal
from collections.abc import Mapping, Sequence

from tickterm.errors import SettingsError
from tickterm.market.text import clean

__all__ = ["AlertCommands", "check_command"]

log = logging.getLogger("tickterm.alerts")

AT_ONCE = 4
MOST_WAITING = 100
"""Commands that wait for their turn; beyond that they are dropped."""
WITHIN = 10.0
"""Seconds that a command has."""
FIELDS = ("symbol", "price", "text", "kind", "source")
"""What `{…}` in an argument may name."""


def check_command(line: str) -> Sequence[str]:
    """Return the words of a command line; raises SettingsError where it has none."""
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise SettingsError(f"--command {clean(line, 60)!r}: {clean(error)}") from None
    if not words:
        raise SettingsError("--command is empty: give a command line")
    return words


class AlertCommands:
    """Runs commands without a shell, four at a time; what they write goes nowhere."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Take the environment that they have: without our secrets."""
        self._environment = environment
        self._queue: asyncio.Queue[tuple[str, Mapping[str, str]]] = asyncio.Queue(MOST_WAITING)
        self.failed = 0
        """Those that were dropped, could not start, took too long or ended with an error."""

    def put(self, line: str, fields: Mapping[str, str]) -> None:
        """Let a command line run with `{symbol}` and so on filled in; never waits."""
        try:
            self._queue.put_nowait((line, fields))
        except asyncio.QueueFull:
            self._fail(line, f"{MOST_WAITING} others wait already")

    async def run(self) -> None:
        """Run what comes until cancelled; what still runs then is killed."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(AT_ONCE):
                tasks.create_task(self._work())

    async def _work(self) -> None:
        while True:
            line, fields = await self._queue.get()
            try:
                trouble = await self._ended(filled(check_command(line), fields))
            except (OSError, ValueError, SettingsError) as error:
                trouble = clean(getattr(error, "strerror", None) or error, 120)
            if trouble:
                self._fail(line, trouble)

    async def _ended(self, words: Sequence[str]) -> str:
        """Run a command to its end; return what went wrong, or nothing."""
        process = await asyncio.create_subprocess_exec(
            *words,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env=self._environment,
            start_new_session=True,  # so that all that it starts can be ended with it
        )
        try:
            async with asyncio.timeout(WITHIN):
                code = await process.wait()
        except TimeoutError:
            return f"killed after {WITHIN:g} s"
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        return f"exit code {code}" if code else ""

    def _fail(self, line: str, trouble: str) -> None:
        self.failed += 1
        log.error("alert's command %s: %s", clean(line, 80), trouble)


def filled(words: Sequence[str], fields: Mapping[str, str]) -> list[str]:
    """Return the words with every `{field}` replaced, each by itself: no value makes new words."""
    return [_filled(word, fields) for word in words]


def _filled(word: str, fields: Mapping[str, str]) -> str:
    head, *parts = word.split("{")
    for part in parts:
        name, closed, rest = part.partition("}")
        head += fields[name] + rest if closed and name in fields else "{" + part
    return head
