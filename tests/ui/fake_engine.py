"""A FakeEngine with hand-made snapshots: no sockets, no clock of its own, everything repeatable."""

from __future__ import annotations

import dataclasses
import logging
import math
import random
import threading
from typing import Any

from msgspec import structs

from tickterm.market.alert_verbs import AlertVerbs
from tickterm.market.contract import AlertWish, Wish
from tickterm.market.redis_events import Direction
from tickterm.market.snapshot import (
    Attachment,
    Candle,
    ChannelCounts,
    Chart,
    DetectionView,
    Feed,
    LinkPhase,
    LinkView,
    Notice,
    PatternEvent,
    RedisView,
    Row,
    Snapshot,
    TickCounts,
    UniverseView,
    ViewersView,
)
from tickterm.market.timeframe import Timeframe
from tickterm.market.watch_verbs import WatchVerbs

__all__ = [
    "ATTACHED",
    "HOSTILE",
    "NOW",
    "READ_ONLY",
    "SYMBOLS",
    "WALL_MS",
    "FakeEngine",
    "hostile_snapshot",
    "make_chart",
    "make_event",
    "make_events",
    "make_marked_chart",
    "make_notices",
    "make_row",
    "make_rows",
    "make_snapshot",
    "tick",
]

NOW = 1_000.0
WALL_MS = 1_780_320_667_000
"""1 June 2026, 09:31:07 in New York."""

_PRICES = """
AAPL 227.52 MSFT 468.13 NVDA 141.98 AMZN 207.09 GOOGL 178.35 META 563.69 TSLA 352.56 BRK.B 474.2
AVGO 164.74 JPM 245.31 LLY 748.01 V 309.9 UNH 590.87 XOM 121.79 MA 520.5 COST 930.65 HD 408.25
PG 170.88 WMT 88.4 NFLX 897.79 JNJ 155.17 CRM 341.8 BAC 47 ORCL 192.29 ABBV 176.95 CVX 161.3
KO 63.92 MRK 99.18 AMD 138.35 PEP 158.62 ADBE 512.15 TMO 519.4 LIN 453.56 ACN 361.55 MCD 290.1
CSCO 58.51 ABT 116.78 IBM 222.97 GE 180.97 PM 129.9 DHR 235.8 TXN 203.31 QCOM 156.5 CAT 393.4
INTU 640.12 VZ 42.28 DIS 115.65 AMGN 294.87 NOW 1048.36 ISRG 548.2 GS 602.78 NEE 76.9 PFE 25.22
SPGI 512.6 RTX 119.3 UBER 71.51 CMCSA 43.47 LOW 265.98 T 23.12 HON 230.36 BRK.A 711020 SNDL 0.8312
SPY 595.51 QQQ 505.79 IWM 238.77 DIA 442.93 VTI 294.64 GLD 249.95 TLT 90.12 ARKK 54.3
""".split()
SYMBOLS = tuple(_PRICES[::2])


def make_row(symbol: str, price: float, **changes: Any) -> Row:
    """Return a row with a repeatable minute behind it, ticked 0.4 s before `NOW`."""
    dice = random.Random(symbol)
    drift = dice.uniform(-0.004, 0.004)
    wave = dice.uniform(3, 11)
    points = tuple(
        round(price * (1 + drift * (i - 59) / 60 + 0.0012 * math.sin(i / wave)), 4)
        for i in range(60)
    )
    row = Row(
        symbol=symbol,
        price=price,
        reference=round(price / (1 + dice.uniform(-0.018, 0.021)), 4),
        reference_is_open=True,
        volume=int(10 ** dice.uniform(4.2, 7.9)),
        direction=dice.choice((-1, 1, 1)),
        sparkline=(*points[:-1], price),
        timestamp=WALL_MS - 1_000,
        updated=NOW - 0.4,
        ticks=1_200,
    )
    return row._replace(**changes)


def make_rows() -> tuple[Row, ...]:
    """Return 70 rows: most fresh, some quiet for longer and longer, the last two never seen."""
    prices = map(float, _PRICES[1::2])
    rows = [make_row(symbol, price) for symbol, price in zip(SYMBOLS, prices, strict=True)]
    for index, seconds in ((9, 12), (14, 25), (21, 48), (27, 75), (33, 190), (40, 4000)):
        rows[index] = rows[index]._replace(updated=NOW - seconds)
    rows[5] = rows[5]._replace(reference_is_open=False)
    rows[12] = rows[12]._replace(direction=0, reference=rows[12].price)
    rows[13] = Row(rows[13].symbol)
    rows[-1] = Row(rows[-1].symbol)
    return tuple(rows)


def tick(row: Row, by: float, now: float = NOW) -> Row:
    """Return the row after a tick that moved the price by `by` dollars at `now`."""
    price = round((row.price or 0.0) + by, 4)
    return row._replace(
        price=price,
        direction=(by > 0) - (by < 0) or row.direction,
        sparkline=(*row.sparkline[-59:], price),
        timestamp=row.timestamp + 1_000,
        volume=row.volume + 100,
        updated=now,
        ticks=row.ticks + 1,
    )


_NOTICES = (
    (logging.INFO, "universe stock_etf_test:combo_test: 70 symbols"),
    (logging.INFO, "redis: nobody at localhost:6379, embedded Valkey started there"),
    (logging.INFO, "viewers: listening on ws://127.0.0.1:8765"),
    (logging.INFO, "feed: connecting to socket.massive.com"),
    (logging.INFO, "feed: connected, signing in"),
    (logging.INFO, "feed: authenticated"),
    (logging.INFO, "feed: subscribed to 70 symbols, 70 acknowledged"),
    (logging.WARNING, "feed: unknown event 'FMV' 3 times in the last second"),
    (logging.INFO, "viewers: 127.0.0.1:51320 joined"),
    (logging.ERROR, "redis: connection lost (Connection refused), ticks wait"),
    (logging.INFO, "redis: back after 3.2 s, 1,284 waiting ticks delivered in order"),
    (logging.DEBUG, "feed: status success: subscribed to: A.AAPL"),
)


def make_notices(count: int = len(_NOTICES), first: int = 1) -> tuple[Notice, ...]:
    """Return `count` notices numbered from `first`."""
    return tuple(
        Notice(number, WALL_MS - 60_000 + number * 3_000, *_NOTICES[(number - 1) % len(_NOTICES)])
        for number in range(first, first + count)
    )


_PATTERNS = (
    ("Doji", Direction.NEUTRAL, 0.62),
    ("Hammer", Direction.BULLISH, 0.85),
    ("Shooting_Star", Direction.BEARISH, 0.9),
    ("Engulfing", Direction.BULLISH, 1.0),
    ("Three_Black_Crows", Direction.BEARISH, 0.8),
)
THIS_MINUTE = WALL_MS - WALL_MS % 60_000


def make_event(number: int, symbol: str = "AAPL", **changes: Any) -> PatternEvent:
    """Return an event of a minute's bar, the kinds of pattern in turn, heard of at `WALL_MS`."""
    pattern, direction, confidence = _PATTERNS[number % len(_PATTERNS)]
    event = PatternEvent(
        number=number,
        wall_ms=WALL_MS,
        symbol=symbol,
        pattern=pattern,
        confidence=confidence,
        direction=direction,
        timestamp=THIS_MINUTE - 60_000,
        timeframe="1min",
        source="analytics",
        price=227.52,
    )
    return structs.replace(event, **changes)


def make_events(count: int, first: int = 1) -> tuple[PatternEvent, ...]:
    """Return events numbered from `first`, of one symbol after the other."""
    return tuple(
        make_event(number, SYMBOLS[number % len(SYMBOLS)]) for number in range(first, first + count)
    )


def make_chart(
    symbol: str = "AAPL", timeframe: Timeframe = Timeframe.M1, count: int = 120
) -> Chart:
    """Return candles up to the present one, the newest at the price of `make_rows`."""
    dice = random.Random(symbol)
    close = float(_PRICES[_PRICES.index(symbol) + 1]) if symbol in _PRICES else 100.0
    start = WALL_MS - WALL_MS % timeframe.ms
    candles = []
    for back in range(count):
        low, opened, high = sorted(close * (1 + dice.gauss(0, 0.0012)) for _ in range(3))
        low, high = min(low, close), max(high, close)
        volume = int(10 ** dice.uniform(3.2, 4.8))
        candles.append(Candle(start - back * timeframe.ms, opened, high, low, close, volume))
        close = round(opened, 2)
    return Chart(symbol, timeframe, tuple(reversed(candles)))


def make_marked_chart(symbol: str = "AAPL") -> Chart:
    """Return the chart with a pattern on every eighth candle, the kinds in turn."""
    chart = make_chart(symbol)
    marked = enumerate(chart.candles[7::8], 1)
    events = (make_event(number, symbol, timestamp=candle.start) for number, candle in marked)
    return dataclasses.replace(chart, events=tuple(events))


def make_snapshot(**changes: Any) -> Snapshot:
    """Return a live snapshot at `NOW`, with `changes` to its fields."""
    channels = {
        name: ChannelCounts(offered=1_284_311, accepted=1_284_311)
        for name in ("tickstock.data.raw", "tickstock:market:ticks")
    }
    snapshot = Snapshot(
        now=NOW,
        wall_ms=WALL_MS,
        started=NOW - 752,
        rows=make_rows(),
        link=LinkView(
            phase=LinkPhase.UP,
            since=NOW - 751,
            feed=Feed.LIVE,
            host="socket.massive.com",
            connections=1,
            asked=70,
            acknowledged=70,
        ),
        counts=TickCounts(
            frames=752,
            elements=1_284_390,
            ticks=1_284_311,
            statuses=79,
            rate=68.0,
            loop_lag_p99=0.00031,
        ),
        redis=RedisView(
            up=True,
            since=NOW - 750,
            where="127.0.0.1:6379",
            embedded=True,
            channels=channels,
            p99=0.0011,
        ),
        viewers=ViewersView(listening=True, where="127.0.0.1:8765", viewers=2),
        universe=UniverseView(name="stock_etf_test:combo_test", size=len(SYMBOLS)),
        notices=make_notices(),
        detection=DetectionView(
            listening=True, since=NOW - 750, heartbeat_at=NOW - 3.5, health="healthy"
        ),
    )
    return dataclasses.replace(snapshot, **changes)


ATTACHED = Attachment("gw.example.com:8765", connected=True, pid=4711, control=True)
READ_ONLY = dataclasses.replace(ATTACHED, control=False)

HOSTILE = "\x1b]0;owned\x07[/red][@click=app.quit]x\x9b31m\u202e\x00\n名前"


def hostile_snapshot(phase: LinkPhase) -> Snapshot:
    """Return a snapshot in which every text is hostile, as if no one had cleaned it."""
    snapshot = make_snapshot()
    return dataclasses.replace(
        snapshot,
        rows=(make_row(HOSTILE, 10.0), Row(HOSTILE), Row(HOSTILE[::-1]), *snapshot.rows),
        link=LinkView(phase=phase, host=HOSTILE, reason=HOSTILE, attempt=1),
        redis=RedisView(reason=HOSTILE, where=HOSTILE),
        viewers=ViewersView(reason=HOSTILE),
        universe=UniverseView(name=HOSTILE, size=3, error=HOSTILE),
        notices=tuple(Notice(n, WALL_MS, logging.ERROR, HOSTILE) for n in (1, 2, 5)),
        patterns=tuple(
            make_event(n, HOSTILE, pattern=HOSTILE, timeframe=HOSTILE, source=HOSTILE)
            for n in (1, 2, 5)
        ),
        detection=DetectionView(fallback=True, reason=HOSTILE, health=HOSTILE, gaps=2),
    )


class FakeEngine(WatchVerbs, AlertVerbs):
    """Serves whatever snapshot it is given; counts the verbs."""

    def __init__(
        self, snapshot: Snapshot | None = None, error: BaseException | None = None
    ) -> None:
        self.current = snapshot or make_snapshot()
        self.stops = 0
        self.reconnects = 0
        self.charts: list[tuple[str | None, Timeframe]] = []
        self.wishes: list[Wish | AlertWish] = []
        self.running = threading.Event()
        self.ended = threading.Event()
        self._stop = threading.Event()
        self._error = error

    def run(self) -> None:
        """Wait for `stop`, or raise the error given."""
        self.running.set()
        try:
            if self._error is not None:
                raise self._error
            self._stop.wait()
        finally:
            self.ended.set()

    def finish(self) -> None:
        """Let `run` return although nobody asked."""
        self._stop.set()

    def stop(self) -> None:
        """Count and end."""
        self.stops += 1
        self._stop.set()

    def reconnect(self) -> None:
        """Count."""
        self.reconnects += 1

    def watch_chart(self, symbol: str | None, timeframe: Timeframe) -> None:
        """Note what was asked for."""
        self.charts.append((symbol, timeframe))

    def wish(self, *wishes: Wish | AlertWish) -> None:
        """Note what was asked for."""
        self.wishes += wishes

    def snapshot(self) -> Snapshot:
        """Return the present snapshot."""
        return self.current

    def change(self, **changes: Any) -> Snapshot:
        """Replace fields of the snapshot; return the new one."""
        self.current = dataclasses.replace(self.current, **changes)
        return self.current

    def replace_row(self, index: int, row: Row) -> Snapshot:
        """Replace one row."""
        rows = list(self.current.rows)
        rows[index] = row
        return self.change(rows=tuple(rows))
