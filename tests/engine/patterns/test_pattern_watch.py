"""PatternWatch: its parts know the universe."""

from __future__ import annotations

import json

from tickterm.engine.patterns.board import OTHERS
from tickterm.engine.patterns.watch import PatternWatch
from tickterm.market.bars import Bar
from tickterm.market.redis_events import PATTERNS
from tickterm.market.timeframe import Timeframe


def test_the_universe_has_its_own_places_among_the_events() -> None:
    watch = PatternWatch("redis://127.0.0.1:1")
    watch.watch(["AAPL", "TLT"])
    symbols = [f"X{letter}" for letter in "ABCDEFGHIJKLMNOPQRST"] + ["AAPL", "TLT"]
    events = [{"symbol": symbol, "pattern": "Doji", "timestamp": 5} for symbol in symbols]
    watch._road.hear([(PATTERNS, json.dumps({"patterns": events}).encode())])
    shown = [event.symbol for event in watch.newest()]
    assert shown == [*symbols[: OTHERS.a_second], "AAPL", "TLT"]
    view = watch.view(0.0)
    assert (view.shown, view.flooded) == (len(shown), len(symbols) - len(shown))
    assert watch.of("AAPL") == watch.newest()[-2:-1]
    assert watch.of("XA") == ()


def test_when_time_begins_anew_all_is_found_and_told_again() -> None:
    watch = PatternWatch("redis://127.0.0.1:1")
    watch.watch(["AAPL"])
    watch._detector.heard(None, 1.0, 1.0)
    doji = Bar("AAPL", Timeframe.M1, 60_000, 10.0, 10.06, 9.97, 10.0, 500, 1.0, 60)
    for number in (1, 2):
        watch.take([doji])
        watch.take([doji])
        assert [event.number for event in watch.of("AAPL")] == [number]
        watch.begin_anew()
        assert watch.of("AAPL") == ()
    assert [event.number for event in watch.newest()] == [1, 2]
