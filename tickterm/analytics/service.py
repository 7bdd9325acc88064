"""AnalyticsService: one process of a group: its share of the partitions, its bars, its health."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import uuid
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from redis.exceptions import RedisError

from tickterm.analytics.assessment import Share
from tickterm.analytics.bar_queue import BarQueue
from tickterm.analytics.bar_store import BarStore
from tickterm.analytics.channel_source import CHANNEL, ChannelSource
from tickterm.analytics.leases import KEYS, RENEW_EVERY, Leases
from tickterm.analytics.ledger import Ledger
from tickterm.analytics.neighbours import Neighbours
from tickterm.analytics.other_streams import OtherStreams
from tickterm.analytics.partition import Partition
from tickterm.analytics.redis_client import connect
from tickterm.analytics.redis_words import in_words
from tickterm.analytics.reporter import Reporter
from tickterm.analytics.stream_source import StreamSource
from tickterm.analytics.study_book import StudyBook
from tickterm.analytics.talib_patterns import CandlePattern
from tickterm.backends.redis_link import where
from tickterm.market.redis_events import HealthStatus
from tickterm.market.tick_stream import stream_names
from tickterm.market.timeframe import Timeframe

__all__ = ["AnalyticsOptions", "AnalyticsService"]

log = logging.getLogger("tickterm.analytics")

FINISH_WITHIN = 1.5
"""Seconds that partitions have to finish what they do when the process ends."""
LEAVE_WITHIN = 0.5


@dataclass(frozen=True, slots=True)
class AnalyticsOptions:
    """What one process is to do."""

    redis_url: str = field(repr=False)
    bars_url: str = field(repr=False)
    timeframes: tuple[Timeframe, ...]
    patterns: tuple[CandlePattern, ...]
    stream: str = ""
    """Empty: the Pub/Sub channel."""
    stream_partitions: int = 1
    group: str = "tickterm"
    from_start: bool = False
    """Whether a new group begins with the oldest entries of the stream."""


class AnalyticsService:
    """Consumes ticks, keeps bars, publishes what they show."""

    def __init__(self, options: AnalyticsOptions) -> None:
        """Take what to do; nothing is opened yet.

        Raises:
            SettingsError: a URL is malformed.
        """
        self._options = options
        self._store = BarStore(options.bars_url)
        self._redis = connect(options.redis_url)
        self._bars = BarQueue(self._store)
        self._stopping = asyncio.Event()
        self._names = self._partition_names()
        self._session = uuid.uuid4().hex[:16]
        prefix = f"{KEYS}:{options.group}"
        self._leases = Leases(self._redis, prefix, self._names, self._session)
        self._channel = None if options.stream else ChannelSource(options.redis_url)
        self._partitions = {name: self._partition(name, prefix) for name in self._names}
        self._neighbours = Neighbours(self._redis, KEYS, options.group)
        self._others = self._other_streams()
        self._running: set[str] = set()
        self._reporter = Reporter(self._redis, self._session, self._partitions, self._bars)
        self._told = ""

    def stop(self) -> None:
        """Ask `run` to end in order."""
        self._stopping.set()

    async def run(self) -> None:
        """Work until `stop`.

        Raises:
            SettingsError, UnreachableError: the table of bars cannot be used.
        """
        await self._store.prepare()
        try:
            async with asyncio.TaskGroup() as tasks:
                lasting = [tasks.create_task(main) for main in self._lasting()]
                await self._work_until_stopped()
                for task in lasting:
                    task.cancel()
        finally:
            await self._leave()

    def _lasting(self) -> Iterator[Coroutine[Any, Any, None]]:
        yield self._bars.run()
        yield self._reporter.run()
        if self._channel is not None:
            yield self._channel.run()

    async def _work_until_stopped(self) -> None:
        """Work on our partitions; what they do at the end is cut off if it takes too long.

        Then it begins again where it was cut.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None) as deadline, asyncio.TaskGroup() as working:
                await self._keep_share(working)
                for name in self._running:
                    self._partitions[name].stop()
                deadline.reschedule(asyncio.get_running_loop().time() + FINISH_WITHIN)

    # -- the share of the group ---------------------------------------------------------------

    async def _keep_share(self, tasks: asyncio.TaskGroup) -> None:
        """Hold as many partitions as are due to us, and work on each, until `stop`."""
        while not self._stopping.is_set():
            try:
                await self._share(tasks)
            except RedisError as error:
                self._lament(in_words(error))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RENEW_EVERY):
                    await self._stopping.wait()

    async def _share(self, tasks: asyncio.TaskGroup) -> None:
        wanted = await self._leases.renew()
        for name in sorted(self._leases.held)[wanted:]:
            self._partitions[name].stop()
        await self._leases.take(wanted)
        for name in self._leases.held - self._running:
            self._running.add(name)
            tasks.create_task(self._work(name), name=name)
        if self._others is not None:
            await self._others.look(time.monotonic())
        self._settle_share()
        await self._neighbours.look()

    async def _work(self, name: str) -> None:
        """Work on a partition until it is to be given up, or is lost."""
        try:
            await self._partitions[name].run()
            with contextlib.suppress(RedisError):  # then it runs out by itself
                await self._leases.release(name)
        finally:
            self._running.discard(name)

    def _settle_share(self) -> None:
        """Tell, and let the reporter know, what is ours."""
        held = tuple(self._names.index(name) for name in sorted(self._leases.held))
        count, members = len(self._names), self._leases.members
        if held:
            unread = "" if self._others is None else self._others.reason
            status = HealthStatus.DEGRADED if unread else HealthStatus.HEALTHY
            share = Share(held, status, unread)
            words = (
                f"working on {len(held)} of {count} partitions, {members} processes of the group"
            )
        elif self._leases.others_work:
            share = Share(held, HealthStatus.HEALTHY, "idle: other processes have all partitions")
            words = (
                f"idle: {count} partitions, {members} processes of group {self._options.group}: "
                "waiting for one to fall free"
            )
        else:
            words = "waiting for the lease of an earlier run to run out"
            share = Share(held, HealthStatus.STARTING, words)
        self._reporter.share = share
        self._tell(logging.INFO, words)

    def _lament(self, reason: str) -> None:
        """Tell that Redis says nothing of shares: what is ours stays so as long as it can."""
        address = where(self._options.redis_url)
        words = f"redis is not to be had at {address}: {reason.removeprefix('redis ')}"
        self._reporter.share = self._reporter.share._replace(
            status=HealthStatus.DEGRADED, reason=words
        )
        self._tell(logging.WARNING, words)

    def _tell(self, level: int, words: str) -> None:
        if words != self._told:
            log.log(level, "%s", words)
        self._told = words

    # -- the end ------------------------------------------------------------------------------

    async def _leave(self) -> None:
        with contextlib.suppress(TimeoutError, RedisError):
            async with asyncio.timeout(LEAVE_WITHIN):
                await self._reporter.say_goodbye()
                if await self._leases.leave() == 0:
                    await self._reporter.stop_beating()
        with contextlib.suppress(RedisError, OSError):
            await self._redis.aclose()
        await self._store.close()

    # -- what it is made of -------------------------------------------------------------------

    def _partition_names(self) -> tuple[str, ...]:
        options = self._options
        if not options.stream:
            return (CHANNEL,)
        return stream_names(options.stream, options.stream_partitions)

    def _other_streams(self) -> OtherStreams | None:
        options = self._options
        if not options.stream:
            return None
        return OtherStreams(self._redis, options.stream, options.stream_partitions)

    def _partition(self, name: str, prefix: str) -> Partition:
        options = self._options
        return Partition(
            name,
            self._channel or self._stream(name),
            Ledger(self._redis, f"{prefix}:{name}", self._session),
            partial(self._leases.holds, name),
            self._bars,
            self._store,
            StudyBook(options.timeframes, options.patterns, self._store),
            options.timeframes,
        )

    def _stream(self, name: str) -> StreamSource:
        return StreamSource(
            self._redis,
            name,
            self._options.group,
            from_start=self._options.from_start,
            alone=len(self._names) == 1,
            may_read=lambda: self._leases.fresh,
        )
