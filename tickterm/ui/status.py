"""What the screen says about the engine in one sentence, and how loudly."""

from __future__ import annotations

from typing import NamedTuple

from tickterm.errors import TickTermError
from tickterm.market.snapshot import LinkPhase, LinkView, Snapshot
from tickterm.market.text import clean

__all__ = ["SILENT_AFTER", "Status", "failure", "link_status"]

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
            return Status("error", link.phase.value, error)
        return Status("calm", "STARTING", "reading the universe")
    return _link(link, now)


def failure(error: BaseException | None) -> Status:
    """Return the sentence for an engine that has ended although nobody asked it to."""
    if error is None:
        text = "it ended on its own"
    elif isinstance(error, TickTermError):
        text = clean(error)
    else:
        text = clean(f"{type(error).__name__}: {error}")
    return Status("error", "ENGINE STOPPED", f"{text} · q quits", True)


def _link(link: LinkView, now: float) -> Status:
    phase, reason, host = link.phase, clean(link.reason), clean(link.host)
    if phase is LinkPhase.ENDED:
        return Status("calm", phase.value, reason or "the recording has ended")
    if phase is LinkPhase.REFUSED:
        return Status("error", phase.value, f"{reason or 'the feed said no'} · r tries again")
    tried = f"attempt {link.attempt}" if link.attempt else ""
    if phase is LinkPhase.RETRYING:
        wait = "" if link.retry_at is None else f"next try in {max(0.0, link.retry_at - now):.0f} s"
        return Status("warning", phase.value, _joined(tried, reason, wait))
    level = "warning" if link.attempt > 1 or link.losses else "calm"
    return Status(level, phase.value, _joined(f"to {host}" if host else "", tried, reason))


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
