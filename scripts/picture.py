"""Draw the pictures of the README into a directory: `python scripts/picture.py docs`.

The same three quarters of an hour of the simulated market each time, so that the pictures only
change when the screen does.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tickterm.engine.patterns.board import PatternBoard
from tickterm.engine.patterns.fallback_pattern_detector import FallbackPatternDetector
from tickterm.market.alert_verbs import AlertVerbs
from tickterm.market.bars import Bar, BarMaker
from tickterm.market.contract import AlertWish, Wish
from tickterm.market.events import EVENTS
from tickterm.market.pattern_reader import report_of
from tickterm.market.seeds import COMBO_TEST
from tickterm.market.snapshot import (
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
    TapeTick,
    TickCounts,
    UniverseView,
    ViewersView,
)
from tickterm.market.state import MarketState
from tickterm.market.ticks import TickData
from tickterm.market.timeframe import Timeframe
from tickterm.market.watch_verbs import WatchVerbs
from tickterm.simulator.market import Market
from tickterm.ui.app import TickTermApp
from tickterm.ui.preferences import Preferences

SIZE = (150, 42)
LOOKED_AT = "AAPL"
START = int(datetime(2026, 6, 1, 13, 30, tzinfo=UTC).timestamp())
SECONDS = 46 * 60
STARTED = 0.4
"""Engine time of the start; a snapshot that has none is not yet one of a running engine."""
LINES = (
    (0, "universe stock_etf_test:combo_test: 70 symbols"),
    (0, "viewers: ws://127.0.0.1:8765"),
    (0, "status connected: Connected Successfully"),
    (0, "status auth_success: authenticated"),
    (0, "link up: 127.0.0.1:35831, 70 symbols asked for"),
    (0, "embedded redis started on 127.0.0.1:6379"),
    (0, "redis up: 127.0.0.1:6379, 70 ticks waiting"),
    (1, "subscribed to 70 symbols"),
)
"""What the program writes when it starts with `--demo`."""


class StillEngine(WatchVerbs, AlertVerbs):
    """An engine that does nothing but show one snapshot."""

    def __init__(self) -> None:
        self.current = Snapshot()
        self._stopped = threading.Event()

    def run(self) -> None:
        """Wait for the end."""
        self._stopped.wait()

    def stop(self) -> None:
        """End."""
        self._stopped.set()

    def reconnect(self) -> None:
        """There is no link."""

    def watch_chart(self, symbol: str | None, timeframe: Timeframe) -> None:
        """There are no candles."""

    def wish(self, *wishes: Wish | AlertWish) -> None:
        """There is nobody who could do it."""

    def snapshot(self) -> Snapshot:
        """Return the snapshot of the moment."""
        return self.current


class Picture(NamedTuple):
    """A picture of the README."""

    name: str
    keys: tuple[str, ...] = ()
    """What is pressed before it is drawn."""
    theme: str = "tickterm"


PICTURES = (
    Picture("screen"),
    Picture("table", ("v", "s", "s")),
    Picture("chart", ("enter", *["left"] * 21), "tickterm-light"),
)


class Moment(NamedTuple):
    """What the market has come to."""

    rows: tuple[Row, ...]
    patterns: tuple[PatternEvent, ...]
    ticks: int
    chart: Chart | None = None


def market() -> tuple[Moment, Moment]:
    """Return the moment a second before the picture, and that of the picture."""
    state, prices, ticks = MarketState(COMBO_TEST), Market(seed=7), 0
    maker, detector, board = BarMaker([Timeframe.M1]), FallbackPatternDetector(), PatternBoard()
    detector.is_active = True
    closely, bars, tape = BarMaker([Timeframe.M1]), list[Bar](), list[TapeTick]()
    before = after = Moment((), (), 0)
    for second in range(SECONDS):
        for bar in prices.bars(COMBO_TEST, START + second):
            tick = EVENTS["A"](bar, "simulated")
            state.apply(tick, float(second))
            maker.take(tick)
            ticks += 1
            if tick.ticker == LOOKED_AT:
                closely.take(tick)
                tape.append(tape_tick(ticks, tick))
        now = (START + second) * 1000
        for detection in detector.take(maker.close(now)):
            board.add(report_of(detection, "fallback"), second, now)
        bars += closely.close(now)
        before, after = after, Moment(state.freeze(), board.newest(), ticks)
    bars += closely.close((START + SECONDS + 60) * 1000)
    events = tuple(event for event in after.patterns if event.symbol == LOOKED_AT)
    chart = Chart(LOOKED_AT, Timeframe.M1, tuple(map(candle, bars)), events, tuple(tape[-60:]))
    return before._replace(chart=chart), after._replace(chart=chart)


def candle(bar: Bar) -> Candle:
    """Return a bar as charts have it."""
    return Candle(bar.start, bar.open, bar.high, bar.low, bar.close, bar.volume)


def tape_tick(number: int, tick: TickData) -> TapeTick:
    """Return a tick as the tape has it."""
    low, high = tick.tick_low, tick.tick_high
    return TapeTick(number, tick.timestamp, tick.price, low, high, tick.volume)


def snapshot(moment: Moment, now: float) -> Snapshot:
    """Return a healthy engine `now` seconds after the start."""
    wall_ms = int((START + now) * 1000)
    channels = {"tickstock.data.raw": ChannelCounts(offered=moment.ticks, accepted=moment.ticks)}
    notices = [
        Notice(number, (START + second) * 1000, logging.INFO, text)
        for number, (second, text) in enumerate(LINES, 1)
    ]
    return Snapshot(
        now=now,
        wall_ms=wall_ms,
        started=STARTED,
        rows=moment.rows,
        link=LinkView(phase=LinkPhase.UP, since=STARTED, feed=Feed.SIMULATED),
        counts=TickCounts(ticks=moment.ticks, rate=64.0, loop_lag_p99=0.00018),
        redis=RedisView(up=True, embedded=True, channels=channels, p99=0.00074),
        viewers=ViewersView(listening=True, viewers=2),
        universe=UniverseView(name="stock_etf_test:combo_test", size=len(COMBO_TEST)),
        notices=tuple(notices),
        patterns=moment.patterns,
        chart=moment.chart,
        detection=DetectionView(
            listening=True, since=STARTED, fallback=True, fallback_since=STARTED
        ),
    )


async def draw(picture: Picture, before: Moment, after: Moment) -> str:
    """Return a picture as SVG, just after a second's bars came in."""
    engine = StillEngine()
    engine.current = snapshot(before, SECONDS - 1.9)
    preferences = Preferences(fps=0.001, theme=picture.theme)
    app = TickTermApp(engine, preferences, clock=lambda: 0.0)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        app.look()
        await pilot.press(*picture.keys)
        app.look()
        engine.current = snapshot(after, SECONDS - 0.9)
        app.look()
        await pilot.pause()
        return portable(app.export_screenshot(title="tickterm --demo"))


def portable(svg: str) -> str:
    """Return the SVG with the fonts of the reader's machine instead of downloaded ones."""
    svg = re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    fonts = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
    return re.sub(r"font-family: [^;]+;", f"font-family: {fonts};", svg)


def main(directory: Path) -> None:
    """Write the pictures."""
    os.environ["TZ"] = "America/New_York"
    time.tzset()
    moments = market()
    for picture in PICTURES:
        svg = asyncio.run(draw(picture, *moments))
        (directory / f"{picture.name}.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: python scripts/picture.py docs")
    main(Path(sys.argv[1]))
