"""Notices: the log lines that the screen shows, numbered, bounded, sanitised."""

from __future__ import annotations

import logging
from collections import Counter, deque

from tickterm.market.snapshot import Notice
from tickterm.market.text import clean

__all__ = ["NoticeBoard", "Sampler"]

KEPT = 500
"""Lines a snapshot carries. The screen looks ten times a second, so it misses none of fewer than
5,000 lines a second; the numbers tell it when it does."""


class NoticeBoard(logging.Handler):
    """Keeps the newest log records as notices."""

    def __init__(self) -> None:
        super().__init__()
        self._notices: deque[Notice] = deque(maxlen=KEPT)
        self._number = 0
        self._frozen: tuple[Notice, ...] | None = ()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep `record`; `logging` holds this handler's lock meanwhile."""
        self._number += 1
        try:
            text = clean(_line(record), 1000)
        except Exception:  # noqa: BLE001 - boundary: a wrong log call must not break whoever made it
            text = clean(f"a log line that cannot be written: {record.msg!r:.200}")
        self._notices.append(Notice(self._number, int(record.created * 1000), record.levelno, text))
        self._frozen = None

    def newest(self) -> tuple[Notice, ...]:
        """Return the kept notices, oldest first; the same object until there is a new one."""
        frozen = self._frozen
        if frozen is None:
            self.acquire()
            try:
                frozen = self._frozen = tuple(self._notices)
            finally:
                self.release()
        return frozen


def _line(record: logging.LogRecord) -> str:
    """Return the message and, of a traceback, the line that names the error."""
    text = record.getMessage()
    if record.exc_text:
        lines = [line.strip("| +-") for line in record.exc_text.splitlines()]
        return f"{text}: {next((line for line in reversed(lines) if line), '')}"
    if record.exc_info and record.exc_info[1] is not None:
        error = record.exc_info[1]
        return f"{text}: {type(error).__name__}: {error}"
    return text


class Sampler:
    """Lets a few lines of each kind through each second and counts the rest exactly.

    A feed that sends 100,000 status messages a second must not bury the log, nor cost more than
    counting them.
    """

    def __init__(self, per_second: int = 20) -> None:
        self._per_second = per_second
        self._second = -1
        self._shown: Counter[str] = Counter()
        self.hidden: Counter[str] = Counter()
        """Kind -> lines held back since the start."""
        self._told: Counter[str] = Counter()

    def admit(self, kind: str, now: float) -> bool:
        """Say whether a line of `kind` may be shown at monotonic time `now`; else count it."""
        if int(now) != self._second:
            self._second = int(now)
            self._shown.clear()
        self._shown[kind] += 1
        if self._shown[kind] <= self._per_second:
            return True
        self.hidden[kind] += 1
        return False

    def take_hidden(self) -> dict[str, int]:
        """Return what was held back since this was last asked."""
        fresh = self.hidden - self._told
        self._told = self.hidden.copy()
        return dict(fresh)
