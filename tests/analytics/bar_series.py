"""Series of bars for tests: made-up walks on a grid of cents, where ties are many."""

from __future__ import annotations

import gzip
import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import orjson

from tests.recordings import day_recording
from tickterm.market.bars import Bar, BarMaker
from tickterm.market.ticks import TickData
from tickterm.market.timeframe import Timeframe

MORNING = 1_704_445_200_000
"""2024-01-05 04:00 New York, the beginning of a session, ms UTC."""


def walk(count: int, seed: int = 1, symbol: str = "SPY", start: int = MORNING) -> list[Bar]:
    """Return bars of successive minutes."""
    dice = random.Random(seed)
    bars: list[Bar] = []
    middle = 10_000
    for number in range(count):
        first, last = middle + dice.randint(-2, 2), middle + dice.randint(-5, 5)
        high, low = max(first, last) + dice.randint(0, 5), min(first, last) - dice.randint(0, 5)
        prices = (first / 100, high / 100, low / 100, last / 100)
        volume = dice.randint(1, 1000)
        when = start + number * Timeframe.M1.ms
        turnover = volume * sum(prices[1:]) / 3
        bars.append(Bar(symbol, Timeframe.M1, when, *prices, volume, turnover, 30))
        middle = last
    return bars


def minutes(kind: str, directory: Path) -> dict[str, list[Bar]]:
    """Return a day's minutes by symbol: of a real day where it lies beside us, or made-up."""
    bars: dict[str, list[Bar]] = defaultdict(list)
    maker = BarMaker([Timeframe.M1])
    with gzip.open(day_recording(kind, directory, 9_000)) as lines:
        for line in lines:
            for event in orjson.loads(line):
                maker.take(_tick(event))
            for bar in maker.close(event["s"]):
                bars[bar.symbol].append(bar)
    for bar in maker.close(event["s"] + 10**7):
        bars[bar.symbol].append(bar)
    return bars


def _tick(event: dict[str, Any]) -> TickData:
    first, high, low, last, volume = (event[key] for key in ("o", "h", "l", "c", "v"))
    told = (event["sym"], last, volume, event["s"], "aggregate", "massive")
    return TickData(*told, first, high, low, last, volume)
