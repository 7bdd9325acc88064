"""PatternOutbox: what the engine's own rules found, on its way to Redis, at most once."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence

from tickterm.backends.commands import packed
from tickterm.backends.redis_link import RedisLink, RedisLost
from tickterm.market.redis_events import (
    PATTERNS,
    PATTERNS_STREAMING,
    Detection,
    PatternDetected,
    StreamingPattern,
    encode,
)
from tickterm.market.text import clean

__all__ = ["FALLBACK", "PatternOutbox"]

log = logging.getLogger("tickterm.patterns")

FALLBACK = "fallback"
"""The source of what it sends."""
MOST_WAITING = 1_000
"""Detections that wait for Redis; beyond that the oldest are dropped."""
MOST_AT_ONCE = 100
MAX_AGE = 60.0
"""Seconds after which a detection is not worth telling any more."""


class PatternOutbox:
    """Detections in order, each to both channels of patterns, or counted as unpublished."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[float, bytes]] = deque()
        """When they were found, monotonic, and the two packed commands."""
        self._refusal = ""
        self.filled = asyncio.Event()
        """Set while something waits."""
        self.unpublished = 0
        """Detections that were dropped, refused, or sent without an answer."""

    def put(self, detections: Sequence[Detection], now: float, wall_ms: int) -> None:
        """Take what was found at monotonic time `now`; never waits."""
        self._waiting += [(now, _commands(detection, wall_ms)) for detection in detections]
        while len(self._waiting) > MOST_WAITING:
            self._drop()
        self._note()

    def expire(self, now: float) -> None:
        """Drop what is too old to be told."""
        while self._waiting and self._waiting[0][0] < now - MAX_AGE:
            self._drop()
        self._note()

    async def send(self, link: RedisLink) -> None:
        """Publish what waits.

        Raises:
            RedisLost: the connection died; what was surely not sent waits for the next.
        """
        while self._waiting:
            count = min(MOST_AT_ONCE, len(self._waiting))
            taken = [self._waiting.popleft() for _ in range(count)]
            try:
                await link.exchange([commands for _, commands in taken], 2 * count)
            except RedisLost as loss:
                if not loss.sent:
                    self._waiting.extendleft(reversed(taken))
                    taken = []
                raise
            finally:
                self._settle(len(taken), link.answered)

    def _settle(self, count: int, answers: Sequence[object]) -> None:
        """Count those of `count` detections that did not get both their answers."""
        taken = [type(answer) is int for answer in answers]
        self.unpublished += count - sum(map(all, zip(taken[::2], taken[1::2], strict=False)))
        self._note()
        refusal = next((clean(each, 120) for each in answers if type(each) is not int), "")
        if refusal and refusal != self._refusal:
            log.error("redis refuses patterns: %s", refusal)
        if answers:
            self._refusal = refusal

    def _drop(self) -> None:
        self._waiting.popleft()
        self.unpublished += 1

    def _note(self) -> None:
        if self._waiting:
            self.filled.set()
        else:
            self.filled.clear()


def _commands(detection: Detection, wall_ms: int) -> bytes:
    detected = encode(PatternDetected(FALLBACK, wall_ms, detection))
    streaming = encode(StreamingPattern(FALLBACK, detection))
    first = packed("PUBLISH", PATTERNS, detected)
    return first + packed("PUBLISH", PATTERNS_STREAMING, streaming)
