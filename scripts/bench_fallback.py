"""Measure the fallback's own rules for patterns: `python scripts/bench_fallback.py`.

Simulated minutes of a made-up market, a tick a second of each symbol; only the processor's time
of this process counts.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import process_time
from typing import NamedTuple

import click

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.bench.figures import machine, table, verdict
from tickterm.engine.patterns.fallback_pattern_detector import FallbackPatternDetector
from tickterm.market.bars import GRACE, BarMaker
from tickterm.market.ticks import TickData
from tickterm.market.timeframe import Timeframe

PROMISE = 1.0
"""Microseconds a tick, for bars and rules together."""
START = 1_704_465_000_000
"""2024-01-05 09:30 New York, ms UTC."""
MINUTE = Timeframe.M1.ms


class Cost(NamedTuple):
    """Microseconds a tick, and what came of it."""

    bars: float
    rules: float
    both: float
    patterns: float
    """Detections an hour and symbol."""


@click.command()
@click.option("--symbols", default=500, show_default=True)
@click.option("--minutes", default=10, show_default=True, help="Simulated minutes a round.")
@click.option("--rounds", default=5, show_default=True)
def main(symbols: int, minutes: int, rounds: int) -> None:
    """Measure what a tick costs; exit code 1 where the promise is not kept."""
    print(f"{machine()}\n{symbols} symbols, a tick a second each, {minutes} minutes a round\n")
    costs = [measure(symbols, minutes, seed) for seed in range(rounds)]
    rows = [[str(number), *map("{:.3f}".format, cost)] for number, cost in enumerate(costs, 1)]
    middle = Cost(*map(median, zip(*costs, strict=True)))
    rows.append(["median", *map("{:.3f}".format, middle)])
    print(table(["us a tick", "(a) bars", "(b) rules", "(c) both", "patterns/symbol/h"], rows))
    promise = f"(c) {middle.both:.3f} us a tick, at most {PROMISE:g} us"
    raise SystemExit(not verdict(middle.both <= PROMISE, promise))


def measure(symbols: int, minutes: int, seed: int) -> Cost:
    """Return what bars and rules cost in one round."""
    maker = BarMaker([Timeframe.M1])
    detector = FallbackPatternDetector()
    detector.heard(None, 0.0, 0.0)
    bars = rules = 0.0
    ticks = found = 0
    for number, minute in enumerate(market(symbols, minutes, seed), 1):
        began = process_time()
        for tick in minute:
            maker.take(tick)
        closed = maker.close(START + number * MINUTE + GRACE)
        made = process_time()
        found += len(detector.take(closed))
        bars += made - began
        rules += process_time() - made
        ticks += len(minute)
    each = 1e6 / ticks
    return Cost(bars * each, rules * each, (bars + rules) * each, found / symbols / minutes * 60)


def market(symbols: int, minutes: int, seed: int) -> Iterator[list[TickData]]:
    """Yield the ticks of each minute, second by second: prices wander in cents."""
    chance = random.Random(seed)  # noqa: S311 - a made-up market, no secret
    cents = {f"SYM{number}": 5_000 + 10 * number for number in range(symbols)}
    for minute in range(minutes):
        ticks = []
        for second in range(60):
            for symbol, before in cents.items():
                after = cents[symbol] = before + chance.choice((-1, 0, 0, 1))
                at = START + minute * MINUTE + second * 1000
                ticks.append(tick_of(symbol, before, after, chance.randrange(1, 400), at))
        yield ticks


def tick_of(symbol: str, before: int, after: int, volume: int, at: int) -> TickData:
    """Return the tick of one second, from prices in cents."""
    low, high = sorted((before / 100, after / 100))
    price = after / 100
    return TickData(
        symbol,
        price,
        volume,
        at,
        "aggregate",
        "simulated",
        before / 100,
        high,
        low,
        price,
        volume,
    )


if __name__ == "__main__":
    main()
