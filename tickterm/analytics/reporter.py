"""Reporter: the sign of life and the health of one process, every ten seconds."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterator, Mapping

from redis.asyncio import Redis
from redis.exceptions import RedisError

from tickterm.analytics.assessment import Assessment, Interval, Share, assess, may_beat
from tickterm.analytics.bar_queue import BarQueue
from tickterm.analytics.counts import Counts
from tickterm.analytics.partition import Partition
from tickterm.backends.redis_link import honour_cancellation
from tickterm.market.redis_events import (
    HEALTH,
    HEARTBEAT_KEY,
    Health,
    HealthStatus,
    StreamingHealth,
    encode,
)
from tickterm.market.text import clean

__all__ = ["Reporter"]

log = logging.getLogger("tickterm.analytics")

EVERY = 10.0
LIFETIME = 600
"""Seconds for which the sign of life is kept."""
LOG_EVERY = 6
"""Reports from one log line to the next, while the status is the same."""


class Reporter:
    """Tells how the process is; who runs it keeps `share` up to date."""

    def __init__(
        self, redis: Redis, session: str, partitions: Mapping[str, Partition], bars: BarQueue
    ) -> None:
        self._redis = redis
        self._session = session
        self._partitions = list(partitions.values())
        self._bars = bars
        self._counts = Counts()
        self._dropped = 0
        self._at = time.monotonic()
        self._status: HealthStatus | None = None
        self.share = Share()

    async def run(self) -> None:
        """Report until cancelled; while Redis is away, only the log is told."""
        count = 0
        while True:
            await asyncio.sleep(EVERY if count else 1.0)
            health = self._health()
            if health.status is not self._status or count % LOG_EVERY == 0:
                degraded = health.status is HealthStatus.DEGRADED
                log.log(logging.WARNING if degraded else logging.INFO, "%s", self._in_words(health))
            self._status = health.status
            count += 1
            with contextlib.suppress(RedisError):  # the partitions complain of it
                await self._publish(health)
            honour_cancellation()

    async def say_goodbye(self) -> None:
        """Report that the process ends. Raises RedisError."""
        await self._send(self._health(Assessment(HealthStatus.STOPPING)))

    async def stop_beating(self) -> None:
        """Take the sign of life away: nobody works any more. Raises RedisError."""
        await self._redis.delete(HEARTBEAT_KEY)

    async def _publish(self, health: Health) -> None:
        await self._send(health)
        if may_beat(self._ours, time.monotonic()):
            await self._redis.set(HEARTBEAT_KEY, str(int(time.time())), ex=LIFETIME)

    async def _send(self, health: Health) -> None:
        await self._redis.publish(HEALTH, encode(StreamingHealth(health, health.timestamp)))

    @property
    def _ours(self) -> list[Partition]:
        return [self._partitions[number] for number in self.share.held]

    def _health(self, assessment: Assessment | None = None) -> Health:
        ours, all_of, now = self._ours, self._partitions, time.monotonic()
        vitals = [partition.vitals for partition in all_of]
        interval, counts = self._turn()
        if assessment is None:
            assessment = assess(ours, self.share, self._bars.reason, interval, now)
        rate = (interval.ticks - interval.dropped) / max(now - self._at, 0.001)
        self._at = now
        worst_lag = max((partition.vitals.worst_lag() for partition in ours), default=0.0)
        return Health(
            session_id=self._session,
            status=assessment.status,
            reason=assessment.reason,
            active_symbols=sum(partition.symbols for partition in ours),
            ticks_per_second=round(rate, 1),
            lag_ms=round(1000 * worst_lag, 1),
            ticks=counts.ticks,
            ticks_missed=sum(partition.missed for partition in all_of),
            bars_closed=sum(vital.bars_closed for vital in vitals),
            bars_late=counts.seconds.late,
            bars_waiting=self._bars.waiting,
            bars_dropped=self._bars.dropped,
            patterns_detected=sum(vital.detections for vital in vitals),
            indicators_calculated=sum(vital.calculations for vital in vitals),
            partitions=list(self.share.held) if len(all_of) > 1 else [],
            timestamp=int(time.time() * 1000),
            ticks_rejected=counts.rejected.total(),
            ticks_dropped=self._dropped,
            ticks_stray=counts.seconds.stray,
            ticks_revised=counts.seconds.revised,
            ticks_unread=self._unread(),
        )

    def _turn(self) -> tuple[Interval, Counts]:
        """Return what became of the ticks since the last report, and since the beginning."""
        counts = Counts()
        for partition in self._partitions:
            counts = counts.plus(partition.counts())
        dropped = max(partition.dropped for partition in self._partitions)
        interval = Interval.between(self._counts, counts, dropped - self._dropped)
        self._counts, self._dropped = counts, dropped
        return interval, counts

    def _unread(self) -> int | None:
        """Return how many ticks lie ready; None where that is not known of each partition."""
        unread = [partition.unread for partition in self._ours]
        known = [count for count in unread if count is not None]
        return sum(known) if len(known) == len(unread) else None

    def _in_words(self, health: Health) -> str:
        words = [
            f"{health.status}{': ' if health.reason else ''}{health.reason}",
            f"{health.ticks_per_second:,.0f} ticks/s of {health.active_symbols:,} symbols",
            f"lag {health.lag_ms or 0:,.0f} ms",
            f"{health.bars_closed:,} bars",
            f"{health.patterns_detected:,} patterns",
            *(f"{count:,} {what}" for count, what in self._remarkable(health) if count),
        ]
        return "; ".join(words)

    def _remarkable(self, health: Health) -> Iterator[tuple[int | None, str]]:
        """Yield what is worth a word where it is not none."""
        yield health.bars_waiting, "bars waiting"
        yield health.bars_dropped, "bars dropped"
        yield health.ticks_unread, "unread"
        yield health.bars_late, "late"
        yield health.ticks_missed, "missed"
        yield health.ticks_dropped, "dropped"
        yield health.ticks_stray, "stray"
        yield health.ticks_revised, "revised"
        for why, count in self._counts.rejected.items():
            yield count, f"rejected: {clean(why, 40)}"
