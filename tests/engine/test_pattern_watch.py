"""PatternWatch: its parts know the universe."""

from __future__ import annotations

import json

from tickterm.engine.pattern_board import OTHERS
from tickterm.engine.pattern_watch import PatternWatch
from tickterm.market.redis_events import PATTERNS


def test_the_universe_has_its_own_places_among_the_events() -> None:
    watch = PatternWatch("redis://127.0.0.1:1")
    watch.watch(["AAPL", "TLT"])
    symbols = [f"X{letter}" for letter in "ABCDEFGHIJKLMNOPQRST"] + ["AAPL", "TLT"]
    events = [{"symbol": symbol, "pattern": "Doji", "timestamp": 5} for symbol in symbols]
    watch._road.hear([(PATTERNS, json.dumps({"patterns": events}).encode())])
    shown = [event.symbol for event in watch.newest()]
    assert shown == [*symbols[: OTHERS.a_second], "AAPL", "TLT"]
    assert watch.view(0.0).shown == len(symbols), "what is not kept is counted"
    assert watch.of("AAPL") == watch.newest()[-2:-1]
    assert watch.of("XA") == ()
