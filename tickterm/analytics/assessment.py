"""How one process is, and whether others may rely on it: judged by what its partitions do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tickterm.analytics.channel_source import CHANNEL
from tickterm.analytics.counts import Counts
from tickterm.analytics.partition import Partition
from tickterm.analytics.vitals import BEHIND
from tickterm.market.redis_events import HealthStatus

__all__ = ["SILENCE", "Assessment", "Interval", "Share", "assess", "may_beat"]

SILENCE = 30.0
"""Seconds without any tick after which nobody may rely on us; a closed market looks the same."""
ENOUGH = 10
"""Ticks from which on it matters what became of most of them."""


class Share(NamedTuple):
    """Which partitions are ours, by their numbers, and how that is."""

    held: tuple[int, ...] = ()
    status: HealthStatus = HealthStatus.STARTING
    reason: str = "connecting to redis"


class Interval(NamedTuple):
    """What became of the ticks between two looks."""

    ticks: int
    """All that came."""
    rejected: int
    late: int
    """Those too late for their bars, and those of a time that is nobody else's."""
    dropped: int

    @classmethod
    def between(cls, before: Counts, after: Counts, dropped: int) -> Interval:
        """Return the difference of two counts, and what was dropped meanwhile."""
        rejected = after.rejected.total() - before.rejected.total()
        late = after.late_or_stray - before.late_or_stray
        return cls(after.ticks - before.ticks + dropped, rejected, late, dropped)

    @property
    def reason(self) -> str:
        """Why most of the ticks were of no use; empty: most were."""
        useless = {
            "are no ticks": self.rejected,
            "came too late for their bars": self.late,
            "came faster than they are taken, and are lost": self.dropped,
        }
        if self.ticks < ENOUGH or 2 * sum(useless.values()) <= self.ticks:
            return ""
        why = max(useless, key=useless.__getitem__)
        return f"{useless[why]:,} of {self.ticks:,} ticks {why}"


class Assessment(NamedTuple):
    """The status and, unless it is healthy, why."""

    status: HealthStatus
    reason: str = ""


def assess(
    ours: Sequence[Partition], share: Share, bars_reason: str, interval: Interval, now: float
) -> Assessment:
    """Judge by the partitions that are ours; `now` by the monotonic clock."""
    if not ours:
        return Assessment(share.status, share.reason)
    reason = next(filter(None, _troubles(ours, share, bars_reason, interval, now)), "")
    if reason:
        return Assessment(HealthStatus.DEGRADED, reason)
    vitals = [partition.vitals for partition in ours]
    if all(vital.heard_at is None for vital in vitals):
        return Assessment(HealthStatus.STARTING, f"waiting for the first tick on {_names(ours)}")
    if not any(vital.is_ready for vital in vitals):
        waits = f"waiting for the first whole {ours[0].measure} bar"
        return Assessment(HealthStatus.STARTING, waits)
    return Assessment(HealthStatus.HEALTHY)


def may_beat(ours: Sequence[Partition], now: float) -> bool:
    """Say whether anything is looked for, so that nobody need stand in for us."""
    return any(
        not partition.reason
        and partition.vitals.is_ready
        and not partition.vitals.is_blind
        and _silence(partition, now) < SILENCE
        for partition in ours
    )


def _troubles(
    ours: Sequence[Partition], share: Share, bars_reason: str, interval: Interval, now: float
) -> Iterator[str]:
    """Yield what may be wrong, the worst first; empty where it is not."""
    yield share.reason if share.status is HealthStatus.DEGRADED else ""
    yield from (partition.reason for partition in ours)
    yield _silent(ours, min(_silence(partition, now) for partition in ours))
    yield from (partition.history_reason for partition in ours)
    yield bars_reason
    yield interval.reason
    lag = max(partition.vitals.lag for partition in ours)
    yield f"{lag:.0f} s behind" if lag >= BEHIND else ""


def _silence(partition: Partition, now: float) -> float:
    heard_at = partition.vitals.heard_at
    return now - (partition.vitals.began_at if heard_at is None else heard_at)


def _silent(ours: Sequence[Partition], seconds: float) -> str:
    if seconds < SILENCE:
        return ""
    lasted = f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:,.0f} min"
    words = f"no ticks on {_names(ours)} for {lasted}: "
    if ours[0].name == CHANNEL:
        return f"{words}is tickterm running on this Redis?"
    settings = "TICKTERM_STREAM and TICKTERM_STREAM_PARTITIONS"
    return f"{words}does the engine write it? see {settings}"


def _names(ours: Sequence[Partition]) -> str:
    return ours[0].name + (f" and {len(ours) - 1} more" if len(ours) > 1 else "")
