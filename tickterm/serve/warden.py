"""Nothing outlives the server, not even when it is killed with -9.

A screen does not notice that its input has ended (Textual's WebDriver only stops reading), and
what the kernel offers against orphans exists on Linux only. So one small process holds the other
end of a pipe and the list of the screens: when the pipe closes, whatever is left is killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from pathlib import Path

__all__ = ["Warden"]

PROGRAM = Path(__file__).with_name("warden_process.py")


class Warden:
    """The server's end of the pipe."""

    def __init__(self, pipe: asyncio.StreamWriter) -> None:
        self._pipe = pipe

    @classmethod
    @contextlib.asynccontextmanager
    async def started(cls) -> AsyncIterator[Warden]:
        """Run the process for as long as the context lasts."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(PROGRAM)),
            stdin=PIPE,
            stdout=DEVNULL,
            stderr=DEVNULL,
            start_new_session=True,  # a Ctrl-C in the server's terminal is not for it
        )
        pipe = process.stdin
        assert pipe is not None  # noqa: S101 - for mypy: it was asked for
        try:
            yield cls(pipe)
        finally:
            pipe.close()
            await process.wait()

    def watch(self, group: int) -> None:
        """Have this process group killed when the server is gone."""
        self._tell(f"+{group}\n")

    def forget(self, group: int) -> None:
        """This group has ended; its number may soon be somebody else's."""
        self._tell(f"-{group}\n")

    def _tell(self, line: str) -> None:
        if not self._pipe.is_closing():
            self._pipe.write(line.encode())
