"""What the screen says about the engine in one sentence, and how loudly."""

from __future__ import annotations

from typing import NamedTuple

from tickterm.errors import TickTermError, first_error
from tickterm.market.snapshot import Attachment, LinkPhase, RedisView, Snapshot
from tickterm.market.text import clean
from tickterm.ui import numbers

__all__ = [
    "SILENT_AFTER",
    "Status",
    "failure",
    "is_detached",
    "leaving",
    "link_status",
    "waiting",
]

HERE = Attachment()
"""Of an engine in this process."""

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
    if is_detached(snapshot.attachment):
        return _detached(snapshot.attachment, now)
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


def is_detached(attachment: Attachment) -> bool:
    """Say whether the engine is to be in another process, and the screen does not hang on it."""
    return bool(attachment.where) and not attachment.connected


def failure(error: BaseException | None, attachment: Attachment = HERE) -> Status:
    """Return the sentence for an engine that has ended although nobody asked it to.

    `attachment` is the screen's: one that does not hang on an engine cannot say that it ended.
    """
    error = None if error is None else first_error(error)
    if error is None:
        text = "it ended on its own"
    elif isinstance(error, TickTermError):
        text = clean(error)
    else:
        text = clean(f"{type(error).__name__}: {error}")
    title = "NOT ATTACHED" if is_detached(attachment) else "ENGINE STOPPED"
    return Status("error", title, f"{text} · q quits", True)


def leaving(attachment: Attachment) -> Status:
    """Return the sentence for the moment between the wish to leave and the end."""
    if attachment.where:
        return Status("calm", "LEAVING", f"tickterm at {clean(attachment.where)}")
    return Status("calm", "STOPPING", "the engine ends in order")


def _detached(attachment: Attachment, now: float) -> Status:
    where, reason = clean(attachment.where), clean(attachment.reason)
    if attachment.attempt <= 1 and not reason:
        return Status("calm", "ATTACHING", f"to tickterm at {where}", True)
    tried = f"attempt {attachment.attempt}" if attachment.attempt else ""
    wait = _wait(attachment.retry_at, now)
    return Status("error", "NO ENGINE", _joined(f"tickterm at {where}", tried, wait, reason), True)


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
        wait = _wait(link.retry_at, now)
        return Status("warning", phase.value, _joined(tried, wait, reason))
    level = "warning" if link.attempt > 1 or link.losses else "calm"
    return Status(level, phase.value, _joined(f"to {host}" if host else "", tried, reason))


def _wait(retry_at: float | None, now: float) -> str:
    return "" if retry_at is None else f"next try in {max(0.0, retry_at - now):.0f} s"


def _unsent(ticks: int) -> str:
    if not ticks:
        return ""
    return f"{numbers.count(ticks)} tick{' waits' if ticks == 1 else 's wait'} for Redis"


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
