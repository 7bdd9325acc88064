"""Viewers that read slowly, hardly, or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from websockets.frames import Close
from websockets.protocol import CLIENT, OPEN, Protocol

from tests.engine.viewers.gateway import Gateway, frame, gateway
from tests.engine.viewers.ledger import Ledger
from tests.engine.viewers.market import SYMBOLS
from tests.waiting import until
from tickterm.engine.viewers.connection import SEND_BUFFER
from tickterm.engine.viewers.viewer import SLOW_ABOVE, STUCK_AFTER
from tickterm.market.contract import (
    CloseCode,
    EngineMessage,
    Rows,
    SnapshotPart,
    Stream,
    ViewerHello,
    from_engine,
)
from tickterm.market.row_stream import applied
from tickterm.market.snapshot import Row

BURST = 6_000
"""Ticks that fill everything between the engine and a viewer that does not read."""


class Paced:
    """A viewer over a bare socket: it reads so many bytes when it is told to."""

    def __init__(self, viewer: socket.socket) -> None:
        self._socket = viewer
        self._socket.setblocking(False)
        self._head = b""
        self._parser: Protocol | None = None
        self.close: Close | None = None

    async def read(self, count: int) -> list[EngineMessage]:
        """Return the messages that are whole with the next `count` bytes."""
        loop = asyncio.get_running_loop()
        data = await loop.sock_recv(self._socket, count)
        if self._parser is None:
            self._head += data
            head, found, data = self._head.partition(b"\r\n\r\n")
            if not found:
                return []
            assert b" 101 " in head
            self._parser = Protocol(CLIENT, state=OPEN, max_size=None)
        if data:
            self._parser.receive_data(data)
        else:
            self._parser.receive_eof()
        self.close = self._parser.close_rcvd
        frames = self._parser.events_received()
        return [from_engine(bytes(f.data)) for f in frames if f.opcode == 1]  # type: ignore[union-attr]  # no requests here

    async def drain(self) -> list[EngineMessage]:
        """Read until the engine has closed."""
        messages: list[EngineMessage] = []
        with contextlib.suppress(OSError):
            async with asyncio.timeout(10):
                while self._parser is None or not self._parser.reader.eof:
                    messages += await self.read(65536)
        return messages


@contextlib.asynccontextmanager
async def trickle(engine: Gateway, bytes_a_second: int) -> AsyncIterator[None]:
    """Have so many bytes of ticks come, for the length of the block."""

    async def run() -> None:
        while True:
            engine.market.ticks(*SYMBOLS)
            await asyncio.sleep(len(SYMBOLS) * 230 / bytes_a_second)

    task = asyncio.get_running_loop().create_task(run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def unsent(engine: Gateway) -> int:
    return max((v.unsent() for v in engine.broadcaster._hub.attendance.viewers), default=0)


@pytest.mark.asyncio(loop_factories=["uvloop"])
async def test_one_at_half_speed_gets_the_newest_and_is_not_cut() -> None:
    async with gateway(beats=True) as engine, trickle(engine, 40_000):
        slow = Paced(engine.deaf())
        await until(lambda: engine.viewers == 1)
        engine.market.rounds(BURST)
        ledger = Ledger(engine.market, ViewerHello())
        began = time.monotonic()
        while time.monotonic() - began < 1.5 * STUCK_AFTER:
            for message in await slow.read(1000):
                ledger.take(message)
            await asyncio.sleep(0.05)
        assert engine.broadcaster.view().cut_by == {}
        assert unsent(engine) < SLOW_ABOVE + 1_000_000
        while (ledger.last or 0) < engine.market.last - 20:
            for message in await slow.read(100_000):
                ledger.take(message)
        ledger.settle()
        view = engine.broadcaster.view()
        assert view.cut_by == {}
        assert view.conflated == ledger.conflated > 1000


async def test_the_newest_of_each_symbol_in_order() -> None:
    async with gateway() as engine:
        slow = Paced(engine.deaf())
        await until(lambda: any(v.live for v in engine.broadcaster._hub.attendance.viewers))
        ledger = Ledger(engine.market, ViewerHello())
        engine.market.rounds(BURST)
        engine.market.rounds(BURST)
        assert engine.broadcaster._hub.ticks.conflated == 0
        while (ledger.last or 0) < engine.market.last:
            for message in await slow.read(100_000):
                ledger.take(message)
        ledger.settle()
        assert ledger.conflated > 0
        assert ledger.got[-10:] == list(range(2 * BURST - 9, 2 * BURST + 1))


async def test_rows_for_the_slow_come_later_and_once() -> None:
    """Above all: what they make of them is what those who keep up see."""
    symbols = tuple(f"ROW{number}" for number in range(800))
    async with gateway(symbols=symbols) as engine:
        hello = ViewerHello(stream=Stream.ROWS)
        slow = Paced(engine.deaf(hello))
        await until(lambda: any(v.live for v in engine.broadcaster._hub.attendance.viewers))
        looks = 80
        for second in range(looks):
            engine.market.second = second
            engine.market.ticks(*symbols)
            if second % 7 == 0:
                engine.market.ticks(*symbols[:50])
            engine.market.look()
            await asyncio.sleep(0)
        assert unsent(engine) < SLOW_ABOVE + 2_000_000
        shown = {row.symbol: row for row in engine.market.rows()}
        rows: dict[str, Row] = {}
        count = 0
        while rows != shown:
            for message in await slow.read(200_000):
                if isinstance(message, SnapshotPart | Rows):
                    count += isinstance(message, Rows)
                    for row in message.rows:
                        rows[row.symbol] = applied(rows.get(row.symbol), row)
            engine.market.look()
        assert count < looks
        assert engine.broadcaster.view().cut_by == {}


async def test_the_stuck_are_gone_in_seconds_and_told_why() -> None:
    async with gateway(beats=True) as engine:
        good = await engine.join()
        for _ in range(20):
            engine.deaf()
        waking = Paced(engine.deaf())
        await until(lambda: engine.viewers == 22)
        for _ in range(12):
            engine.market.rounds(BURST // 12)
            await good.hear_up_to(engine.market.last)
        began = time.monotonic()
        while engine.viewers > 1:
            engine.market.rounds(20)
            await good.hear_up_to(engine.market.last)
            if engine.broadcaster.view().cut == 21 and waking.close is None:
                await waking.drain()
            assert unsent(engine) < SLOW_ABOVE + 2_000_000
            await asyncio.sleep(0.02)
        assert time.monotonic() - began < 5 * STUCK_AFTER
        assert engine.broadcaster.view().cut_by == {"stuck": 21}
        assert waking.close is not None
        assert (waking.close.code, waking.close.reason) == (
            CloseCode.SLOW,
            "you took nothing for 3 s",
        )
        assert good.ledger.conflated == 0


async def test_a_viewer_that_is_silent_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of a connection can be lost without a word: then pings are not answered."""
    monkeypatch.setattr("tickterm.engine.viewers.viewer.SILENT_AFTER", 0.5)
    async with gateway() as engine:
        engine.deaf(buffer=2**20)
        await until(lambda: engine.viewers == 1)
        began = time.monotonic()
        await until(lambda: engine.viewers == 0)
        assert 0.5 < time.monotonic() - began < 10
        assert engine.broadcaster.view().cut_by == {"stuck": 1}


async def test_an_engine_that_was_away_blames_nobody() -> None:
    async with gateway() as engine:
        peer = await engine.join()
        hub = engine.broadcaster._hub
        hub.tend(time.monotonic() + 60)
        assert not engine.broadcaster.view().cut
        for later in range(1, 200):  # and looks as usual do
            hub.tend(time.monotonic() + 60 + later / 10)
        assert engine.broadcaster.view().cut_by == {"stuck": 1}
        peer.drop()


async def test_one_that_asks_and_does_not_read_fills_no_memory(tmp_path: Path) -> None:
    """A whole snapshot answers a few bytes: whoever reads too slowly is not heard either."""
    symbols = tuple(f"ROW{number}" for number in range(5000))
    async with gateway(symbols=symbols) as engine:
        engine.market.ticks(*symbols)
        engine.market.look()
        greedy = Paced(engine.deaf(ViewerHello(symbols=[])))
        await until(lambda: any(v.live for v in engine.broadcaster._hub.attendance.viewers))
        for _ in range(18):
            await asyncio.get_running_loop().sock_sendall(
                greedy._socket, frame(b'{"type":"subscribe","symbols":["*"]}')
            )
        most = 0
        for _ in range(50):
            await greedy.read(100)
            most = max(most, unsent(engine))
            await asyncio.sleep(0.01)
        one = sum(map(len, engine.broadcaster._hub._look.snapshot(None)))
        assert one > 500_000
        assert most < SLOW_ABOVE + 2 * one


async def test_what_the_kernel_hides_is_bounded() -> None:
    async with gateway() as engine:
        engine.deaf()
        await until(lambda: any(v.live for v in engine.broadcaster._hub.attendance.viewers))
        engine.market.rounds(BURST)
        (viewer,) = engine.broadcaster._hub.attendance.viewers
        before, hidden = -1, 0
        while hidden > before:
            await asyncio.sleep(0.1)
            before, hidden = hidden, viewer._written - viewer.unsent()
        print(f"the kernel took {hidden} bytes of a viewer that reads nothing")
        assert hidden < 2 * SEND_BUFFER
