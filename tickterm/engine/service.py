"""MarketDataService: the engine. Feed in; state, Redis and viewers out; one snapshot for all."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from tickterm.engine.alerts.desk import AlertDesk
from tickterm.engine.charts.charts import Charts
from tickterm.engine.charts.minute_bars import MinuteBars
from tickterm.engine.feed.adapters import FeedConfig, RealTimeDataAdapter
from tickterm.engine.feed.link_listener import LinkListeners
from tickterm.engine.figures import Figures
from tickterm.engine.notices import NoticeBoard
from tickterm.engine.patterns.watch import PatternWatch
from tickterm.engine.publisher import DataPublisher
from tickterm.engine.redis.forwarder import RedisForwarder
from tickterm.engine.redis.sinks import RedisSinks
from tickterm.engine.redis.stream_mirror import StreamMirror
from tickterm.engine.statistics import Statistics
from tickterm.engine.supervisor import supervise
from tickterm.engine.symbols.watch_desk import UniverseTable, WatchDesk
from tickterm.engine.viewers.broadcaster import Broadcaster
from tickterm.errors import TickTermError
from tickterm.market import calendar
from tickterm.market.bars import Bar
from tickterm.market.contract import AlertWish, Error, Wish
from tickterm.market.protocol import Received
from tickterm.market.snapshot import Feed, LinkPhase, Snapshot, UniverseView
from tickterm.market.state import MarketState
from tickterm.market.universe import Universe

__all__ = ["MarketDataService"]

log = logging.getLogger("tickterm.engine")

BEAT = 0.1
"""Seconds between snapshots."""
HEAD_START = 0.5
"""Seconds that the first ticks have before Redis is looked for."""
COME_BACK = 10.0
"""Seconds that an engine for screens waits for one: a browser's tab may be loaded anew."""
CALENDAR_AFTER = 3.0
"""Seconds that belong to the first screen and the first ticks, before a calendar is loaded."""
UNIVERSE_RETRY = 5.0
"""Seconds until an unreadable universe is tried again."""


class MarketDataService:
    """Wires the feed to its sinks and keeps them running until `stop`.

    `handle` is synchronous: between the socket and the state there is no queue, no lock and
    nothing half done. Queues exist only where somebody waits: in front of Redis and of viewers.
    """

    def __init__(
        self,
        feed: FeedConfig,
        universe: Callable[[], Awaitable[Universe]],
        redis: RedisForwarder,
        broadcaster: Broadcaster,
        patterns: PatternWatch,
        notices: NoticeBoard,
        *,
        mirror: StreamMirror | None = None,
        lists: Path | None = None,
        table: UniverseTable | None = None,
        alerts: AlertDesk | None = None,
        helpers: Sequence[Callable[[], Coroutine[None, None, None]]] = (),
        attended: bool = True,
        for_screens: bool = False,
    ) -> None:
        """Take the parts; `for_screens` ends the service when its last screen has gone."""
        self._feed_kind = feed.feed
        self._load_universe = universe
        self._redis = RedisSinks(redis, mirror)
        self._broadcaster = broadcaster
        self._patterns = patterns
        self._notices = notices
        self._helpers = helpers
        self._attended = attended
        self._for_screens = for_screens
        self._minutes = MinuteBars(began_anew=self._begin_anew)
        self._alerts = alerts or AlertDesk(feed.feed, feed.source)
        self._adapter = RealTimeDataAdapter(
            feed,
            self.handle,
            breathe=self._redis.breathe,
            room=self._redis.room,
            listener=LinkListeners(self._minutes, self._alerts),
        )
        self._publisher = DataPublisher((*self._redis.sinks, broadcaster))
        self._state = MarketState()
        self._charts = Charts(self._minutes, broadcaster.recent, patterns.of)
        broadcaster.watch(self._state.freeze)
        broadcaster.serve_charts(self._charts)
        broadcaster.reconnect = self.reconnect
        broadcaster.obey = self.obey
        broadcaster.serve_alerts(self._alerts.obey)
        broadcaster.keep_last_screen(for_screens)
        self._desk = WatchDesk(self._watch, lists, table)
        self._stopping = asyncio.Event()
        self._first_ticks = asyncio.Event()
        self._started = time.monotonic()
        self.statistics = Statistics()
        self._figures = Figures(feed.feed, self.statistics, self._redis, broadcaster)
        self._snapshot = self._look()

    def handle(self, received: Received, now: float) -> None:
        """Take one frame of the feed, received at monotonic time `now`."""
        self.statistics.count(received, now)
        if received.ticks:
            self._first_ticks.set()
            self._figures.take(received.ticks, now)
            for tick in received.ticks:
                self._state.apply(tick, now)
            self._publisher.publish_tick_data(received.ticks, now)
            self._take_minutes(self._minutes.take(received.ticks, now))
            self._charts.take(received.ticks, now)
            self._alerts.take(received.ticks, now)

    def snapshot(self) -> Snapshot:
        """Return the newest snapshot; any thread."""
        return self._snapshot

    def stop(self) -> None:
        """Begin an orderly stop; from the engine's own thread."""
        self._stopping.set()

    def reconnect(self) -> None:
        """Try the link now; from the engine's own thread."""
        self._adapter.reconnect()

    def obey(self, wish: Wish) -> None:
        """Change what is watched, or a group; from the engine's own thread."""
        self._desk.obey(wish)

    def obey_alert(self, wish: AlertWish) -> None:
        """Change the alerts; from the engine's own thread."""
        answer = self._alerts.obey(wish)
        if isinstance(answer, Error):
            log.warning("%s", answer.text)

    async def run(self) -> None:
        """Run until `stop`; unattended also until a recording has ended.

        The order of the end: no more ticks in, what waits for Redis out, viewers told how it all
        ended, the rest.

        Raises:
            ExceptionGroup: of `TickTermError` - unattended, and there is no usable universe - or of
            what a part kept failing with.
        """
        async with asyncio.TaskGroup() as tasks:
            parts = (*self._helpers, self._desk.run, self._alerts.run, self._load_calendar)
            helpers = [tasks.create_task(_helped(part)) for part in parts]
            redis = tasks.create_task(self._run_redis())
            viewers = tasks.create_task(supervise("viewers", self._broadcaster.run))
            beat = tasks.create_task(supervise("beat", self._beat))
            feed = tasks.create_task(self._feed())
            await self._stopping.wait()
            await _cancelled(feed)
            await self._redis.drain()
            await self._alerts.drain()
            await _cancelled(beat, redis)
            self._snapshot = self._look()
            self._broadcaster.show(self._snapshot)
            await _cancelled(viewers, *helpers)
            self._desk.close()
            self._alerts.close()
        log.info("stopped: %s", _account(self._snapshot))

    async def _run_redis(self) -> None:
        """Connect to Redis when the first ticks are on the screen: they wait there, nobody here."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HEAD_START):
                await self._first_ticks.wait()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._redis.run())
            tasks.create_task(supervise("patterns", self._patterns.run))

    async def _load_calendar(self) -> None:
        """Load the days on which markets are open, by which silence of a real feed is judged."""
        if self._feed_kind is Feed.LIVE:
            await asyncio.sleep(CALENDAR_AFTER)
            await asyncio.to_thread(calendar.load)

    async def _feed(self) -> None:
        universe = await self._usable_universe()
        self._desk.begin(universe)
        log.info("universe %s: %d symbols", universe.key, len(universe.symbols))
        if universe.rejected:
            log.warning("not symbols, left out: %s", ", ".join(universe.rejected[:10]))
        try:
            await supervise("feed", lambda: self._adapter.run(self._desk.symbols))
        except TickTermError as error:
            if not self._attended:
                raise
            log.error("%s", error)
            return
        if not self._attended:
            await self._redis.settled()  # a feed that waits for Redis has waited for nothing else
            self.stop()

    async def _usable_universe(self) -> Universe:
        """Load the universe; attended, an error stays on the screen and is tried again."""
        while True:
            try:
                return await self._load_universe()
            except TickTermError as error:
                if not self._attended:
                    raise
                if str(error) != self._desk.universe.error:
                    log.error("%s", error)
                self._desk.universe = UniverseView(error=str(error))
            await asyncio.sleep(UNIVERSE_RETRY)

    async def _beat(self) -> None:
        """Ten times a second: measure the lag, with its own work, and freeze what is known."""
        now = time.monotonic()
        while True:
            busy = time.monotonic() - now
            due = now + busy + BEAT
            await asyncio.sleep(BEAT)
            now = time.monotonic()
            self.statistics.beat(now, max(now - due, busy))
            self._take_minutes(self._minutes.close(now))
            self._alerts.look(now, link_up=self._adapter.view().phase is LinkPhase.UP)
            self._snapshot = self._look()
            self._broadcaster.show(self._snapshot)
            if self._for_screens and self._broadcaster.is_deserted(COME_BACK):
                log.info("the last screen has gone")
                self.stop()

    def _watch(self, symbols: Sequence[str], names: Mapping[str, str]) -> None:
        watched = frozenset(symbols)
        self._state.watch(symbols, names)
        self._minutes.watch(watched)
        self._patterns.watch(watched)
        self._adapter.want(symbols)
        self._alerts.watch(watched, self._state.price_of)

    def _take_minutes(self, bars: Sequence[Bar]) -> None:
        """Take minutes that have closed, if any."""
        if bars:
            self._charts.take_minutes(bars)
            self._patterns.take(bars, self._minutes.whole_from)

    def _begin_anew(self) -> None:
        """Forget what the ticks' time, which has begun anew, has made wrong."""
        self._charts.clear()
        self._patterns.begin_anew()

    def _look(self) -> Snapshot:
        now = time.monotonic()
        return Snapshot(
            now=now,
            wall_ms=time.time_ns() // 1_000_000,
            started=self._started,
            rows=self._state.freeze(),
            link=self._adapter.view(),
            counts=replace(self.statistics.view(), unpublished=self._publisher.unpublished.total()),
            redis=self._redis.view(),
            viewers=self._broadcaster.view(),
            universe=self._desk.universe,
            groups=self._desk.groups,
            notices=self._notices.newest(),
            patterns=self._patterns.newest(),
            detection=self._patterns.view(now),
            performance=self._figures.view(now),
            alerts=self._alerts.newest(),
            alert_rules=self._alerts.rules,
            alert_counts=self._alerts.counts(),
        )


async def _helped(helper: Callable[[], Coroutine[None, None, None]]) -> None:
    """Run what the engine can do without: its error is said, and nothing else stops."""
    try:
        await supervise("helper", helper)
    except TickTermError as error:
        log.error("%s", error)


async def _cancelled(*tasks: asyncio.Task[None]) -> None:
    """Cancel `tasks` and wait for their end; one that swallows it is cancelled again."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=1.2)


def _account(snapshot: Snapshot) -> str:
    """Return the final account in one line."""
    counts = snapshot.counts
    channels = "; ".join(
        f"{name}: {c.accepted} accepted, {c.dropped_total} dropped, {c.ambiguous} ambiguous"
        for name, c in snapshot.redis.channels.items()
    )
    ended = "recording complete, " if snapshot.link.phase is LinkPhase.ENDED else ""
    return f"{ended}{counts.ticks} ticks, {counts.rejected} rejected; {channels}{_alerts(snapshot)}"


def _alerts(snapshot: Snapshot) -> str:
    """Return what became of alerts that fired, if any did."""
    counts = snapshot.alert_counts
    if not counts.fired:
        return ""
    untold = f"{counts.unpublished} not published, {counts.failed_commands} commands failed"
    return f"; alerts: {counts.fired} fired, {untold}"
