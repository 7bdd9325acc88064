"""What a recording must lead to, computed straight from its frames: no code of bars or studies."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from math import isclose
from pathlib import Path
from typing import Any, NamedTuple

import numpy
import talib

from tests.analytics.listening import Event
from tickterm.analytics.talib_patterns import PATTERNS
from tickterm.market.ticks import TickData

MS = {"1min": 60_000, "5min": 300_000, "15min": 900_000, "1h": 3_600_000}


class Candle(NamedTuple):
    """One bar: dollars and shares."""

    start: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    turnover: float
    seconds: int


Candles = dict[tuple[str, str], list[Candle]]
"""By symbol and timeframe, oldest first."""


def frames(recording: Path) -> list[dict[str, Any]]:
    """Return every bar of a recording, in its order."""
    with gzip.open(recording) as lines:
        return [bar for line in lines for bar in json.loads(line)]


def ticks(recording: Path) -> list[TickData]:
    """Return them as the engine publishes them."""
    return [
        TickData(
            b["sym"], b["c"], b["v"], b["s"], "aggregate", "replay",
            b["o"], b["h"], b["l"], b["c"], b["v"],
        )
        for b in frames(recording)
    ]  # fmt: skip


def candles(bars: Iterable[Mapping[str, Any]]) -> Candles:
    """Return the candles of all timeframes but the day; of a second the newest version counts."""
    seconds = {(bar["sym"], bar["s"]): bar for bar in bars}
    periods: dict[tuple[str, str, int], list[Mapping[str, Any]]] = defaultdict(list)
    for (symbol, second), bar in sorted(seconds.items(), key=lambda item: item[0]):
        for timeframe, ms in MS.items():
            periods[symbol, timeframe, second // ms * ms].append(bar)
    found: Candles = defaultdict(list)
    for (symbol, timeframe, start), parts in sorted(periods.items(), key=lambda item: item[0]):
        found[symbol, timeframe].append(_candle(start, parts))
    return found


def _candle(start: int, parts: list[Mapping[str, Any]]) -> Candle:
    return Candle(
        start,
        parts[0]["o"],
        max(p["h"] for p in parts),
        min(p["l"] for p in parts),
        parts[-1]["c"],
        sum(p["v"] for p in parts),
        sum(p["v"] * (p["h"] + p["l"] + p["c"]) / 3 for p in parts),
        len(parts),
    )


def events(found: Candles) -> Counter[Event]:
    """Return what TA-Lib's batch functions find on them."""
    counted: Counter[Event] = Counter()
    for (symbol, timeframe), bars in found.items():
        columns = numpy.array([bar[1:5] for bar in bars], float).T.copy()
        for pattern in PATTERNS:
            values = getattr(talib, pattern.function)(*columns)
            for index in numpy.flatnonzero(values):
                counted[symbol, pattern.name, timeframe, bars[index].start] += 1
    return counted


def without_last(found: Candles, end: int) -> Candles:
    """Return the candles that had closed by `end`, ms UTC."""
    return {
        key: [bar for bar in bars if bar.start + MS[key[1]] <= end] for key, bars in found.items()
    }


def stored(path: Path) -> Candles:
    """Return the bars of a SQLite file, all but days; each must be complete."""
    columns = "symbol, timeframe, start, open, high, low, close, volume, turnover, seconds"
    with sqlite3.connect(path) as database:
        rows = database.execute(f"SELECT {columns} FROM tickterm_bars ORDER BY start").fetchall()
        torn = database.execute("SELECT count(*) FROM tickterm_bars WHERE NOT complete").fetchone()
    database.close()
    assert torn == (0,)
    found: Candles = defaultdict(list)
    for symbol, timeframe, *values in rows:
        if timeframe in MS:
            found[symbol, timeframe].append(Candle(*values))
    return found


def assert_same(found: Candles, wanted: Candles) -> None:
    """Compare field for field; turnover to the last digits, whose order of adding is free."""
    present = {key: bars for key, bars in wanted.items() if bars}
    assert found.keys() == present.keys()
    for key, bars in present.items():
        assert [bar.start for bar in found[key]] == [bar.start for bar in bars], key
        for ours, theirs in zip(found[key], bars, strict=True):
            assert ours._replace(turnover=0) == theirs._replace(turnover=0), (key, ours, theirs)
            assert isclose(ours.turnover, theirs.turnover, rel_tol=1e-12)
