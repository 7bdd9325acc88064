"""News: what a snapshot says that the one before did not - status, log lines, events."""

from __future__ import annotations

from collections.abc import Sequence

from tickterm.market.contract import (
    EngineMessage,
    Event,
    EventName,
    Heartbeat,
    Log,
    LogLine,
    Status,
    status_of,
)
from tickterm.market.snapshot import LinkPhase, Notice, Snapshot

__all__ = ["News"]

STATUS_EVERY = 0.5
"""Seconds between two status messages, but for changes that cannot wait."""
BACKLOG = 200
"""Log lines that a viewer gets of the time before it came."""
LINES_A_MESSAGE = 100
"""At most: viewers limit the size of what they take."""


class News:
    """Compares each snapshot with the one before."""

    def __init__(self) -> None:
        self._before = Snapshot()
        self._told = 0
        """Number of the newest log line that was sent."""
        self._status_at = -STATUS_EVERY
        self._down_at: float | None = None

    def of(self, snapshot: Snapshot) -> list[EngineMessage]:
        """Return what is to be sent now."""
        messages: list[EngineMessage] = list(self._events(snapshot))
        if messages or snapshot.now - self._status_at >= STATUS_EVERY or self._is_urgent(snapshot):
            self._status_at = snapshot.now
            messages.append(status_of(snapshot))
        if lines := [notice for notice in snapshot.notices if notice.number > self._told]:
            self._told = lines[-1].number
            messages += _logs(lines)
        self._before = snapshot
        return messages

    def so_far(self, snapshot: Snapshot) -> list[EngineMessage]:
        """Return what a viewer that has just come must know; the status makes it complete."""
        return [*_logs(snapshot.notices[-BACKLOG:]), status_of(snapshot)]

    @staticmethod
    def must_arrive(message: EngineMessage) -> bool:
        """Say whether nothing later makes up for the message."""
        return not isinstance(message, Status | Heartbeat | Log)

    def _is_urgent(self, snapshot: Snapshot) -> bool:
        before, link = self._before.link, snapshot.link
        return (link.phase, link.attempt) != (before.phase, before.attempt) or (
            snapshot.universe != self._before.universe
        )

    def _events(self, snapshot: Snapshot) -> list[Event]:
        events = []
        was_up, is_up = (s.link.phase is LinkPhase.UP for s in (self._before, snapshot))
        if is_up and not was_up:
            gap = None if self._down_at is None else snapshot.now - self._down_at
            events.append(_event(EventName.LINK_UP, snapshot, snapshot.link.host, gap))
        elif was_up and not is_up:
            self._down_at = snapshot.now
            reason = snapshot.link.reason or snapshot.link.phase.value
            events.append(_event(EventName.LINK_DOWN, snapshot, reason))
        if snapshot.redis.up != self._before.redis.up:
            name = EventName.REDIS_UP if snapshot.redis.up else EventName.REDIS_DOWN
            events.append(_event(name, snapshot, snapshot.redis.reason or snapshot.redis.where))
        return events


def _event(name: EventName, snapshot: Snapshot, text: str, gap: float | None = None) -> Event:
    return Event(name, snapshot.wall_ms, text, gap)


def _logs(notices: Sequence[Notice]) -> list[Log]:
    lines = [LogLine(n.number, n.wall_ms, n.level, n.text) for n in notices]
    size = LINES_A_MESSAGE
    return [Log(lines[n : n + size]) for n in range(0, len(lines), size)]
