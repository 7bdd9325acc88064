"""KeptState: what people make, changed at once and kept in its file a moment later."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Generic, TypeVar

from tickterm.engine.kept_file import LOCK_WITHIN, Contents, KeptFileError, state_of
from tickterm.market.text import clean

__all__ = ["KeptState"]

LOOK_EVERY = 2.0
"""Seconds between looks at a file that others may have changed."""
CLOSE_WITHIN = 0.4
"""Seconds that another program may keep the file at the end, when nobody waits for long."""
MOST_FAULTS = 5
"""Of a file, that are said."""

Change = TypeVar("Change")
Kept = TypeVar("Kept", bound=Contents)


class KeptState(ABC, Generic[Change, Kept]):
    """The file is read and written on a thread: a disk may take its time.

    Whoever derives from it says what is to be kept, and takes what the file holds.
    """

    def __init__(self, path: Path | None, what: str, log: logging.Logger) -> None:
        """Take the file, if any, the name of what is in it, and the log that hears of it."""
        self._path = path
        self._what = what
        self._log = log
        self._due = asyncio.Event()
        """Set where something is to be kept."""
        self._told: tuple[str, ...] = ()
        self.trouble = ""
        """Why changes are for this run only; empty where they are kept."""

    async def run(self) -> None:
        """Put changes into the file and take those of others out of it, until cancelled."""
        if self._path is not None:
            await self._follow(self._path)

    def close(self) -> None:
        """Put what is not in the file yet into it; what is lost is said."""
        if self._path is not None and (change := self._pending()):
            try:
                self._tell_faults(self._put(self._path, change, CLOSE_WITHIN))
            except KeptFileError as error:
                self._log.error("%s are lost: %s", self._what, error)

    @abstractmethod
    def _pending(self) -> Change:
        """Return what the file does not know yet; false where that is nothing."""

    @abstractmethod
    def _put(self, path: Path, change: Change, within: float) -> Kept:
        """Put a change into the file and return what it then holds; on a thread, too.

        `within`: seconds that another program may keep it. Raises KeptFileError.
        """

    @abstractmethod
    def _take(self, change: Change, kept: Kept) -> None:
        """Take what the file holds: `change` with it, unless it has faults."""

    @abstractmethod
    def _size(self) -> int:
        """Return how much of what there is the file had."""

    def _remark(self, kept: Kept) -> str:  # noqa: ARG002 - what derives from it may have one
        """Return what else is to be said of the file, in words, or nothing."""
        return ""

    async def _follow(self, path: Path) -> None:
        known: object = False
        while True:
            self._due.clear()
            state = await _seen(path)  # before it is read: others go on writing
            if state is None and known:  # editors move a file away before they write another
                await asyncio.sleep(LOOK_EVERY)
                state, known = await _seen(path), False
                self._tell_gone(path, is_gone=state is None)
            if (self._pending() or state != known) and await _to_its_end(self._merge(path)):
                known = state
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY):
                    await self._due.wait()

    async def _merge(self, path: Path) -> bool:
        """Say whether the file could be read whole, and has what was changed until now."""
        change = self._pending()
        try:
            kept = await asyncio.to_thread(self._put, path, change, LOCK_WITHIN)
        except KeptFileError as error:
            self._tell((f"{self._what} are for this run only: {error}",))
            self.trouble = str(error)
            return False
        self._tell_faults(kept)
        self._take(change, kept)
        return not kept.faults

    def _tell_gone(self, path: Path, *, is_gone: bool) -> None:
        if is_gone and (size := self._size()):
            name = clean(path.name)
            self._log.warning("%s is gone, and its %s with it: %d", name, self._what, size)

    def _tell_faults(self, kept: Kept) -> None:
        self.trouble = kept.faults[0] if kept.faults else ""
        left = "the file is left as it is, and changes are for this run only"
        faults = [f"{fault}; {left}" for fault in kept.faults[:MOST_FAULTS]]
        self._tell((*faults, *filter(None, [self._remark(kept)])))

    def _tell(self, lines: tuple[str, ...]) -> None:
        """Say what is wrong once, until something else is."""
        for line in lines if lines != self._told else ():
            self._log.warning("%s", line)
        self._told = lines


async def _seen(path: Path) -> object:
    return await asyncio.to_thread(state_of, path)


async def _to_its_end(merging: Coroutine[Any, Any, bool]) -> bool:
    """Return what a merge does; who is cancelled waits for it: its thread goes on in any case, and
    what it has written must be known."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(merging)
        try:
            return await asyncio.shield(task)
        finally:
            if not task.done():
                await asyncio.wait([task])
