"""TickFollower: every tick of an engine as it comes, over any number of connections."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import lru_cache

from websockets.asyncio.client import ClientConnection

from tickterm.attach.address import Address
from tickterm.attach.bounds import bounded
from tickterm.attach.conversation import conversation, hear, say_hello
from tickterm.attach.dial import Lost
from tickterm.attach.tick_progress import TickProgress
from tickterm.errors import SettingsError, UnreachableError
from tickterm.market.contract import (
    MAX_MESSAGE,
    MAX_SYMBOLS,
    ContractError,
    EngineMessage,
    Error,
    Event,
    EventName,
    Goodbye,
    Hello,
    Position,
    SnapshotPart,
    Stream,
    Tick,
    Ticks,
    ViewerHello,
    encode,
)
from tickterm.market.link_rules import Backoff, LinkTimes
from tickterm.market.symbols import case_hint, is_symbol
from tickterm.market.text import clean

__all__ = ["TickFollower"]

FIRST_WITHIN = 5.0
"""Seconds until an engine that was never reached is given up."""
AGAIN_WITHIN = 60.0
"""Seconds until an engine that was lost is given up."""
SETTLED_WITHIN = 30.0
"""Seconds from an engine's hello to its snapshot; a slow line may need that."""
HELD_UP = 3.0
"""Seconds after which an engine cuts off who takes nothing."""
MOST_NAMED = 10
TIMES = LinkTimes(first_retry=0.25, longest_retry=10.0, earned_after=10.0)

_LONGEST_POSITION = Position("x" * 64, 2**63)


class TickFollower:
    """Attaches, hands on what comes, and after a lost connection goes on where it was.

    `find` is awaited before every attempt; what it raises as UnreachableError is tried again.
    """

    def __init__(
        self,
        find: Callable[[], Awaitable[Address]],
        take: Callable[[Sequence[Tick]], None],
        tell: Callable[[str], None],
        *,
        symbols: Sequence[str] = (),
        token: str = "",
    ) -> None:
        """Take what gives the address, what gets the ticks, and what tells a person of the rest.

        Both are called on the loop, and may block: a reader that is slow for too long is left out
        by the engine, which is told. `symbols`: only these; none: all.

        Raises:
            SettingsError: there are too many symbols for a filter.
        """
        self._find = find
        self._take = take
        self._tell = tell
        self._symbols = list(symbols)
        self._token = str(token)  # a string that hides itself cannot be encoded
        self._progress = TickProgress(tell, filtered=bool(symbols))
        self._backoff = Backoff(TIMES)
        self._where = "nowhere"
        self._epoch = ""
        self._unwatched: set[str] = set()
        self._give_up_at: float | None = None
        """Until when to try; None while attached."""
        self._was_attached = False
        if len(self._symbols) > MAX_SYMBOLS or self._hello_bytes() > MAX_MESSAGE:
            raise SettingsError(
                f"{len(self._symbols)} symbols are too many for a filter: without any it is all"
            )

    async def run(self) -> None:
        """Follow until the engine stops in order.

        Raises:
            SettingsError: none of the symbols is watched, or the token would go unencrypted.
            UnreachableError: no engine could be reached, or it was lost and did not come back.
        """
        self._give_up_at = asyncio.get_running_loop().time() + FIRST_WITHIN
        try:
            while (loss := await self._follow()) is not None:
                await self._pause(loss)
        finally:
            self._progress.tell_rest()

    async def _follow(self) -> Lost | None:
        """Follow over one connection; return how it was lost, None where the engine has stopped."""
        self._backoff.connecting()
        try:
            address = await self._find()
            self._where = address.where
        except UnreachableError as error:
            return Lost(str(error))
        try:
            async with conversation(address, self._token) as connection:
                self._greet(await say_hello(connection, self._hello(self._progress.position)))
                await self._listen(connection)
        except Lost as loss:
            return loss
        return None

    async def _listen(self, connection: ClientConnection) -> None:
        """Hand on what comes until the engine says goodbye."""
        try:
            async with asyncio.timeout(SETTLED_WITHIN) as patience:
                while not isinstance(message := await hear(connection), Goodbye):
                    self._backoff.data(asyncio.get_running_loop().time())
                    if message is not None:
                        self._hear(message)
                    if self._progress.is_set:
                        self._settle()
                        patience.reschedule(None)
        except TimeoutError:
            raise Lost(f"no whole snapshot within {SETTLED_WITHIN:g} s") from None
        self._tell(f"the engine at {self._where} has ended: {clean(message.reason, 100)}")

    async def _pause(self, loss: Lost) -> None:
        """Wait for the next attempt.

        Raises:
            UnreachableError: there was none that worked for too long.
        """
        now = asyncio.get_running_loop().time()
        if self._give_up_at is None:
            self._give_up_at = now + AGAIN_WITHIN
            self._tell(f"the engine at {self._where} is lost: {loss}; trying again")
        delay = self._backoff.next_delay(random.random())  # noqa: S311 - jitter
        if now + delay > self._give_up_at:
            told = "has not come back" if self._was_attached else "cannot be reached"
            raise UnreachableError(f"the engine at {self._where} {told}: {loss}")
        await asyncio.sleep(delay)

    def _hello(self, position: Position | None) -> ViewerHello:
        return ViewerHello(
            token=self._token,
            stream=Stream.TICKS,
            symbols=self._symbols or None,
            resume=position,
            name="tail",
        )

    def _hello_bytes(self) -> int:
        return len(encode(self._hello(_LONGEST_POSITION)))

    def _greet(self, hello: Hello) -> None:
        self._progress.greet(hello)
        if hello.epoch != self._epoch:
            self._epoch = hello.epoch
            self._unwatched.clear()
        if hello.symbols:  # else it does not know them yet, and will say so
            self._leave_out(set(self._symbols) - set(hello.symbols))

    def _settle(self) -> None:
        """Attached: from here on the ticks are whole."""
        if self._give_up_at is None:
            return
        self._give_up_at = None
        if self._was_attached:
            whole = ", nothing was missed" if self._progress.recovered else ""
            self._tell(f"attached again to the engine at {self._where}{whole}")
        self._was_attached = True

    def _hear(self, message: EngineMessage) -> None:
        match message:
            case Ticks():
                if not all(_is_plain(t.ticker, t.event_type, t.source) for t in message.ticks):
                    raise ContractError("a tick with control characters or without a symbol")
                self._progress.take(message)
                if message.ticks:
                    self._hand_on(message.ticks)
            case SnapshotPart(seq=seq):
                self._progress.look(seq)
            case Error(code="unknown_symbol", symbol=str(symbol)):
                self._leave_out({symbol} & set(self._symbols))
            case Error(text=text):
                self._tell(f"the engine says: {clean(text, 200)}")
            case Event(name=EventName.LINK_DOWN, text=text):
                self._tell(f"the engine has lost the feed: {clean(text, 200)}")
            case Event(name=EventName.LINK_UP, gap=float(gap)):
                self._tell(f"the feed is back: ticks of {bounded(gap):,.1f} s never came")

    def _hand_on(self, ticks: Sequence[Tick]) -> None:
        began = time.monotonic()
        self._take(ticks)
        held = time.monotonic() - began
        if held > HELD_UP:
            self._tell(f"what reads this has held it up for {held:,.1f} s")

    def _leave_out(self, unwatched: Iterable[str]) -> None:
        """Tell of symbols that are not watched.

        Raises:
            SettingsError: none of those asked for is.
        """
        new = sorted(set(unwatched) - self._unwatched)
        if not new:
            return
        self._unwatched.update(new)
        more = f" and {len(new) - MOST_NAMED} more" if len(new) > MOST_NAMED else ""
        told = f"not watched by the engine at {self._where}: {', '.join(new[:MOST_NAMED])}{more}"
        told += case_hint(new)
        if self._unwatched >= set(self._symbols):
            raise SettingsError(told)
        self._tell(told)


@lru_cache(maxsize=32_768)
def _is_plain(ticker: str, event_type: str, source: str) -> bool:
    """Say whether nothing in a tick's texts can do harm, on a terminal too."""
    words = event_type + source
    return is_symbol(ticker) and words.isascii() and words.isprintable()
