"""EventRoad: pattern events from Redis onto the board, and those of our own rules to Redis."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Sequence

import hiredis

from tickterm.backends.commands import packed
from tickterm.backends.redis_link import RedisLink, RedisLost, open_redis
from tickterm.backends.redis_subscriber import Message, RedisSubscriber
from tickterm.engine.patterns.board import PatternBoard
from tickterm.engine.patterns.fallback_pattern_detector import FallbackPatternDetector
from tickterm.engine.patterns.flood_limits import Allowance, Seldom
from tickterm.engine.redis.outbox import Outbox
from tickterm.market.pattern_reader import (
    NoPattern,
    PatternReport,
    UnreadableReport,
    read,
    read_health,
    report_of,
)
from tickterm.market.redis_events import (
    HEALTH,
    HEARTBEAT_KEY,
    PATTERNS,
    PATTERNS_STREAMING,
    Detection,
    PatternDetected,
    StreamingPattern,
    encode,
)
from tickterm.market.snapshot import DetectionView
from tickterm.market.text import clean

__all__ = ["CHANNELS", "EventRoad"]

log = logging.getLogger("tickterm.patterns")

CHANNELS = (PATTERNS, PATTERNS_STREAMING, "tickstock:patterns:detected", HEALTH)
"""The third one is TickStockPL's, with the events of the second whose confidence is high."""

LOOK_EVERY = 2.0
"""Seconds between looks at the heartbeat, and between attempts to connect."""
HEAD_START = 5.0
"""Seconds in which a Redis that is not there yet is no reason for the fallback."""

FALLBACK = "fallback"
"""The source of what our own rules find."""

_GET_HEARTBEAT = packed("GET", HEARTBEAT_KEY)


class EventRoad:
    """Listens for ever, looks at the heartbeat of analytics, and tells what our own rules found.

    received = shown + flooded + repeated + malformed + others; each event of a batch counts as a
    message, unless the batch came too fast to be read.
    """

    def __init__(
        self,
        url: str,
        detector: FallbackPatternDetector,
        board: PatternBoard,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """Take the Redis URL, who finds and who keeps events, and clocks: monotonic and UTC."""
        self._url = url
        self._detector = detector
        self._board = board
        self._clock = clock
        self._wall = wall
        self._subscriber = RedisSubscriber(url, CHANNELS, self)
        self._outbox = Outbox(commands=2)
        self._listening = False
        self._since = self._started = clock()
        self._reason = "connecting"
        self._said: set[str] = set()
        """Why it could not listen, as far as the log knows, since it last did."""
        self._health = ""
        self._health_at: float | None = None
        self._beat_trouble = ""
        self._refusal = ""
        self._received = self._shown = self._repeated = self._malformed = self._others = 0
        self._flooded = self._detected = self._gaps = 0
        self._allowance = Allowance()
        self._flood, self._junk = Seldom(), Seldom()

    async def run(self) -> None:
        """Listen, look and tell until cancelled.

        Raises:
            ExceptionGroup: of `SettingsError`: the URL is no Redis URL.
        """
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._subscriber.run())
            tasks.create_task(self._look_for_ever())

    def report(self, detections: Sequence[Detection]) -> None:
        """Take what our own rules found: onto the board at once, then to Redis."""
        now, wall_ms = self._clock(), self._wall_ms()
        self._detected += len(detections)
        fresh = [
            detection
            for detection in detections
            if self._board.add(report_of(detection, FALLBACK), now, wall_ms)
        ]
        self._outbox.put((_told(detection, wall_ms) for detection in fresh), now)

    def view(self, now: float) -> DetectionView:
        """Return the state and all counts at monotonic time `now`."""
        self._outbox.expire(now)
        return DetectionView(
            listening=self._listening,
            since=self._since,
            reason=self._reason,
            fallback=self._detector.is_active,
            fallback_since=self._detector.active_since,
            heartbeat_at=self._detector.heartbeat_at,
            health=self._health,
            health_at=self._health_at,
            received=self._received,
            shown=self._shown,
            flooded=self._flooded,
            repeated=self._repeated,
            malformed=self._malformed,
            others=self._others,
            detected=self._detected,
            unpublished=self._outbox.unpublished,
            gaps=self._gaps,
        )

    # -- what others say ----------------------------------------------------------------------

    def subscribed(self, gap: float | None) -> None:
        """Go on; tell for how long nothing was heard."""
        if gap is not None:
            self._gaps += 1
            log.warning("pattern events of %.1f s may be missing: redis was not heard", gap)
        elif self._said:
            log.info("pattern events are heard")
        self._said.clear()
        self._enter(True, "")

    def lost(self, reason: str) -> None:
        """Remember why nothing is heard; each reason is said once until something is."""
        if not self._listening and reason not in self._said:
            self._said.add(reason)
            log.warning("pattern events are not heard: %s", reason)
        self._enter(False, reason)

    def hear(self, messages: Sequence[Message]) -> None:
        """Take messages of the channels, as many as can be read in time."""
        now, wall_ms = self._clock(), self._wall_ms()
        self._allowance.begin(now)
        for channel, payload in messages:
            if self._allowance.is_spent:
                self._skip()
            else:
                self._read(channel, payload, now, wall_ms)
        if self._board.flooded and self._flood.is_due(self._board.flooded, now):
            log.warning("pattern events come too fast: %d are not shown", self._board.flooded)

    def _read(self, channel: str, payload: bytes, now: float, wall_ms: int) -> None:
        before = self._received
        if channel == HEALTH:
            self._hear_health(payload, now)
        else:
            self._hear_events(channel, payload, now, wall_ms)
        self._allowance.spend(max(1, self._received - before), len(payload))

    def _hear_health(self, payload: bytes, now: float) -> None:
        self._received += 1
        try:
            self._health, self._health_at = read_health(payload), now
            self._others += 1
        except UnreadableReport as error:
            self._refuse(HEALTH, error, now)

    def _hear_events(self, channel: str, payload: bytes, now: float, wall_ms: int) -> None:
        try:
            reports = read(payload, wall_ms)
        except UnreadableReport as error:
            reports = [error]
        for report in reports:
            self._received += 1
            if isinstance(report, PatternReport):
                self._add(report, now, wall_ms)
            elif isinstance(report, NoPattern):
                self._others += 1
            else:
                self._refuse(channel, report, now)

    def _add(self, report: PatternReport, now: float, wall_ms: int) -> None:
        flooded = self._board.flooded
        if not self._board.add(report, now, wall_ms):
            self._repeated += 1
        elif self._board.flooded > flooded:
            self._flooded += 1
        else:
            self._shown += 1

    def _refuse(self, channel: str, error: UnreadableReport, now: float) -> None:
        self._malformed += 1
        if self._junk.is_due(self._malformed, now):
            log.warning("%s: a message cannot be read: %s (%d)", channel, error, self._malformed)

    def _skip(self) -> None:
        self._received += 1
        self._flooded += 1
        self._board.skip(1)

    def _enter(self, listening: bool, reason: str) -> None:
        if listening != self._listening:
            self._since = self._clock()
        self._listening = listening
        self._reason = reason

    # -- what we ask and tell -----------------------------------------------------------------

    async def _look_for_ever(self) -> None:
        while True:
            try:
                async with open_redis(self._url) as link:
                    while True:
                        await self._look(link)
            except RedisLost:  # the subscriber says why
                if self._clock() - self._started >= HEAD_START:
                    self._take_beat(None)
            await asyncio.sleep(LOOK_EVERY)

    async def _look(self, link: RedisLink) -> None:
        """Read the heartbeat, then tell what there is to tell until the next look."""
        self._take_beat((await link.exchange([_GET_HEARTBEAT], 1))[0])
        self._outbox.expire(self._clock())
        next_look = time.monotonic() + LOOK_EVERY
        while (left := next_look - time.monotonic()) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._outbox.filled.wait()
            await self._outbox.send(link)
            self._hear_refusal(self._outbox.refusal)

    def _hear_refusal(self, refusal: str) -> None:
        if refusal and refusal != self._refusal:
            log.error("redis refuses patterns: %s", refusal)
        self._refusal = refusal

    def _take_beat(self, value: object) -> None:
        trouble = clean(value, 120) if isinstance(value, hiredis.ReplyError) else ""
        if trouble and trouble != self._beat_trouble:
            log.error("the heartbeat %s cannot be read: %s", HEARTBEAT_KEY, trouble)
        self._beat_trouble = trouble
        was_active = self._detector.is_active
        beat = value[:64] if isinstance(value, bytes) else None
        self._detector.heard(beat, self._clock(), self._wall())
        if self._detector.is_active != was_active:
            self._say_who_looks()

    def _say_who_looks(self) -> None:
        if not self._detector.is_active:
            log.info("analytics is there: the engine's own pattern rules rest")
        elif self._detector.heartbeat_at is None:
            log.info("no analytics is there: the engine's own pattern rules are at work")
        else:
            silent = self._clock() - self._detector.heartbeat_at
            log.warning("analytics silent for %.0f s: the engine's own rules are at work", silent)

    def _wall_ms(self) -> int:
        return int(self._wall() * 1000)


def _told(detection: Detection, wall_ms: int) -> bytes:
    """Return the two commands that tell of a detection, one for each channel of patterns."""
    detected = encode(PatternDetected(FALLBACK, wall_ms, detection))
    streaming = encode(StreamingPattern(FALLBACK, detection))
    first = packed("PUBLISH", PATTERNS, detected)
    return first + packed("PUBLISH", PATTERNS_STREAMING, streaming)
