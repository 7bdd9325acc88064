"""AlertCommands: the command lines that people want to be run when an alert fires.

No line of the log has any of a command: it may hold a password, and everybody reads the log.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shlex
import signal
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Mapping, Sequence

from tickterm.engine.alerts.few_lines import FewLines
from tickterm.errors import SettingsError
from tickterm.market.alerts import AlertRule, FiredAlert
from tickterm.market.text import clean

__all__ = ["AlertCommands", "check_command", "fields_of"]

AT_ONCE = 4
MOST_WAITING = 100
"""Commands that wait for their turn; beyond that they are dropped."""
WITHIN = 10.0
"""Seconds that a command has."""
DIES_WITHIN = 1.0
"""Seconds after which what we have killed is not ours to kill."""


def check_command(line: str) -> Sequence[str]:
    """Return the words of a command line; raises SettingsError, which does not quote it."""
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise SettingsError(f"--command cannot be read as words: {error}") from None
    if not words:
        raise SettingsError("--command is empty: give a command line")
    return words


class AlertCommands:
    """Runs commands without a shell, four at a time; what they write goes nowhere."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Take the environment that they have: without our secrets."""
        self._environment = environment
        self._queue: asyncio.Queue[tuple[AlertRule, Mapping[str, str]]]
        self._queue = asyncio.Queue(MOST_WAITING)
        self.log = FewLines(logging.ERROR, "commands of alerts: %d more failed")
        self.failed = 0
        """Those that were dropped, could not start, took too long or ended with an error."""

    def put(self, rule: AlertRule, fields: Mapping[str, str]) -> None:
        """Let a rule's command run with `{symbol}` and so on filled in; never waits."""
        try:
            self._queue.put_nowait((rule, fields))
        except asyncio.QueueFull:
            self._fail(rule, f"{MOST_WAITING} others wait already")

    async def run(self) -> None:
        """Run what comes until cancelled; what still runs then is killed."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(AT_ONCE):
                tasks.create_task(self._work())

    async def _work(self) -> None:
        while True:
            rule, fields = await self._queue.get()
            try:
                trouble = await self._ended(filled(check_command(rule.command), fields))
            except OSError as error:
                trouble = clean(error.strerror or type(error).__name__)
            except (ValueError, SettingsError) as error:
                trouble = clean(error, 120)
            if trouble:
                self._fail(rule, trouble)

    async def _ended(self, words: Sequence[str]) -> str:
        """Run a command to its end; return what went wrong, or nothing."""
        process = await asyncio.create_subprocess_exec(
            *words,
            stdin=DEVNULL,
            stdout=DEVNULL,
            stderr=DEVNULL,
            env=self._environment,
            start_new_session=True,  # so that all that it starts can be ended with it
        )
        code: int | None = None
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(WITHIN):
                    code = await process.wait()
        finally:
            await _kill(process)
        if process.returncode is None:
            return f"still runs after {WITHIN:g} s, and cannot be killed: it runs as another user"
        if code is None:
            return f"killed after {WITHIN:g} s"
        return f"exit code {code}" if code else ""

    def _fail(self, rule: AlertRule, trouble: str) -> None:
        self.failed += 1
        self.log.tell(f"command of alert {rule.id}: {trouble}", time.monotonic())


async def _kill(process: Process) -> None:
    """End a command with all that it has started, which may outlive it, and see it end.

    What runs as another user, as with sudo, is not ours to end, and is not waited for.
    """
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    except PermissionError:
        return
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DIES_WITHIN):
            await process.wait()


def fields_of(fired: FiredAlert, source: str) -> Mapping[str, str]:
    """Return what `{…}` in a command may name; `source`: where the ticks come from."""
    return {
        "symbol": fired.symbol,
        "price": "" if fired.price is None else f"{fired.price:g}",
        "text": fired.text,
        "kind": fired.kind,
        "source": source,
    }


def filled(words: Sequence[str], fields: Mapping[str, str]) -> list[str]:
    """Return the words with every `{field}` replaced, each by itself: no value makes new words."""
    return [_filled(word, fields) for word in words]


def _filled(word: str, fields: Mapping[str, str]) -> str:
    head, *parts = word.split("{")
    for part in parts:
        name, closed, rest = part.partition("}")
        head += fields[name] + rest if closed and name in fields else "{" + part
    return head
