"""Partition: all the work on one stream, or on the channel, from ticks to what is published."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from dataclasses import replace

from redis.exceptions import RedisError

from tickterm.analytics.bar_queue import BarQueue
from tickterm.analytics.batch import Batch, Source
from tickterm.analytics.counts import Counts
from tickterm.analytics.intake import Closing, Intake, first_time
from tickterm.analytics.ledger import Ledger, Marker, NotOurs
from tickterm.analytics.messages import Message, messages_of
from tickterm.analytics.redis_words import in_words
from tickterm.analytics.settlement import ReadAgain, Settlement
from tickterm.analytics.stream_source import OutOfStep
from tickterm.analytics.study_book import History, StudyBook, open_parts
from tickterm.analytics.vitals import Vitals
from tickterm.errors import TickTermError
from tickterm.market.bars import Bar
from tickterm.market.event_clock import ANEW
from tickterm.market.text import clean
from tickterm.market.timeframe import Timeframe

__all__ = ["Partition"]

log = logging.getLogger("tickterm.analytics")

AT_ONCE = 100
"""Bars whose findings are published in one transaction: Redis does nothing else meanwhile, and
neither do we."""
PATIENCE = 2.0
"""Seconds that events wait for their bars to be in the database."""
FINISH_WITHIN = 1.0
"""Seconds that bars have to be written when the partition ends."""
LOOK_EVERY = 10.0
"""Seconds between looks at what lies ready."""
LIVE = 1_200_000
"""Ms by which live ticks may be older than the wall clock: delayed feeds are by fifteen minutes."""
FIRST_RETRY = 0.1
LONGEST_RETRY = 2.0


class Partition:
    """One partition while it is ours.

    The order of things for closed bars: into the database; events and the note of them in one
    transaction; acknowledged. Whatever ends in between, the entries are read again, the same bars
    are made, and what was published is not published again.
    """

    def __init__(
        self,
        name: str,
        source: Source,
        ledger: Ledger,
        is_ours: Callable[[], Awaitable[bool]],
        bars: BarQueue,
        history: History,
        book: StudyBook,
        timeframes: Collection[Timeframe],
    ) -> None:
        """`name` is for the log; `is_ours` asks whether the lease is; it may raise RedisError."""
        self.name = clean(name, 80)
        self._source = source
        self._ledger = ledger
        self._is_ours = is_ours
        self._bars = bars
        self._history = history
        self._book = book
        self._timeframes = timeframes
        longer = [frame for frame in timeframes if frame.ms >= Timeframe.M1.ms]
        self.measure = min(longer, key=lambda frame: frame.ms, default=Timeframe.M1)
        """The shortest timeframe that the engine's own rules, on minutes, can stand in for."""
        self.vitals = Vitals(self.name, self.measure)
        self._marker = Marker()
        self._intake = Intake(timeframes)
        self._settlement = Settlement(ledger, source, bars)
        self._stopping = False
        self._is_live = False
        """Whether the newest ticks were of the present."""
        self._looked = 0.0
        self._earlier = Counts()
        self.unread: int | None = None
        """Ticks that lay ready when last looked."""
        self._reason = ""

    @property
    def reason(self) -> str:
        """Why it does not work; empty while it does."""
        return self._reason or self._ledger.reason or self._source.reason

    @property
    def history_reason(self) -> str:
        """Why some symbols are not studied; empty while all are."""
        return self._book.reason

    @property
    def symbols(self) -> int:
        """Symbols that there are ticks of."""
        return self._intake.symbols

    @property
    def missed(self) -> int:
        """Ticks missed, or times that it was cut off."""
        return self._source.missed

    @property
    def dropped(self) -> int:
        """Ticks that came and were not taken for want of room."""
        return self._source.dropped

    def counts(self) -> Counts:
        """Return what became of the payloads of this process."""
        return self._earlier.plus(self._intake.counts())

    def stop(self) -> None:
        """Ask `run` to end in order."""
        self._stopping = True

    async def run(self) -> None:
        """Work until `stop`, or until the lease is another's; begin again after every failure."""
        self._stopping = False
        self.vitals.begin()
        delay = FIRST_RETRY
        while not self._stopping:
            began = time.monotonic()
            try:
                if not await self._is_ours():
                    return
                await self._work()
            except NotOurs:
                log.warning("%s: no longer ours", self.name)
            except OutOfStep:
                log.warning("%s: another process was given ticks of ours: reading again", self.name)
            except ReadAgain:
                log.warning("%s: bars were dropped: reading their ticks again", self.name)
            except RedisError as error:
                self._complain(in_words(error))
            except TickTermError as error:
                self._complain(clean(error, 200))
            if time.monotonic() - began > LOOK_EVERY:
                delay = FIRST_RETRY
            await asyncio.sleep(delay)
            delay = min(2 * delay, LONGEST_RETRY)

    async def _work(self) -> None:
        self._settlement = Settlement(self._ledger, self._source, self._bars)
        self._marker = await self._ledger.claim()
        cut = await self._source.open(again=not self._marker.is_empty)
        try:
            await self._take(await self._begin(cut))
            while not self._stopping:
                await self._take(await self._source.read())
                await self._look()
            await self._settlement.finish(FINISH_WITHIN)
        finally:
            self._source.close()

    # -- the beginning ------------------------------------------------------------------------

    async def _begin(self, cut: bool) -> Batch:
        """Take up where the last run ended; return the first batch."""
        self._book.forget()
        batch, first = await self._first()
        if first is not None and self._marker.settled > first + ANEW:
            log.info("%s: time begins anew", self.name)
            await self._ledger.reset()
            self._marker = self._ledger.marker
        self._earlier = self.counts()
        self._intake = intake = Intake(self._timeframes)
        settled = self._marker.settled
        if settled >= 0:
            symbols = await self._ledger.symbols()
            parts = await open_parts(self._history, self._timeframes, symbols, settled)
            intake.resume(parts, settled)
        self.vitals.is_ready |= settled >= 0 and not cut
        self._is_live = first is not None and _is_present(first)
        if cut and (settled >= 0 or self._is_live):
            intake.missing(max(settled, 0))
            log.warning(
                "%s: ticks before the first may be missing: bars of that time are not "
                "complete, and nothing is found on them",
                self.name,
            )
        self._enter_working()
        return batch

    async def _first(self) -> tuple[Batch, int | None]:
        """Read until there is a tick; return its batch and its time. What came before is done."""
        cut = False
        while not self._stopping:
            batch = await self._source.read()
            self._enter_working()
            cut |= batch.cut
            first = first_time(batch.payloads)
            if first is not None:
                return replace(batch, cut=cut), first
            junk = Intake(self._timeframes)
            junk.take(Batch(batch.payloads))
            self._earlier = self._earlier.plus(junk.counts())
            await self._source.acknowledge(batch.entries)
        return Batch(), None

    # -- closed bars --------------------------------------------------------------------------

    async def _take(self, batch: Batch) -> None:
        self.vitals.note_lag(batch.lag)
        taken, then = self._intake.taken, self._intake.now
        closings = self._intake.take(batch)
        if self._intake.taken > taken:
            self.vitals.hear()
            self._note_time(then)
        for closing in closings:
            await self._deal_with(closing)
        await self._settlement.let_go()

    def _note_time(self, then: int) -> None:
        """Know what is missing where ticks of another time, `then`, came among those of now."""
        now, was_live = self._intake.now, self._is_live
        self._is_live = _is_present(now)
        if self._is_live and not was_live and then >= 0 and abs(now - then) > ANEW:
            self._intake.missing(0)
            log.warning(
                "%s: ticks of another time came before: bars of now are not complete, and nothing "
                "is found on them: does another program publish to the same Redis?",
                self.name,
            )

    async def _deal_with(self, closing: Closing) -> None:
        await self._ledger.check()
        await self._source.verify()
        if not closing.anew and (new := self._intake.new_symbols()):
            await self._ledger.remember(new)
        parcel = self._bars.put(closing.bars)
        await self._bars.written_soon(parcel, PATIENCE)
        for bars in _parts(closing.bars):
            await self._book.meet(bars)
            messages = self._messages(bars)
            if not all(map(self._marker.has, bars)):
                await self._ledger.publish(messages, bars)
            await asyncio.sleep(0)
        self.vitals.note_closing(closing.bars, self._book.reason)
        self._settlement.add(parcel, closing)
        if closing.anew:
            await self._end_session()

    def _messages(self, bars: Sequence[Bar]) -> list[Message]:
        """Study bars; return what is to be published of them."""
        now = int(time.time() * 1000)
        messages: list[Message] = []
        for bar in bars:
            findings = self._book.study(bar)
            if not self._marker.has(bar):
                messages += messages_of(findings, now)
                self.vitals.note_findings(findings)
        return messages

    async def _end_session(self) -> None:
        """Let go of everything of the session, then forget it: in this order it cannot repeat."""
        log.info("%s: time begins anew", self.name)
        await self._settlement.let_go_of_all()
        self._book.forget()
        await self._ledger.reset()
        self._marker = self._ledger.marker

    # -- how it is ----------------------------------------------------------------------------

    async def _look(self) -> None:
        now = time.monotonic()
        if now - self._looked >= LOOK_EVERY:
            self._looked = now
            self.unread = await self._source.unread()

    def _enter_working(self) -> None:
        if self._reason:
            log.info("%s: works again", self.name)
        self._reason = ""

    def _complain(self, reason: str) -> None:
        if reason != self._reason:
            log.warning("%s: waits: %s", self.name, reason)
        self._reason = reason


def _is_present(ms: int) -> bool:
    return abs(time.time() * 1000 - ms) < LIVE


def _parts(bars: Sequence[Bar]) -> Iterator[Sequence[Bar]]:
    for first in range(0, len(bars), AT_ONCE):
        yield bars[first : first + AT_ONCE]
