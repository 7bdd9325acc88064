"""Regular expressions over the lines of the log, in bounded time and memory.

RE2 takes time linear in the text and as much memory as we grant it: the module `re` hangs for
hours on `(a+)+$`, and others take any amount of memory for `(a{99999}){99999}`. Linear may still
be slow, as in `(.{1,30}){1,30}`, so the whole search has a time limit besides.
"""

from __future__ import annotations

import math
import re
import time
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import Any

from tickterm.ui.log.buffer import Entry

try:
    import re2
except ImportError:  # no wheel for this Python or this machine
    re2 = None

__all__ = ["Search", "TooSlow"]

BUDGET = 0.03
"""Seconds of work that one search through all lines may take: the screen waits for it."""
_LINE_BUDGET = 0.001
"""Seconds of work for what is highlighted in one line."""
_SLOW_LINES = 3
"""So many lines that take longer, and nothing is highlighted any more: one alone may have been
slow for another reason, such as Python's search for garbage."""
_MEMORY = 128 * 2**10
"""Bytes for one expression; more makes the slowest line slower."""
_NO_CAPITALS = re.compile(r"\\.|\(\?P")
"""Parts of an expression whose capitals mean something else."""


class TooSlow(ValueError):
    """The expression takes too long on these lines."""


class Search:
    """An expression and which lines match it; without a capital in it their case does not matter.

    Raises:
        ValueError: it is no expression; the text says why.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.serials: list[int] = []
        """Of the entries that match, oldest first."""
        self._pattern = _compile(text)
        self._slow_lines = 0

    def take(self, entries: Iterable[Entry]) -> None:
        """Search entries newer than those before; raises TooSlow."""
        until = time.thread_time() + BUDGET
        for entry in entries:
            if self._pattern.search(entry.text):
                self.serials.append(entry.serial)
            if time.thread_time() > until:
                raise TooSlow("this takes too long; make it simpler")

    def clear(self) -> None:
        """Forget which entries match."""
        self.serials.clear()

    def drop(self, oldest: int) -> None:
        """Forget the entries before serial `oldest`."""
        del self.serials[: bisect_left(self.serials, oldest)]

    def step(self, serial: int | None, step: int) -> tuple[int, bool] | None:
        """Return the next match up or down from an entry, and whether that went round the end.

        None is the end of the log. Return None if there is no match.
        """
        if not self.serials:
            return None
        here = math.inf if serial is None else serial
        if step > 0:
            position = bisect_right(self.serials, here)
        else:
            position = bisect_left(self.serials, here) - 1
        around = position % len(self.serials)
        return self.serials[around], around != position

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Return what is to be highlighted: starts and ends, in order, none empty."""
        found: list[tuple[int, int]] = []
        until = time.thread_time() + _LINE_BUDGET
        for match in self._pattern.finditer(text) if self._slow_lines < _SLOW_LINES else ():
            if match.end() > match.start():
                found.append(match.span())
            if time.thread_time() > until:
                break
        self._slow_lines += time.thread_time() > until
        return found


def _compile(text: str) -> Any:  # an expression of RE2, which has no types, or of `re`
    ignore_case = not any(char.isupper() for char in _NO_CAPITALS.sub("", text))
    if re2 is None:
        return re.compile(re.escape(text), re.IGNORECASE if ignore_case else re.NOFLAG)
    options = re2.Options()
    options.case_sensitive = not ignore_case
    options.max_mem = _MEMORY
    options.never_capture = True
    options.log_errors = False  # to the terminal that we draw on
    try:
        return re2.compile(text, options)
    except re2.error as error:
        reason = error.args[0].decode(errors="replace")
        raise ValueError(reason.removesuffix(" - compile failed")) from None
