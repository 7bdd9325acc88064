"""What happens to an engine's viewers, step by step, and a look at all of them after each."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from tests.engine.viewers.fake_connection import FakeConnection
from tests.engine.viewers.ledger import Ledger
from tests.engine.viewers.market import SYMBOLS, Market
from tickterm.access import Access
from tickterm.engine.viewers.dialogue import Dialogue
from tickterm.engine.viewers.hub import Hub
from tickterm.engine.viewers.ring import Ring
from tickterm.market.contract import (
    EngineMessage,
    Filter,
    Rows,
    SnapshotPart,
    Stream,
    Subscribe,
    Ticks,
    Unsubscribe,
    ViewerHello,
    Watched,
    WireRow,
)
from tickterm.market.row_stream import applied
from tickterm.market.snapshot import Row

__all__ = ["OTHERS", "SOME", "RowsLedger", "Schedule", "Seat"]

SOME = SYMBOLS[:4]
OTHERS = SYMBOLS[2:7]


def nothing(*_: object) -> None:
    """Do nothing."""


class RowsLedger:
    """A viewer of the stream `rows`."""

    def __init__(self, symbols: list[str] | None) -> None:
        self.rows: dict[str, Row] = {}
        self.symbols = symbols
        """Its filter."""

    def take(self, message: EngineMessage) -> None:
        match message:
            case SnapshotPart():
                if message.part == 1:
                    self.rows = {}
                self._apply(message.rows)
            case Rows():
                self._apply(message.rows)
            case Watched(symbols):
                wanted = [s for s in symbols if self.symbols is None or s in self.symbols]
                self.rows = {symbol: self.rows.get(symbol) or Row(symbol) for symbol in wanted}
            case Filter(symbols):
                self.symbols = symbols
            case Ticks():
                raise AssertionError("ticks in the stream of rows")

    def _apply(self, rows: list[WireRow]) -> None:
        for row in rows:
            assert self.symbols is None or row.symbol in self.symbols
            self.rows[row.symbol] = applied(self.rows.get(row.symbol), row)


@dataclass
class Seat:
    """One viewer of the schedule."""

    hello: ViewerHello
    connection: FakeConnection
    talk: asyncio.Task[None]
    ledger: Ledger | RowsLedger
    symbols: set[str] | None = field(default=None)

    def take(self, count: int | None = None) -> None:
        for message in self.connection.take(count):
            self.ledger.take(message)


class Schedule:
    """Does the steps, each of which is a method here."""

    def __init__(self) -> None:
        self.hub = Hub("epoch")
        self.hub.ticks.ring = Ring(40)
        self.market = Market(self.hub, self._watch, SOME)
        self.now = time.monotonic()
        self.resting = False
        self.seats: dict[int, Seat] = {}
        self._talks: list[asyncio.Task[None]] = []

    def _watch(self, rows: Any) -> None:
        self.hub.rows = rows

    async def do(self, name: str, *arguments: Any) -> None:
        done = getattr(self, name)(*arguments)
        if isinstance(done, Coroutine):
            await done

    def ticks(self, symbols: list[str]) -> None:
        self.market.second += 1
        self.hub._rest_until = float("inf") if self.resting else 0.0
        self.market.ticks(*symbols)

    def look(self) -> None:
        self.market.look()

    def rest(self, resting: bool) -> None:
        """Have the hub send what comes later, or at once."""
        self.resting = resting

    def tend(self, seconds: float) -> None:
        self.now += seconds
        self.hub.tend(self.now)

    async def turn(self, count: int) -> None:
        for _ in range(count):
            await asyncio.sleep(0)

    def take(self, seat: int, count: int | None) -> None:
        if seat in self.seats:
            self.seats[seat].take(count)

    def join(self, seat: int, stream: Stream, symbols: list[str] | None) -> None:
        self.cut(seat)
        self._join(seat, ViewerHello(stream=stream, symbols=symbols))

    def cut(self, seat: int) -> Seat | None:
        gone = self.seats.pop(seat, None)
        if gone is not None:
            gone.connection.abort()
        return gone

    def resume(self, seat: int) -> None:
        gone = self.seats.get(seat)
        if gone is None or not isinstance(gone.ledger, Ledger) or gone.ledger.last is None:
            return
        self.cut(seat)
        symbols = None if gone.ledger.symbols is None else sorted(gone.ledger.symbols)
        self._join(seat, ViewerHello(symbols=symbols, resume=gone.ledger.position))

    def subscribe(self, seat: int, symbol: str) -> None:
        if seat in self.seats:
            self.seats[seat].connection.say(Subscribe([symbol]))

    def unsubscribe(self, seat: int, symbol: str) -> None:
        if seat in self.seats:
            self.seats[seat].connection.say(Unsubscribe([symbol]))

    def universe(self, symbols: tuple[str, ...]) -> None:
        self.market.watch(*symbols)
        self.look()

    async def settle(self) -> None:
        """Let everybody catch up, and hold what they have against the market."""
        self.rest(False)
        for _ in range(30):
            await self.turn(30)
            for seat in self.seats.values():
                seat.take()
            self.tend(0.1)
        self.look()
        for seat in self.seats.values():
            seat.take()
        self.tend(5.0)
        for seat in self.seats.values():
            seat.take()
            if seat.talk.done():
                await seat.talk
            elif isinstance(seat.ledger, Ledger):
                assert seat.ledger.last == self.market.last
                seat.ledger.settle()
            else:
                wanted = seat.ledger.symbols
                rows = [r for r in self.market.rows() if wanted is None or r.symbol in wanted]
                assert list(seat.ledger.rows.values()) == rows, "the rows, in their order"

    async def end(self) -> None:
        for seat in list(self.seats):
            self.cut(seat)
        await asyncio.gather(*self._talks)
        assert not self.hub.attendance.viewers

    def _join(self, seat: int, hello: ViewerHello) -> None:
        connection = FakeConnection()
        connection.say(hello)
        talk = Dialogue(connection, self.hub, Access(), nothing, nothing, local=False)  # type: ignore[arg-type]  # a fake
        ledger = (
            Ledger(self.market, hello)
            if hello.stream is Stream.TICKS
            else RowsLedger(hello.symbols)
        )
        task = asyncio.get_running_loop().create_task(talk.run())
        self._talks.append(task)
        self.seats[seat] = Seat(hello, connection, task, ledger)
