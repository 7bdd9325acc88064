"""StreamMirror: every tick also to Redis Streams, at least once, none twice."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from tickterm.backends.redis_link import RedisLink, RedisLost
from tickterm.engine.batch import Batch
from tickterm.engine.redis.mailbox import Mailbox
from tickterm.engine.redis.stream_append import Ahead, append, understood
from tickterm.engine.redis.writer import RedisWriter
from tickterm.market.snapshot import ChannelCounts
from tickterm.market.tick_stream import partition_of, stream_names

__all__ = ["StreamMirror"]

log = logging.getLogger("tickterm.redis")

FIRST_PAUSE = 0.5
"""Seconds until ticks that were refused are tried again."""
LONGEST_PAUSE = 5.0


@dataclass(slots=True)
class _Share:
    """What one stream gets of the ticks in flight."""

    partition: int
    numbers: list[int] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)
    unanswered: bool = False
    """Whether a reply was lost: some of it may be there."""
    outbid: bool = False
    """Whether the stream was found to be ahead of our ids, and the ids have been raised."""


class StreamMirror(RedisWriter):
    """The id of a tick is `<epoch>-<number>`: the engine's start, and its number in this run.

    Redis refuses an id that is not above the newest one. So what was sent without a reply is sent
    again under the same ids, and nothing is there twice. What Redis refuses is tried until it is
    taken; while it is not, the mailbox drops its oldest beyond its bound. At every moment:
    offered = accepted + buffered + in_flight + dropped; only the end may leave some ambiguous.
    """

    def __init__(
        self, url: str, name: str, *, length: int, partitions: int, epoch: int, mailbox: Mailbox
    ) -> None:
        """Take the stream's name and length in ticks, and the engine's start, ms UTC."""
        super().__init__(f"stream {name}", url, mailbox)
        self._streams = stream_names(name, partitions)
        self._length = max(1, length // partitions)
        self._epochs = [epoch] * partitions
        self._shares: list[_Share] = []
        self._is_asking = False
        self._accepted = 0
        self._ambiguous = 0
        self._shutdown = 0
        self._refusal = ""
        self._is_outbid = False

    @property
    def name(self) -> str:
        """What its counts stand under, such as `stream tickstock:ticks`."""
        return self._name

    @property
    def reason(self) -> str:
        """Why it does not take ticks, or is not yet what it should be; sanitised."""
        reason = self._refusal if self._up else self._reason
        return f"{self._name}: {reason}" if reason else ""

    @property
    def buffered_bytes(self) -> int:
        """Memory of what waits."""
        return self._mailbox.buffered_bytes

    def counts(self) -> ChannelCounts:
        """Return all counts, consistent with each other, of all partitions together."""
        asked = self._in_flight if self._is_asking else 0
        dropped = dict(self._mailbox.dropped)
        if self._shutdown:
            dropped["shutdown"] = dropped.get("shutdown", 0) + self._shutdown
        return ChannelCounts(
            offered=self._mailbox.offered,
            accepted=self._accepted,
            buffered=self._mailbox.buffered + self._in_flight - asked,
            in_flight=asked,
            dropped=dropped,
            ambiguous=self._ambiguous,
        )

    async def _serve(self, link: RedisLink) -> None:
        await self._append(link)  # what the connection before has left
        await super()._serve(link)

    async def _send(self, link: RedisLink, taken: list[Batch]) -> None:
        self._shares = self._shared_out(taken)
        self._in_flight = sum(len(share.numbers) for share in self._shares)
        await self._append(link)

    def _shared_out(self, taken: list[Batch]) -> list[_Share]:
        """Number the ticks and give each to its stream.

        The mailbox drops from its front only: what waits are the newest of all offered.
        """
        count = sum(len(batch.payloads) for batch in taken)
        number = self._mailbox.offered - self._mailbox.buffered - count
        shares: dict[int, _Share] = {}
        for batch in taken:
            for symbol, payload in zip(batch.symbols, batch.payloads, strict=True):
                number += 1
                partition = partition_of(symbol, len(self._streams))
                share = shares.get(partition)
                if share is None:
                    share = shares[partition] = _Share(partition)
                share.numbers.append(number)
                share.payloads.append(payload)
        return list(shares.values())

    async def _append(self, link: RedisLink) -> None:
        """Send the ticks in flight until all of them are there, with pauses after refusals."""
        pause = FIRST_PAUSE
        while self._shares:
            if refusal := await self._ask(link):
                self._refuse(refusal)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
        self._note_if_settled()
        if self._refusal and not self._is_behind():
            self._refusal = ""
            log.info("%s takes ticks again", self._name)

    async def _ask(self, link: RedisLink) -> str:
        """Send the ticks in flight once; return why some were refused, or nothing.

        Raises:
            RedisLost: the connection died; what was answered has been settled.
        """
        asked = self._shares
        packed = [self._packed(share) for share in asked]
        was_sent = True
        self._is_asking = True
        try:
            await link.exchange(packed, len(packed))
        except RedisLost as loss:
            was_sent = loss.sent
            raise
        finally:
            self._is_asking = False
            refusal = self._settle(asked, link.answered)
            for share in asked[len(link.answered) :]:
                share.unanswered |= was_sent
        return refusal

    def _packed(self, share: _Share) -> bytes:
        return append(
            self._streams[share.partition],
            self._length,
            self._epochs[share.partition],
            share.numbers,
            share.payloads,
            share.unanswered,
        )

    def _settle(self, asked: Sequence[_Share], answers: Sequence[object]) -> str:
        """Take the answers; return the first refusal."""
        refusals = [
            self._take_answer(share, answer) for share, answer in zip(asked, answers, strict=False)
        ]
        self._shares = [share for share in asked if share.numbers]
        return next(filter(None, refusals), "")

    def _take_answer(self, share: _Share, answer: object) -> str:
        meaning = understood(answer, len(share.numbers))
        if isinstance(meaning, int):
            self._accepted += meaning
            self._in_flight -= meaning
            self._earned = True
            del share.numbers[:meaning], share.payloads[:meaning]
            return ""
        if isinstance(meaning, Ahead):
            return self._outbid(share, meaning.epoch)
        return self._told_of(share, meaning)

    def _outbid(self, share: _Share, epoch: int) -> str:
        """Go on above the ids that the stream has already; a second time only after a pause."""
        self._epochs[share.partition] = epoch + 1
        if not self._is_outbid:
            self._is_outbid = True
            told = (
                "%s has newer ids than ours, which go on above: another clock, or another program"
            )
            log.warning(told, self._streams[share.partition])
        if share.outbid:
            return self._told_of(share, "another program writes to it")
        share.outbid = True
        return ""

    def _told_of(self, share: _Share, refusal: str) -> str:
        if len(self._streams) == 1:
            return refusal
        return f"{self._streams[share.partition]}: {refusal}"

    def _refuse(self, refusal: str) -> None:
        if refusal != self._refusal:
            log.error("%s refuses ticks, which wait: %s", self._name, refusal)
        self._refusal = refusal

    def _give_up(self) -> None:
        super()._give_up()
        for share in self._shares:
            if share.unanswered:
                self._ambiguous += len(share.numbers)
            else:
                self._shutdown += len(share.numbers)
        self._shares = []
        self._in_flight = 0
