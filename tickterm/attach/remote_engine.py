"""RemoteEngine: an engine in another process, as a screen sees it."""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
from collections.abc import Awaitable, Callable
from typing import NoReturn

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tickterm.attach.address import Address
from tickterm.attach.conversation import conversation, hear, say_hello
from tickterm.attach.dial import Lost
from tickterm.attach.session import Session
from tickterm.attach.wish_queue import WishQueue
from tickterm.errors import TickTermError, UnreachableError
from tickterm.market.alert_verbs import AlertVerbs
from tickterm.market.contract import (
    AlertWish,
    ChartOf,
    Goodbye,
    Leave,
    Reconnect,
    Stream,
    ViewerHello,
    ViewerMessage,
    Wish,
    encode,
)
from tickterm.market.link_rules import Backoff, LinkTimes
from tickterm.market.snapshot import Snapshot
from tickterm.market.timeframe import Timeframe
from tickterm.market.watch_verbs import WatchVerbs

__all__ = ["RemoteEngine"]

ATTACHED_WITHIN = 30.0
"""From its hello to the last part of its snapshot; a slow line may need that."""
LEAVE_WITHIN = 2.3
"""For an engine's last words; a little less than a screen waits."""
LONGEST_RETRY_AFTER = 30.0
"""What an engine that says goodbye can make us wait."""
RECONNECT_EVERY = 0.5
"""Seconds between two wishes of a key that is held down: engines cut off who talks too much."""
CHART_EVERY = 0.2
"""Seconds between two charts asked for; of those in between only the last is."""

_NO_CHART = ChartOf(None)
_TIMES = LinkTimes(first_retry=0.25, longest_retry=10.0, earned_after=10.0)


class RemoteEngine(WatchVerbs, AlertVerbs):
    """Finds an engine, attaches to it, and attaches again whenever the connection is lost.

    `find` is awaited before every attempt, on the loop of `run`: it may look for an engine or start
    one. What it raises as UnreachableError is shown as a reason and tried again, any other
    TickTermError ends `run`.
    """

    def __init__(
        self,
        find: Callable[[], Awaitable[Address]],
        *,
        token: str = "",
        control: bool = False,
        name: str = "screen",
        owner: bool = False,
        where: str = "localhost",
    ) -> None:
        """Take what gives the address, and what the screen is to the engine.

        `control`: it wants to tell the engine what to do. `owner`: the engine may live for it, and
        is told when it leaves. `where`: what to call the engine until it is found.
        """
        self._find = find
        self._token = str(token)  # a string that hides itself cannot be encoded
        self._hello = ViewerHello(token=self._token, stream=Stream.ROWS, name=name)
        self._owner = owner
        self._session = Session(where, control=control)
        self._backoff = Backoff(_TIMES)
        self._nudged = asyncio.Event()
        self._connection: ClientConnection | None = None
        self._last_wish = float("-inf")
        self._chart = self._chart_said = _NO_CHART
        """What the screen wants to look at, and what this connection's engine was told."""
        self._chart_due: asyncio.TimerHandle | None = None
        self._wishes = WishQueue(self._say)
        self._leaving = False
        self._lock = threading.RLock()  # a signal handler may interrupt its holder
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopped = False

    def run(self) -> None:
        """Stay attached; return after `stop`.

        Raises:
            TickTermError: there is no use in trying again; the text says why.
            ExceptionGroup: a defect.
        """
        asyncio.run(self._main())

    def stop(self) -> None:
        """Ask `run` to end in order; returns at once, any thread."""
        self._stopped = True
        self._call(self._leave)

    def reconnect(self) -> None:
        """Attach now; when attached, and if we may, let the engine try its link to the feed."""
        self._call(self._wish)

    def watch_chart(self, symbol: str | None, timeframe: Timeframe) -> None:
        """Keep `Snapshot.chart` to a symbol's candles; None ends it. At once; any thread."""
        self._session.watch_chart(symbol, timeframe)
        # Said again where the same one was ended in between: the session has forgotten it.
        self._chart = _NO_CHART if symbol is None else ChartOf(symbol, timeframe)
        self._call(self._want_chart)

    def wish(self, *wishes: Wish | AlertWish) -> None:
        """Let the engine change what it watches, its groups or its alerts. At once; any thread."""
        self._call(lambda: self._ask(wishes))

    def snapshot(self) -> Snapshot:
        """Return the newest state, any thread."""
        return self._session.snapshot()

    def _call(self, verb: Callable[[], None]) -> None:
        with self._lock:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(verb)

    # -- on the loop ----------------------------------------------------------------------------

    async def _main(self) -> None:
        with self._lock:
            self._loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(None) as self._patience, asyncio.TaskGroup() as self._tasks:
                if self._stopped:
                    return
                error = await self._stay_attached()
        except TimeoutError:
            return
        finally:
            self._leaving = True
            with self._lock:
                self._loop = None
        if error is not None:
            raise error

    def _leave(self) -> None:
        if self._leaving:
            return
        self._leaving = True
        asks = self._owner and self._session.is_attached and self._connection is not None
        grace = LEAVE_WITHIN if asks else 0.0
        self._patience.reschedule(asyncio.get_running_loop().time() + grace)
        if asks:
            self._say(Leave())

    def _wish(self) -> None:
        now = asyncio.get_running_loop().time()
        if not self._session.is_attached:
            self._nudged.set()
        elif self._session.has_control and now - self._last_wish >= RECONNECT_EVERY:
            self._last_wish = now
            self._say(Reconnect())

    def _ask(self, wishes: tuple[Wish | AlertWish, ...]) -> None:
        if not self._session.is_attached:
            self._session.say("not done: there is no engine")
        elif not self._session.has_control:
            self._session.say("not done: this screen is read-only")
        elif not self._wishes.add(*wishes):
            self._session.say("not done: too much is asked of the engine at once")

    def _want_chart(self) -> None:
        """Say what chart is wanted: now, or a little later where another was just asked for."""
        if self._chart is self._chart_said or self._chart_due or not self._session.is_attached:
            return
        self._chart_said = self._chart
        self._say(self._chart)
        loop = asyncio.get_running_loop()
        self._chart_due = loop.call_later(CHART_EVERY, self._want_chart_again)

    def _want_chart_again(self) -> None:
        self._chart_due = None
        self._want_chart()

    def _say(self, message: ViewerMessage) -> None:
        if self._connection is not None:
            self._tasks.create_task(_send(self._connection, message))

    async def _stay_attached(self) -> TickTermError | None:
        """Attach again and again; return what makes that useless, or None after `stop`."""
        while not self._leaving:
            self._nudged.clear()
            self._session.seek()
            try:
                await self._attach()
            except Lost as loss:
                await self._pause(loss)
            except TickTermError as error:
                self._session.lose(str(error), None)
                return error
        return None

    async def _pause(self, loss: Lost) -> None:
        if self._leaving:
            return
        delay = self._backoff.next_delay(random.random())  # noqa: S311 - jitter
        delay = max(delay, min(loss.retry_after, LONGEST_RETRY_AFTER))
        self._session.lose(str(loss), delay)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(delay):
                await self._nudged.wait()

    async def _attach(self) -> None:
        try:
            address = await self._find()
        except UnreachableError as error:
            raise Lost(str(error)) from None
        self._session.find(address)
        self._backoff.connecting()
        async with conversation(address, self._token) as self._connection:
            try:
                await self._converse(self._connection)
            finally:
                self._connection = None
                if forgotten := self._wishes.clear():
                    self._session.say(f"the engine was lost before it took {forgotten} wishes")

    async def _converse(self, connection: ClientConnection) -> NoReturn:
        self._session.greet(await say_hello(connection, self._hello))
        try:
            async with asyncio.timeout(ATTACHED_WITHIN):
                while not self._session.is_attached:
                    await self._hear(connection)
        except TimeoutError:
            raise Lost(f"no whole snapshot within {ATTACHED_WITHIN:g} s") from None
        self._chart_said = _NO_CHART
        self._want_chart()
        while True:
            await self._hear(connection)

    async def _hear(self, connection: ClientConnection) -> None:
        message = await hear(connection)
        self._backoff.data(asyncio.get_running_loop().time())
        if isinstance(message, Goodbye) and not self._leaving:
            raise Lost(f"it said goodbye: {message.reason}", message.retry_after)
        if message is not None:
            self._session.take(message)


async def _send(connection: ClientConnection, message: ViewerMessage) -> None:
    """Send a message; a connection that does not take it will be noticed by its silence."""
    with contextlib.suppress(TimeoutError, ConnectionClosed):
        async with asyncio.timeout(1.0):
            await connection.send(encode(message), text=True)
