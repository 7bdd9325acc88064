"""One client of the simulated server, from its greeting to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import aclosing, suppress
from typing import Protocol

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from tickterm.errors import RecordingError
from tickterm.simulator.control import Conversation, status_frame
from tickterm.simulator.faults import Faults
from tickterm.simulator.noise import Message, Noise
from tickterm.simulator.source import FrameSource

__all__ = ["Connection", "House"]

CONNECTED = status_frame("connected", "Connected Successfully")
NO_AUTH = status_frame("auth_timeout", "No authentication request received.")
TOO_SLOW = status_frame("slow_consumer", "Slow consumer: you do not read as fast as data comes.")
TOO_MANY = status_frame(
    "max_connections",
    "Maximum number of websocket connections exceeded. You have reached the connection limit for "
    "your account. Please contact support at https://polygon.io/contact to increase your limit.",
)
RECORDING_ENDED = status_frame("end_of_recording", "The recording has ended.")
"""No message of the real feed: it tells tickterm that the close after it is no loss."""
BAD_KEY = "authentication failed"
NO_PLAN = (
    "Your plan doesn't include websocket access. Visit https://massive.com/pricing to upgrade."
)

_POLICY_VIOLATION = 1008
_INTERNAL_ERROR = 1011
_FAREWELL = 1.0
"""Seconds for a last status and the closing handshake; then the connection is aborted."""


class House(Protocol):
    """What a connection needs of its server."""

    source: FrameSource
    faults: Faults
    auth_timeout: float
    patience: float | None

    def refusal(self, key: str) -> str | None:
        """Return why a key is not accepted; None accepts it."""

    def arrived(self, connection: Connection) -> None:
        """Note that a client has authenticated."""

    def ended(self, error: RecordingError | None = None) -> None:
        """Note that a recording has come to its end, or to a line that cannot be read."""


class Connection:
    """Answers control messages and pumps data; faults strike from tasks of their own."""

    def __init__(self, ws: ServerConnection, house: House) -> None:
        self._ws = ws
        self._house = house
        self._conversation = Conversation(house.source.prefixes, house.refusal)
        self._noise = Noise(house.faults)
        self._evicted = asyncio.Event()
        self._subscribed = asyncio.Event()
        self._first_data = asyncio.Event()
        self._pumping: asyncio.Task[None] | None = None

    @property
    def account(self) -> tuple[str, str]:
        """The key, and the cluster on which its connections are counted."""
        path = self._ws.request.path if self._ws.request else ""
        return self._conversation.key or "", path

    def evict(self) -> None:
        """Let the client go, because its key has too many connections."""
        self._evicted.set()

    async def run(self) -> None:
        """Serve until the connection is gone."""
        if self._house.faults.accept_and_drop:
            self._ws.transport.abort()
            return
        async with asyncio.TaskGroup() as group:
            self._pumping = group.create_task(self._pump())
            tasks = [self._pumping, *(group.create_task(plan) for plan in self._plans())]
            with suppress(ConnectionClosed):
                await self._ws.send(CONNECTED, text=True)
                await self._listen()
            for task in tasks:
                task.cancel()

    async def _listen(self) -> None:
        faults = self._house.faults
        deaf = faults.auth_timeout is not None
        limit = self._house.auth_timeout if faults.auth_timeout is None else faults.auth_timeout
        try:
            async with asyncio.timeout(limit) as until_auth:
                async for raw in self._ws:
                    if not deaf and await self._answer(raw):
                        until_auth.reschedule(None)
        except TimeoutError:
            await self._dismiss(NO_AUTH, _POLICY_VIOLATION)

    async def _answer(self, raw: str | bytes) -> bool:
        """Answer one message; say whether it brought the key."""
        talk = self._conversation
        newcomer = talk.key is None
        for frame in talk.receive(raw):
            await self._ws.send(frame, text=True)
        if talk.refused:
            # uvloop writes at the end of the loop's turn; an abort before that would swallow it.
            await asyncio.sleep(0)
            self._ws.transport.abort()
        if talk.subscriptions:
            self._subscribed.set()
        if newcomer and talk.key is not None:
            self._house.arrived(self)
            return True
        return False

    async def _pump(self) -> None:
        try:
            wanted = self._conversation.subscriptions
            async with aclosing(self._house.source.frames(wanted)) as frames:
                async for payload in frames:
                    for message in self._noise.disturb(payload):
                        await self._send(message)
                    self._first_data.set()
            await self._finish()
        except ConnectionClosed:
            return
        except RecordingError as error:
            self._house.ended(error)
            await self._ws.send(status_frame("end_of_recording", str(error)), text=True)
            await self._ws.close(_INTERNAL_ERROR)

    async def _send(self, message: Message) -> None:
        patience = None if self._house.source.waits else self._house.patience
        try:
            async with asyncio.timeout(patience):
                await self._ws.send(message.payload, text=message.text)
        except TimeoutError:
            await self._dismiss(TOO_SLOW, _POLICY_VIOLATION)

    async def _finish(self) -> None:
        await self._ws.send(RECORDING_ENDED, text=True)
        # A pong comes after everything before it was read: a slow client's closing handshake
        # must not time out on top of data that is still on its way.
        await (await self._ws.ping())
        self._house.ended()
        await self._ws.close()

    async def _dismiss(self, notice: bytes, code: int) -> None:
        """Say why and close; a client that does not even read that is aborted."""
        try:
            async with asyncio.timeout(_FAREWELL):
                await self._ws.send(notice, text=True)
                await self._ws.close(code)
        except (TimeoutError, ConnectionClosed):
            self._ws.transport.abort()

    def _plans(self) -> Iterator[Coroutine[None, None, None]]:
        """Make one coroutine for each way in which this connection may end or fall silent."""
        faults = self._house.faults
        yield self._leave_when_evicted()
        if faults.cap is not None:
            yield self._after(self._subscribed, faults.cap, self._leave_capped)
        if faults.drop is not None:
            yield self._after(self._first_data, faults.drop, self._drop)
        if faults.close is not None:
            yield self._after(self._first_data, faults.close[1], self._close)
        if faults.stall is not None:
            yield self._after(self._first_data, faults.stall, self._stall)
        if faults.mute is not None:
            yield self._after(self._first_data, faults.mute, self._mute)

    async def _after(
        self, event: asyncio.Event, seconds: float, act: Callable[[], Awaitable[None]]
    ) -> None:
        await event.wait()
        await asyncio.sleep(seconds)
        await act()

    async def _leave_when_evicted(self) -> None:
        await self._evicted.wait()
        if self._house.faults.cap_newcomer is not None:
            await self._subscribed.wait()
            await asyncio.sleep(self._house.faults.cap_newcomer)
        await self._leave_capped()

    async def _leave_capped(self) -> None:
        await self._mute()
        await self._dismiss(TOO_MANY, _POLICY_VIOLATION)

    async def _drop(self) -> None:
        self._ws.transport.abort()

    async def _close(self) -> None:
        await self._mute()
        code, _ = self._house.faults.close or (1000, 0.0)
        await self._ws.close(code)

    async def _stall(self) -> None:
        await self._mute()
        self._ws.transport.pause_reading()

    async def _mute(self) -> None:
        if self._pumping is not None:
            self._pumping.cancel()
