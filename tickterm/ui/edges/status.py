"""What the screen says about the engine in one sentence, and how loudly."""

from __future__ import annotations

from typing import NamedTuple

from tickterm.errors import TickTermError, first_error
from tickterm.market.freshness import (
    FeedState,
    FeedView,
    feed_view,
    is_delayed_host,
    is_detached,
)
from tickterm.market.snapshot import Attachment, RedisView, Snapshot
from tickterm.market.text import clean
from tickterm.ui.draw import numbers
from tickterm.ui.edges.opening import opening_words

__all__ = [
    "TRY_AGAIN",
    "Status",
    "failure",
    "feed_words",
    "leaving",
    "link_status",
    "waiting",
]

HERE = Attachment()
"""Of an engine in this process."""


TRY_AGAIN = " · r tries again"
"""What a person with a screen can do about a feed that said no."""


class Status(NamedTuple):
    """A sentence for the banner; `level` is `calm`, `warning` or `error`."""

    level: str
    title: str
    text: str = ""
    engine: bool = False
    """Whether it is the engine itself that is in trouble, not its link."""


def link_status(snapshot: Snapshot, now: float) -> Status | None:
    """Return what there is to say of the feed at engine time `now`, or None when all is well."""
    feed = feed_view(snapshot, now)
    title, error = feed.state.value, clean(snapshot.universe.error)
    if feed.state in (FeedState.ATTACHING, FeedState.NO_ENGINE):
        return _detached(snapshot.attachment, title, now)
    if feed.state is FeedState.NO_ANSWER:
        silent = f"the engine has said nothing for {now - snapshot.now:.0f} s"
        return Status("error", title, silent, True)
    if feed.state is FeedState.NO_UNIVERSE:
        return Status("error", title, f"{error} · see: tickterm universe list")
    if feed.state is FeedState.STARTING:
        return Status("calm", title, "reading the universe")
    if not feed.is_fresh:
        return _link(snapshot, feed.state, now)
    return Status("warning", "UNIVERSE", error) if error else _heard(snapshot, feed, now)


def feed_words(feed: FeedView) -> str:
    """Return the feed's state, with how late it is if that is minutes."""
    if feed.late is None:
        return feed.state.value
    return f"{feed.state.value} {feed.late / 60:.0f} min"


def waiting(redis: RedisView) -> int:
    """Return how many ticks wait for Redis: each goes to all channels, the fullest one counts."""
    return max((channel.buffered for channel in redis.channels.values()), default=0)


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


def _detached(attachment: Attachment, title: str, now: float) -> Status:
    where, reason = clean(attachment.where), clean(attachment.reason)
    if title == FeedState.ATTACHING:
        return Status("calm", title, f"to tickterm at {where}", True)
    tried = f"attempt {attachment.attempt}" if attachment.attempt else ""
    wait = _wait(attachment.retry_at, now)
    return Status("error", title, _joined(f"tickterm at {where}", tried, wait, reason), True)


def _heard(snapshot: Snapshot, feed: FeedView, now: float) -> Status | None:
    """Return what there is to say of a feed that is up: little."""
    if feed.opening is not None:
        wall_ms = snapshot.wall_ms + int((now - snapshot.now) * 1000)
        return Status("calm", feed.state.value, opening_words(feed.opening, wall_ms))
    if feed.late is None or is_delayed_host(snapshot.link):
        return None
    late = f"ticks come {feed.late / 60:.0f} min late"
    return Status("warning", feed.state.value, f"{late}, or this machine's clock is wrong")


def _link(snapshot: Snapshot, state: FeedState, now: float) -> Status:
    link, title = snapshot.link, state.value
    reason, host = clean(link.reason), clean(link.host)
    if state is FeedState.ENDED:
        ended = reason.rstrip(".") or "the recording has ended"
        return Status("calm", title, _joined(ended, _unsent(waiting(snapshot.redis))))
    if state is FeedState.REFUSED:
        return Status("error", title, f"{reason or 'the feed said no'}{TRY_AGAIN}")
    tried = f"attempt {link.attempt}" if link.attempt else ""
    if state is FeedState.RECONNECTING:
        return Status("warning", title, _joined(tried, _wait(link.retry_at, now), reason))
    level = "warning" if link.attempt > 1 or link.losses else "calm"
    return Status(level, title, _joined(f"to {host}" if host else "", tried, reason))


def _wait(retry_at: float | None, now: float) -> str:
    return "" if retry_at is None else f"next try in {max(0.0, retry_at - now):.0f} s"


def _unsent(ticks: int) -> str:
    if not ticks:
        return ""
    return f"{numbers.count(ticks)} tick{' waits' if ticks == 1 else 's wait'} for Redis"


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
