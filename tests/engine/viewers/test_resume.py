"""A viewer that is cut off and comes again sees every tick once, or is told that it cannot."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import pytest
from websockets.exceptions import ConnectionClosed

from tests.engine.viewers.gateway import Gateway, Peer, gateway
from tests.engine.viewers.market import SYMBOLS
from tests.waiting import until
from tickterm.engine.viewers import dialogue
from tickterm.engine.viewers.ring import Ring
from tickterm.market.contract import Hello, Position, SnapshotPart, Status, Ticks, ViewerHello


@contextlib.asynccontextmanager
async def ticking(engine: Gateway, rate: int) -> AsyncIterator[None]:
    """Have `rate` ticks a second for the length of the block."""

    async def tick() -> None:
        began, before = time.monotonic(), engine.market.last
        while True:
            due = int((time.monotonic() - began) * rate) - (engine.market.last - before)
            engine.market.ticks(*(SYMBOLS * (due // len(SYMBOLS) + 1))[:due])
            await asyncio.sleep(0.002)

    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(tick()), tasks.create_task(engine.beat())]
        try:
            yield
        finally:
            for task in running:
                task.cancel()


def small_ring(engine: Gateway, capacity: int) -> Ring:
    ring = Ring(capacity)
    engine.broadcaster._hub.ticks.ring = ring
    return ring


@pytest.mark.parametrize("symbols", [None, ["S1", "S7"]])
async def test_every_number_once_while_ticks_keep_coming(symbols: list[str] | None) -> None:
    async with gateway() as engine, ticking(engine, 5_000):
        peer = await engine.join(ViewerHello(symbols=symbols))
        for _ in range(3):
            await peer.hear_up_to(engine.market.last + 500)
            peer.drop()
            missed = engine.market.last + 2_500
            await until(lambda missed=missed: engine.market.last > missed)  # type: ignore[misc]  # a default
            peer = await engine.resume(peer)
            await peer.hear_a(Hello)
            assert peer.ledger.recovered is True
        await peer.hear_up_to(engine.market.last)
        ledger = peer.ledger
        ledger.settle()
        assert (ledger.conflated, ledger.missing) == (0, 0)
        assert not peer.all_of(SnapshotPart)
        first, last = ledger.got[0], ledger.got[-1]
        assert ledger.got == [
            number
            for number in range(first, last + 1)
            if symbols is None or engine.market.symbol_of[number] in symbols
        ]


async def test_cut_in_the_middle_of_catching_up() -> None:
    async with gateway() as engine, ticking(engine, 5_000):
        peer = await engine.join()
        await peer.hear_up_to(engine.market.last)
        peer.drop()
        engine.market.rounds(40_000)
        for _ in range(3):
            peer = await engine.resume(peer)
            for _ in range(3):
                await peer.hear_a(Ticks)
            assert not peer.all_of(Status)
            peer.drop()
        peer = await engine.resume(peer)
        await peer.hear_up_to(engine.market.last)
        assert peer.ledger.recovered is True
        assert peer.ledger.conflated == peer.ledger.missing == 0


@pytest.mark.parametrize(
    ("epoch", "seq", "recovered"),
    [
        ("this", 299, False),
        ("this", 300, True),
        ("this", 301, True),
        ("this", 400, True),
        ("this", 401, False),
        ("this", 2**60, False),
        ("this", 0, False),
        ("another", 350, False),
        ("", 350, False),
    ],
)
async def test_where_one_can_resume(epoch: str, seq: int, recovered: bool) -> None:
    async with gateway() as engine:
        ring = small_ring(engine, 100)
        engine.market.rounds(400)
        engine.market.look()
        assert ring.oldest == 301
        position = Position(engine.broadcaster._hub.epoch if epoch == "this" else epoch, seq)
        peer = await engine.join(ViewerHello(resume=position))
        assert peer.ledger.recovered is recovered
        assert bool(peer.all_of(SnapshotPart)) is not recovered
        assert peer.ledger.last == 400
        assert peer.ledger.got == (list(range(seq + 1, 401)) if recovered else [])
        engine.market.rounds(10)
        await peer.hear_up_to(410)


async def test_from_the_very_start() -> None:
    async with gateway() as engine:
        engine.market.rounds(50)
        position = Position(engine.broadcaster._hub.epoch, 0)
        peer = await engine.join(ViewerHello(resume=position))
        assert peer.ledger.got == list(range(1, 51))


async def test_one_that_reads_so_slowly_that_the_ring_runs_away_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(dialogue, "LOOK_AGAIN", 0.001)
    async with gateway() as engine:
        small_ring(engine, 20_000)
        engine.market.rounds(10)
        engine.market.look()
        peer = await engine.join()
        peer.drop()
        engine.market.rounds(15_000)
        peer = await engine.resume(peer, max_queue=1)
        peer.connection.transport.pause_reading()
        greeted = engine.broadcaster._hub
        await until(lambda: any(not v.live and v.position for v in greeted.attendance.viewers))
        for _ in range(10):
            engine.market.rounds(5_000)
            await asyncio.sleep(0)
        engine.market.look()
        peer.connection.transport.resume_reading()
        await peer.hear_up_to(engine.market.last)
        assert [hello.recovered for hello in peer.all_of(Hello)] == [True, False]
        assert peer.all_of(SnapshotPart)


@pytest.mark.parametrize("symbols", [None, ["S1"]])
async def test_a_hundred_at_once_stall_nobody(symbols: list[str] | None) -> None:
    """Each resumes 50,000 ticks; the loop must not be held for more than 50 ms at a time."""
    async with gateway() as engine:
        engine.market.rounds(50_000)
        engine.market.look()
        epoch = engine.broadcaster._hub.epoch
        connections = [await engine.dial(max_queue=1) for _ in range(100)]
        lags: list[float] = []

        async def measure() -> None:
            """Note the loop's own time: what others do on this machine is not its fault."""
            while True:
                before = time.thread_time()
                await asyncio.sleep(0)
                lags.append(time.thread_time() - before)

        async def drain(peer: Peer) -> int:
            """Count what comes without looking at it: the measured loop is this one too."""
            bytes_heard = 0
            with contextlib.suppress(ConnectionClosed):
                async with asyncio.timeout(30):
                    while (
                        b'"status"' not in (data := await peer.connection.recv(decode=False))[:20]
                    ):
                        bytes_heard += len(data)
            return bytes_heard

        async with asyncio.TaskGroup() as tasks:
            measuring = tasks.create_task(measure())
            peers = [Peer(connection, None) for connection in connections]  # type: ignore[arg-type]  # not used
            for peer in peers:
                await peer.say(ViewerHello(symbols=symbols, resume=Position(epoch, 0)))
            began = time.monotonic()
            heard = await asyncio.gather(*(drain(peer) for peer in peers))
            took = time.monotonic() - began
            measuring.cancel()
        assert min(heard) > (50_000 if symbols is None else 5_000) * 150
        print(f"100 resumed 50,000 ticks in {took:.1f} s, at most {max(lags):.3f} s at a time")
        assert max(lags) < 0.5  # all at once it is as long as the whole takes, seconds
        for connection in connections:
            connection.transport.abort()
