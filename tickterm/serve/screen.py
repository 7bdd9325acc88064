"""One screen: the process that draws for one tab, from its start to its certain end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence

from tickterm.market.text import clean
from tickterm.serve import packets
from tickterm.serve.ending import End, Ended

__all__ = ["Screen"]

log = logging.getLogger("tickterm.serve")

START_TIMEOUT = 30.0
"""Seconds until the screen must have drawn something; a busy machine needs several."""
PATIENCE = 2.0
"""Seconds that a screen has to follow `quit`, and again SIGTERM."""
LAST_WORDS = 4096
"""Bytes kept of what it wrote to stderr."""


class Screen:
    """A Textual app in a process group of its own."""

    def __init__(self, process: Process) -> None:
        if process.stdin is None or process.stdout is None or process.stderr is None:
            raise TypeError("the process needs three pipes")
        self._process = process
        self._stdin, self._stdout, self._stderr = process.stdin, process.stdout, process.stderr
        self._words = bytearray()
        self._is_silent = asyncio.Event()

    @classmethod
    async def start(cls, command: Sequence[str], environ: Mapping[str, str]) -> Screen:
        """Start the process.

        Raises:
            Ended: there is no such program, or no room for another process.
        """
        try:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=environ, start_new_session=True
            )
        except OSError as error:
            log.error("a screen could not be started: %s", error.strerror)
            raise Ended(End.NOT_STARTED, f"The screen cannot start: {error.strerror}") from None
        return cls(process)

    @property
    def group(self) -> int:
        """The number of its process group."""
        return self._process.pid

    async def listen(self) -> None:
        """Read what it complains about, until it ends; the last of it is kept."""
        while words := await self._stderr.read(LAST_WORDS):
            self._words = (self._words + words)[-LAST_WORDS:]
        self._is_silent.set()

    async def wait_until_ready(self) -> None:
        """Return when the first packet is near; needs `listen` to run.

        Raises:
            Ended: it did not start.
        """
        try:
            async with asyncio.timeout(START_TIMEOUT):
                await self._stdout.readuntil(packets.PRELUDE)
        except TimeoutError:
            reason = f"nothing has come for {START_TIMEOUT:.0f} s"
        except asyncio.LimitOverrunError:
            reason = "this is no Textual app"
        except asyncio.IncompleteReadError:
            reason = await self._obituary()
        else:
            return
        raise Ended(End.NOT_STARTED, f"The screen cannot start: {reason}")

    async def read(self) -> tuple[bytes, bytes]:
        """Return type and payload of its next packet; see `packets.read`.

        Raises:
            Ended: it has ended, or sends no packets.
        """
        try:
            return await packets.read(self._stdout)
        except asyncio.IncompleteReadError:
            raise await self.ended() from None
        except ValueError as error:
            raise Ended(End.FAILED, f"The screen has failed: {error}") from None

    async def tell(self, packet: bytes) -> None:
        """Send it a packet; waits while it does not read, does nothing when it has ended."""
        if not packet or self._stdin.is_closing():
            return
        with contextlib.suppress(ConnectionError):
            self._stdin.write(packet)
            await self._stdin.drain()

    async def ended(self) -> Ended:
        """Return how it has ended, or is about to."""
        if await self._has_ended(PATIENCE) and self._process.returncode == 0:
            return Ended(End.OVER, "The session has ended.")
        return Ended(End.FAILED, f"The screen has failed: {await self._obituary()}")

    async def stop(self) -> None:
        """End it: `quit`, SIGTERM, SIGKILL, with some seconds between them; nothing is left."""
        async with asyncio.TaskGroup() as group:
            # read on, or it waits for ever with its last words in a full pipe
            readers = [group.create_task(self._discard()), group.create_task(self.listen())]
            await self._end()
            for reader in readers:
                reader.cancel()

    async def _end(self) -> None:
        try:
            for ask in (self._quit, self._terminate):
                ask()
                if await self._has_ended(PATIENCE):
                    return
            log.warning("a screen followed neither quit nor SIGTERM: killed")
        finally:
            self._kill_group()
        await self._has_ended(PATIENCE)

    def _quit(self) -> None:
        if not self._stdin.is_closing():
            self._stdin.write(packets.meta(type="quit"))

    def _terminate(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()

    def _kill_group(self) -> None:
        """Kill it, or whatever it has left behind in its group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.group, signal.SIGKILL)

    async def _discard(self) -> None:
        while await self._stdout.read(2**16):
            pass

    async def _has_ended(self, within: float) -> bool:
        """Give it so many seconds; `wait` would go on for whoever has inherited its pipes."""
        end = time.monotonic() + within
        while self._process.returncode is None and time.monotonic() < end:  # noqa: ASYNC110 - it sets no event
            await asyncio.sleep(0.02)
        return self._process.returncode is not None

    async def _obituary(self) -> str:
        """Say with which code and words it went; a traceback may show anything, so its last line
        is all that is told."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await self._is_silent.wait()
        await self._has_ended(PATIENCE)
        lines = self._words.decode("utf-8", "replace").strip().splitlines()
        code = self._process.returncode
        told = clean(lines[-1].strip(), 300) if lines else "it gave no reason"
        return f"{told} (exit code {code})"
