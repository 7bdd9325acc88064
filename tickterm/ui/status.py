"""What the screen says about the engine in one sentence, and how loudly."""

from __future__ import annotations

from typing import NamedTuple

from tickterm.errors import TickTermError
from tickterm.market.snapshot import LinkPhase, RedisView, Snapshot
from tickterm.market.text import clean
from tickterm.ui import numbers

__all__ = ["SILENT_AFTER", "Status", "failure", "first_error", "link_status", "waiting"]

SILENT_AFTER = 2.0
"""Seconds without a new snapshot after which the engine counts as hung."""


class Status(NamedTuple):
    """A sentence for the banner; `level` is `calm`, `warning` or `error`."""

    level: str
    title: str
    text: str = ""
    engine: bool = False
    """Whether it is the engine itself that is in trouble, not its link."""


def link_status(snapshot: Snapshot, now: float) -> Status | None:
    """Return what keeps the board from being fresh at engine time `now`, or None when nothing."""
    silent = now - snapshot.now
    if silent > SILENT_AFTER:
        return Status("error", "NO ANSWER", f"the engine has said nothing for {silent:.0f} s", True)
    link, error = snapshot.link, clean(snapshot.universe.error)
    if link.phase is LinkPhase.UP:
        return Status("warning", "UNIVERSE", error) if error else None
    if link.phase is LinkPhase.WAITING_FOR_UNIVERSE:
        if error:
            return Status("error", link.phase.value, f"{error} · see: tickterm universe list")
        return Status("calm", "STARTING", "reading the universe")
    return _link(snapshot, now)


def waiting(redis: RedisView) -> int:
    """Return how many ticks wait for Redis: each goes to all channels, the fullest one counts."""
    return max((channel.buffered for channel in redis.channels.values()), default=0)


def first_error(error: BaseException | None) -> BaseException | None:
    """Return the error itself, or the first one inside a group, however deep."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def failure(error: BaseException | None) -> Status:
    """Return the sentence for an engine that has ended although nobody asked it to."""
    error = first_error(error)
    if error is None:
        text = "it ended on its own"
    elif isinstance(error, TickTermError):
        text = clean(error)
    else:
        text = clean(f"{type(error).__name__}: {error}")
    return Status("error", "ENGINE STOPPED", f"{text} · q quits", True)


def _link(snapshot: Snapshot, now: float) -> Status:
    link = snapshot.link
    phase, reason, host = link.phase, clean(link.reason), clean(link.host)
    if phase is LinkPhase.ENDED:
        ended = reason or "the recording has ended"
        return Status("calm", phase.value, _joined(ended, _unsent(waiting(snapshot.redis))))
    if phase is LinkPhase.REFUSED:
        return Status("error", phase.value, f"{reason or 'the feed said no'} · r tries again")
    tried = f"attempt {link.attempt}" if link.attempt else ""
    if phase is LinkPhase.RETRYING:
        wait = "" if link.retry_at is None else f"next try in {max(0.0, link.retry_at - now):.0f} s"
        return Status("warning", phase.value, _joined(tried, wait, reason))
    level = "warning" if link.attempt > 1 or link.losses else "calm"
    return Status(level, phase.value, _joined(f"to {host}" if host else "", tried, reason))


def _unsent(ticks: int) -> str:
    if not ticks:
        return ""
    return f"{numbers.count(ticks)} tick{' waits' if ticks == 1 else 's wait'} for Redis"


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
