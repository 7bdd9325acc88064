"""Freshness: whether what is on show is still so, of a symbol and of the whole feed."""

from __future__ import annotations

import enum
import math
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from tickterm.market.hours import Opening, Session, next_open, session_at
from tickterm.market.snapshot import Attachment, Feed, LinkPhase, LinkView, Row, Snapshot

__all__ = [
    "DELAYED_AFTER",
    "NEVER",
    "QUIET_AFTER",
    "SILENT_AFTER",
    "FeedState",
    "FeedView",
    "Freshness",
    "feed_view",
    "is_delayed_host",
    "is_detached",
    "known_since",
    "state_of",
]

QUIET_AFTER = 60.0
"""Seconds without a tick after which a symbol is quiet; its last price still is the last one."""
SILENT_AFTER = 2.0
"""Seconds without a new snapshot after which the engine counts as hung."""
DELAYED_AFTER = 120.0
"""Seconds from the end of a bar to its arrival from which on the feed is a delayed one; bars are
two seconds late at best, and those of a delayed plan ten or fifteen minutes."""
NEVER = math.inf
"""As what `known_since` returns: nothing is known."""

_SAMPLE = 200
"""Symbols, evenly spread, that are asked how late their ticks are."""
_BAR_SECONDS = 1.0


class Freshness(enum.StrEnum):
    """How far a symbol's price can be trusted; the value is what a person reads."""

    LIVE = "LIVE"
    """It ticked within the last minute."""
    QUIET = "QUIET"
    """It did not, or not yet at all; but if it does, that will be seen."""
    STALE = "STALE"
    """Nobody knows: ticks may have been missed since its last one."""


class FeedState(enum.StrEnum):
    """What the feed is, or why it is not; the value is what a person reads."""

    LIVE = "LIVE"
    DELAYED = "DELAYED"
    SIMULATED = "SIMULATED"
    REPLAY = "REPLAY"
    CLOSED = "CLOSED"
    """The link is up, but the market is closed, and nothing comes."""
    STARTING = "STARTING"
    NO_UNIVERSE = "NO UNIVERSE"
    CONNECTING = "CONNECTING"
    SIGNING_IN = "SIGNING IN"
    RECONNECTING = "RECONNECTING"
    REFUSED = "REFUSED"
    ENDED = "ENDED"
    NO_ANSWER = "NO ANSWER"
    """The engine is silent."""
    ATTACHING = "ATTACHING"
    NO_ENGINE = "NO ENGINE"


_FRESH = {
    FeedState.LIVE,
    FeedState.DELAYED,
    FeedState.SIMULATED,
    FeedState.REPLAY,
    FeedState.CLOSED,
}


class FeedView(NamedTuple):
    """The feed's state, and what there is to say of it."""

    state: FeedState
    late: float | None = None
    """Of a real feed whose ticks are late by minutes: by how many seconds."""
    opening: Opening | None = None
    """Of a closed market."""

    @property
    def is_fresh(self) -> bool:
        """Whether the feed is heard, so that what does not change has not changed."""
        return self.state in _FRESH


_PHASES = {
    LinkPhase.CONNECTING: FeedState.CONNECTING,
    LinkPhase.AUTHENTICATING: FeedState.SIGNING_IN,
    LinkPhase.RETRYING: FeedState.RECONNECTING,
    LinkPhase.REFUSED: FeedState.REFUSED,
    LinkPhase.ENDED: FeedState.ENDED,
}
_LOCAL = {Feed.SIMULATED: FeedState.SIMULATED, Feed.REPLAY: FeedState.REPLAY}


def known_since(snapshot: Snapshot, now: float) -> float:
    """Return the instant from which on no tick was missed, as seen at engine time `now`.

    Infinity while ticks are being missed: the link is not up, the engine is silent, or the screen
    does not hang on it. Else the link's beginning, before which nobody listened; or that of one
    before, where no market was open in between.
    """
    detached = is_detached(snapshot.attachment)
    if detached or _is_silent(snapshot, now) or snapshot.link.phase is not LinkPhase.UP:
        return NEVER
    link = snapshot.link
    return link.since if link.known_since is None else link.known_since


def state_of(row: Row, now: float, since: float) -> Freshness:
    """Return how fresh a symbol is at engine time `now`; `since` is what `known_since` returned."""
    if row.updated < since if row.ticks else since == NEVER:
        return Freshness.STALE
    ticked = row.ticks and now - row.updated <= QUIET_AFTER
    return Freshness.LIVE if ticked else Freshness.QUIET


def feed_view(snapshot: Snapshot, now: float) -> FeedView:
    """Return what the feed is at engine time `now`."""
    attachment, link = snapshot.attachment, snapshot.link
    if is_detached(attachment):
        begins = attachment.attempt <= 1 and not attachment.reason
        return FeedView(FeedState.ATTACHING if begins else FeedState.NO_ENGINE)
    if _is_silent(snapshot, now):
        return FeedView(FeedState.NO_ANSWER)
    if link.phase is LinkPhase.WAITING_FOR_UNIVERSE:
        missing = bool(snapshot.universe.error)
        return FeedView(FeedState.NO_UNIVERSE if missing else FeedState.STARTING)
    if link.phase is not LinkPhase.UP:
        return FeedView(_PHASES[link.phase])
    if link.feed in _LOCAL:
        return FeedView(_LOCAL[link.feed])
    return _real(snapshot, now)


def is_detached(attachment: Attachment) -> bool:
    """Say whether the engine is to be in another process, and the screen does not hang on it."""
    return bool(attachment.where) and not attachment.connected


def is_delayed_host(link: LinkView) -> bool:
    """Say whether the feed server is one that sends everything late, by its name."""
    return "delayed" in link.host.partition(".")[0]


def _real(snapshot: Snapshot, now: float) -> FeedView:
    opening = _opening(snapshot, now)
    if opening is not None:
        return FeedView(FeedState.CLOSED, opening=opening)
    late = _lateness(snapshot)
    if late is not None or is_delayed_host(snapshot.link):
        return FeedView(FeedState.DELAYED, late)
    return FeedView(FeedState.LIVE)


def _is_silent(snapshot: Snapshot, now: float) -> bool:
    return now - snapshot.now > SILENT_AFTER


def _opening(snapshot: Snapshot, now: float) -> Opening | None:
    """Return when a market opens that is closed and silent: some trade while others sleep.

    The ticks are asked first: the calendar takes a fifth of a second to load.
    """
    if snapshot.counts.rate > 0 or _ticks(snapshot.rows, now):
        return None
    wall_ms = snapshot.wall_ms + int((now - snapshot.now) * 1000)
    try:
        if session_at(wall_ms) is not Session.CLOSED:
            return None
        return next_open(wall_ms)
    except (ValueError, OverflowError, OSError):  # the clock is beyond the calendar
        return None


def _ticks(rows: Sequence[Row], now: float) -> bool:
    return any(row.ticks and now - row.updated <= QUIET_AFTER for row in rows)


def _lateness(snapshot: Snapshot) -> float | None:
    """Return by how many seconds the newest ticks came late, if it is minutes.

    Of each symbol in the sample it is a constant, whatever the time is now; the median of those
    that ticked within a minute of the last one moves slowly.
    """
    rows = snapshot.rows
    sample = islice(rows, 0, None, max(1, len(rows) // _SAMPLE))
    heard = [row for row in sample if row.ticks and row.updated >= snapshot.link.since]
    if not heard:
        return None
    newest = max(row.updated for row in heard)
    recent = [_late(row, snapshot) for row in heard if newest - row.updated <= QUIET_AFTER]
    late = sorted(recent)[(len(recent) - 1) // 2]
    return late if late > DELAYED_AFTER else None


def _late(row: Row, snapshot: Snapshot) -> float:
    received = snapshot.wall_ms / 1000 - (snapshot.now - row.updated)
    return received - row.timestamp / 1000 - _BAR_SECONDS
