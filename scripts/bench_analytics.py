"""Measure `tickterm analytics`: `python scripts/bench_analytics.py`.

A Redis of its own, ticks of 5,000 symbols, all patterns and indicators on bars of a minute, with a
history that every study is warmed up from. The ticks' own time goes as fast as the rate demands.
Linux only: `/proc` tells the processor time.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random
from typing import NamedTuple

import click

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from redis.asyncio import Redis

from scripts.bench.figures import machine, table, verdict
from tests.analytics.listening import EventListener, listening
from tests.program import Headless, headless
from tests.redis_server import RedisServer, redis_server
from tests.waiting import until
from tickterm.analytics.bar_store import BarStore
from tickterm.market.bars import Bar
from tickterm.market.tick_stream import FIELD, partition_of, stream_names
from tickterm.market.ticks import TickData, encode
from tickterm.market.timeframe import Timeframe

STREAM = "tickstock:ticks"
CHANNEL = "tickstock:market:ticks"
FIRST = 1_704_465_000
"""2024-01-05 09:30 New York, seconds UTC."""
HISTORY = 40
"""Minutes before that in the table."""
MOST_CPU = 100e-6
"""Seconds of processor time for a tick at 10,000 ticks a second on one core."""
MOST_LAG = 10.0
QUIET = 6.0
"""Seconds without events after which a minute is taken to be over."""


class Figures(NamedTuple):
    """What one run showed; seconds."""

    ticks: int
    rate: float
    cpu: float
    burst: float
    """From the tick that closes a minute to the last event of it."""
    lag: float
    """The longest that was told."""
    behind: float
    """From the last tick fed to the last one handled."""
    memory: int
    """Bytes resident of all processes."""
    events: int


@click.command()
@click.option("--symbols", default=5_000, show_default=True)
@click.option("--rate", default=10_000, show_default=True, help="Ticks a second.")
@click.option("--seconds", default=70, show_default=True, help="Of the ticks' own time.")
@click.option("--processes", default=(1, 2), multiple=True, show_default=True)
@click.option("--channel", is_flag=True, help="Pub/Sub, one process, instead of the stream.")
def main(symbols: int, rate: int, seconds: int, processes: tuple[int, ...], channel: bool) -> None:
    """Print what a tick costs and how long a minute's end takes; exit code 1: too much."""
    print(machine())
    passed = True
    for count in (1,) if channel else processes:
        wanted = rate * 3 // 2 if count > 1 else rate
        figures = measure(symbols, wanted, seconds, count, channel)
        passed &= show(figures, count, wanted)
    raise SystemExit(not passed)


def show(figures: Figures, processes: int, wanted: int) -> bool:
    """Print one run; say whether it kept the promise."""
    each = figures.cpu / figures.ticks
    row = (
        str(processes),
        f"{figures.ticks:,}",
        f"{figures.rate:,.0f}",
        f"{each * 1e6:.1f}",
        f"{figures.burst:.2f}",
        f"{figures.lag:.2f}",
        f"{figures.behind:.2f}",
        f"{figures.memory / 2**20:.0f}",
        f"{figures.events:,}",
    )
    head = "processes ticks ticks/s us/tick burst_s lag_s behind_s MiB events".split()
    print(table(head, [row]))
    name = "one process keeps" if processes == 1 else f"{processes} processes keep"
    kept = each < MOST_CPU * processes and figures.lag < MOST_LAG and figures.behind < MOST_LAG
    return verdict(kept, f"{name} up with {wanted:,} ticks/s, {each * wanted:.2f} cores")


def measure(symbols: int, rate: int, seconds: int, processes: int, channel: bool) -> Figures:
    """Feed that many processes and look at them."""
    names = [f"S{number:04d}" for number in range(symbols)]
    partitions = 1 if processes == 1 else 2 * processes
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        asyncio.run(write_history(directory / "bars.db", names))
        redis = stack.enter_context(redis_server())
        ear = stack.enter_context(listening(redis.port))
        settings = {
            "REDIS_URL": redis.url,
            "TICKTERM_STREAM": "" if channel else STREAM,
            "TICKTERM_STREAM_PARTITIONS": partitions,
            "TICKTERM_TIMEFRAMES": "1min",
            "TICKTERM_BARS_URL": f"sqlite:///{directory / 'bars.db'}",
        }
        programs = [
            stack.enter_context(headless(directory, "analytics", **settings))
            for _ in range(processes)
        ]
        for program in programs:
            program.wait_for(f"working on {partitions // processes} of {partitions}", 30)
        if channel:
            programs[0].wait_for("listening to")
        return asyncio.run(watched(programs, redis, ear, names, rate, seconds, partitions, channel))


async def write_history(path: Path, names: Sequence[str]) -> None:
    """Fill the table with bars of the minutes before."""
    store = BarStore(f"sqlite:///{path}")
    await store.prepare()
    walk = Walk(names)
    for minute in range(-HISTORY, 0):
        start = (FIRST + 60 * minute) * 1000
        await store.write(
            Bar(name, Timeframe.M1, start, *walk.next(name), 100.0, 10_000.0, 1) for name in names
        )
    await store.close()


class Walk:
    """Prices that go up and down, so that there are patterns to be found."""

    def __init__(self, names: Sequence[str]) -> None:
        self._random = Random(7)  # noqa: S311 - no secret
        self._prices = {name: self._random.uniform(20, 200) for name in names}

    def next(self, name: str) -> tuple[float, float, float, float]:
        """Return open, high, low and close of the symbol's next bar, dollars."""
        before = self._prices[name]
        close = self._prices[name] = round(before + self._random.uniform(-0.1, 0.1), 2)
        reach = round(self._random.uniform(0, 0.05), 2)
        return before, max(before, close) + reach, min(before, close) - reach, close


async def watched(
    programs: Sequence[Headless],
    redis: RedisServer,
    ear: EventListener,
    names: Sequence[str],
    rate: int,
    seconds: int,
    partitions: int,
    channel: bool,
) -> Figures:
    """Feed, wait until all is handled, and return the figures."""
    client: Redis = Redis.from_url(redis.url, protocol=2)
    before = cpu(programs)
    began = time.monotonic()
    count, closing = await feed(client, names, rate, seconds, 0 if channel else partitions)
    fed = time.monotonic()
    burst = await settled(ear, closing)
    behind = 0.0 if channel else await read(client, partitions, fed)
    used = cpu(programs) - before
    await reported(ear, len(programs))
    await client.aclose()
    told = [health["lag_ms"] or 0.0 for health in ear.health()]
    return Figures(
        count,
        count / (fed - began),
        used,
        burst,
        max(told, default=0.0) / 1000,
        behind,
        sum(map(resident, programs)),
        ear.count(),
    )


async def feed(
    client: Redis, names: Sequence[str], rate: int, seconds: int, partitions: int
) -> tuple[int, float]:
    """Send all ticks, to the channel where there are no partitions.

    Returns how many they were, and when the last ones came that close a minute.
    """
    began = time.monotonic()
    count, closing = 0, 0.0
    for second, ticks in everything(names, seconds):
        if second % 60 == 4:
            closing = time.monotonic()
        for part in (ticks[at : at + 1_000] for at in range(0, len(ticks), 1_000)):
            await (append(client, part, count, partitions) if partitions else publish(client, part))
            count += len(part)
            await asyncio.sleep(max(0.0, began + count / rate - time.monotonic()))
    return count, closing


def everything(names: Sequence[str], seconds: int) -> Iterator[tuple[int, list[TickData]]]:
    """Yield each second and its ticks, one of every symbol."""
    walk = Walk(names)
    for second in range(seconds):
        ticks = []
        for name in names:
            prices = walk.next(name)
            head = (name, prices[3], 100, (FIRST + second) * 1000, "aggregate", "simulated")
            ticks.append(TickData(*head, *prices, 100))
        yield second, ticks


async def append(client: Redis, ticks: Sequence[TickData], count: int, partitions: int) -> None:
    """Append as the engine's mirror does."""
    streams = stream_names(STREAM, partitions)
    async with client.pipeline(transaction=False) as pipe:
        for number, tick in enumerate(ticks, count + 1):
            stream = streams[partition_of(tick.ticker, partitions)]
            words = ("MAXLEN", "~", 500_000 // partitions, f"1-{number}", FIELD, encode(tick))
            pipe.execute_command("XADD", stream, *words)
        await pipe.execute()


async def publish(client: Redis, ticks: Sequence[TickData]) -> None:
    """Publish as the engine does."""
    async with client.pipeline(transaction=False) as pipe:
        for tick in ticks:
            pipe.execute_command("PUBLISH", CHANNEL, encode(tick))
        await pipe.execute()


async def settled(ear: EventListener, closing: float) -> float:
    """Wait until no more events come; return when the last did, counted from `closing`."""
    began = time.monotonic()
    await until(lambda: time.monotonic() - max(began, ear.changed) >= QUIET, 60)
    return ear.changed - closing


async def reported(ear: EventListener, processes: int) -> None:
    """Wait until each process has told of its longest lag."""
    wanted = len(ear.health()) + processes
    await until(lambda: len(ear.health()) >= wanted, 15)


async def read(client: Redis, partitions: int, fed: float) -> float:
    """Return how long after the last tick was fed it was read, at most."""
    while True:
        groups = [await client.xinfo_groups(name) for name in stream_names(STREAM, partitions)]
        if not any(group["lag"] for found in groups for group in found):
            return max(0.0, time.monotonic() - fed - QUIET)
        await asyncio.sleep(0.1)


def cpu(programs: Sequence[Headless]) -> float:
    """Return the processor seconds that they have used."""
    used = 0
    for program in programs:
        stat = Path(f"/proc/{program.process.pid}/stat").read_text().rpartition(")")[2].split()
        used += int(stat[11]) + int(stat[12])
    return used / os.sysconf("SC_CLK_TCK")


def resident(program: Headless) -> int:
    """Return the bytes that it has in memory."""
    status = Path(f"/proc/{program.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


if __name__ == "__main__":
    main()
