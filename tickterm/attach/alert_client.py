"""AlertClient: the alerts of a running engine, for commands: a wish, a look, or all that fires."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager

from websockets.asyncio.client import ClientConnection

from tickterm.attach.address import Address
from tickterm.attach.alert_list import AlertList
from tickterm.attach.conversation import conversation, hear, say_hello
from tickterm.attach.dial import Lost
from tickterm.errors import SettingsError, UnreachableError
from tickterm.market.alerts import AlertRule, FiredAlert
from tickterm.market.contract import (
    Alerts,
    AlertWish,
    Answer,
    EngineMessage,
    Error,
    Goodbye,
    Status,
    Stream,
    ViewerHello,
    encode,
)
from tickterm.market.text import clean

__all__ = ["AlertClient"]

WITHIN = 5.0
"""Seconds that an engine has to answer."""


class AlertClient:
    """Connects for every call anew. Every call raises UnreachableError where there is no engine."""

    def __init__(self, find: Callable[[], Awaitable[Address]], token: str = "") -> None:
        """Take what gives the address."""
        self._find = find
        # The name of a program that takes one look: no engine lives for it, or ends with it.
        self._hello = ViewerHello(token=token, stream=Stream.ROWS, symbols=[], name="status")

    async def ask(self, wish: AlertWish) -> str:
        """Let the engine do this; return its answer.

        Raises:
            SettingsError: it refuses, and why.
        """
        async with self._connected() as connection:
            await connection.send(encode(wish), text=True)
            async with aclosing(_heard(connection)) as messages:
                async for message in messages:
                    if isinstance(message, Answer):
                        return clean(message.text)
                    if isinstance(message, Error):
                        raise SettingsError(clean(message.text))
        raise AssertionError  # what is heard ends with a return or an error

    async def look(self) -> tuple[Sequence[AlertRule], Sequence[FiredAlert]]:
        """Return the rules, and the newest that fired, oldest first."""
        alerts = AlertList()
        async with self._connected() as connection:
            await _take_what_was(connection, alerts)
        return alerts.rules, alerts.freeze()

    async def follow(
        self, take: Callable[[Sequence[FiredAlert]], None], tell: Callable[[str], None]
    ) -> None:
        """Hand on what fires from now on, until the engine ends in order; tell what was missed."""
        alerts = AlertList()
        async with self._connected() as connection:
            told = await _take_what_was(connection, alerts)
            while not isinstance(message := await hear(connection), Goodbye):
                if isinstance(message, Alerts):
                    alerts.take(message)
                    fired = [alert for alert in alerts.freeze() if alert.number > told]
                    if missed := alerts.newest - told - len(fired):
                        tell(_missed(missed))
                    take(fired)
                    told = alerts.newest

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[ClientConnection]:
        address = await self._find()
        try:
            async with conversation(address, str(self._hello.token)) as connection:
                await say_hello(connection, self._hello)
                yield connection
        except Lost as loss:
            raise UnreachableError(f"the engine at {address.where}: {loss}") from None


async def _take_what_was(connection: ClientConnection, alerts: AlertList) -> int:
    """Take what an engine tells after its hello; return the number of the newest that fired."""
    async with aclosing(_heard(connection)) as messages:
        async for message in messages:
            if isinstance(message, Alerts):
                alerts.take(message)
            if isinstance(message, Status):
                break
    return alerts.newest


def _missed(alerts: int) -> str:
    were = "alert was" if alerts == 1 else "alerts were"
    return f"{alerts:,} {were} missed: more fired than an engine tells at once"


async def _heard(connection: ClientConnection) -> AsyncGenerator[EngineMessage, None]:
    """Yield what the engine says.

    Raises:
        Lost: it ends, or has said too much else for too long.
    """
    until = asyncio.get_running_loop().time() + WITHIN
    while True:
        try:
            async with asyncio.timeout_at(until):
                message = await hear(connection)
        except TimeoutError:
            raise Lost(f"no answer within {WITHIN:g} s") from None
        if isinstance(message, Goodbye):
            raise Lost(f"it said goodbye: {clean(message.reason, 100)}")
        if message is not None:
            yield message
