"""A follower at work, and what engines tell it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from websockets.asyncio.server import ServerConnection

from tests.attach.fake_broadcaster import always, say
from tests.attach.messages import NOW, hello, status
from tests.engine.viewers.gateway import Gateway
from tests.waiting import until
from tickterm.attach.address import Address
from tickterm.attach.tick_follower import TickFollower
from tickterm.errors import SettingsError, UnreachableError
from tickterm.market.contract import EngineMessage, SnapshotPart, Tick, Ticks

__all__ = [
    "Following",
    "address_of",
    "begin",
    "cut",
    "following",
    "is_live",
    "script",
    "tick",
    "ticks",
]


class Following:
    """A follower at work: what it got and what it said."""

    def __init__(
        self,
        find: Callable[[], Awaitable[Address]],
        symbols: Sequence[str] = (),
        token: str = "",
    ) -> None:
        self.ticks: list[Tick] = []
        self.told: list[str] = []
        self.error: BaseException | None = None
        self.ended = False
        self._follower = TickFollower(
            find, self.ticks.extend, self.told.append, symbols=symbols, token=token
        )

    @property
    def numbers(self) -> list[int]:
        return [int(tick.price) for tick in self.ticks]

    def has_told(self, words: str) -> bool:
        return any(words in line for line in self.told)

    async def run(self) -> None:
        try:
            await self._follower.run()
        except (SettingsError, UnreachableError) as error:
            self.error = error
        self.ended = True


@contextlib.asynccontextmanager
async def following(
    address: Address, symbols: Sequence[str] = (), token: str = ""
) -> AsyncIterator[Following]:
    """Follow for the length of the block, or until the follower has ended by itself."""
    work = Following(always(address), symbols, token)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(work.run())
        try:
            yield work
        finally:
            task.cancel()


def address_of(engine: Gateway) -> Address:
    return Address(f"ws://127.0.0.1:{engine.port}")


def cut(engine: Gateway) -> None:
    """Cut all connections, as a network does."""
    for connection in list(engine.broadcaster._connections):
        connection.transport.abort()


async def is_live(engine: Gateway) -> None:
    await until(lambda: any(v.live for v in engine.broadcaster._hub.attendance.viewers))


def tick(number: int, symbol: str = "A", source: str = "massive", event: str = "aggregate") -> Tick:
    price = float(number)
    return Tick(symbol, price, 1, number, event, source, price, price, price, price, 1)


def ticks(*numbers: int, **texts: str) -> Ticks:
    return Ticks(numbers[0], numbers[-1], 0.0, 0, [tick(n, **texts) for n in numbers])


async def begin(connection: ServerConnection, seq: int = 0, **changes: object) -> None:
    """Say what precedes the ticks after `seq`."""
    await say(connection, hello(**changes), SnapshotPart(seq, 1, 1, NOW, []), status())


def script(*messages: EngineMessage) -> Callable[[ServerConnection], Awaitable[None]]:
    """Return what greets, says these, and waits."""

    async def run(connection: ServerConnection) -> None:
        await begin(connection)
        await say(connection, *messages)
        await connection.wait_closed()

    return run
