"""Every kind of alert on a generated recording, through the whole program: once, or not at all.

Each kind has a symbol on which its condition comes true once, and others that only come near.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import orjson
import pytest
from msgspec.structs import replace

from tests.program import headless
from tests.redis_server import redis_server, subscriber
from tickterm.engine.alerts.file import ALERTS_FILES, Change, merge
from tickterm.market.alerts import AlertRule
from tickterm.market.redis_events import ALERTS
from tickterm.market.snapshot import Feed

START = 1_704_465_000
"""2024-01-05 09:30 New York, seconds UTC."""
SECONDS = 24 * 60
EVENT = 22 * 60
"""When it happens: volumes need minutes to compare with."""

Told = tuple[Sequence[dict[str, str]], list[tuple[str | None, ...]]]

Prices = Mapping[int, float]
"""Second -> the price from then on."""

RULES = {
    "> 230": ("ABOVE", "ABTOUCH", "ABBEYOND"),
    "< 220": ("BELOW", "BETOUCH"),
    "move 2% 60s": ("MOVEUP", "MOVEDOWN", "MVLESS", "MVSLOW"),
    "volume x3 1m": ("VOLUME", "VOLESS"),
    "stale 60s": ("STALE", "STLESS"),
}
FIRE = {"ABOVE", "BELOW", "MOVEUP", "MOVEDOWN", "VOLUME", "STALE"}
PRICES: Mapping[str, Prices] = {
    "ABOVE": {0: 229, EVENT: 230.01},
    "ABTOUCH": {0: 229, EVENT: 230, EVENT + 1: 229},
    "ABBEYOND": {0: 231, EVENT: 232},
    "BELOW": {0: 221, EVENT: 219.99},
    "BETOUCH": {0: 221, EVENT: 220, EVENT + 1: 221},
    "MOVEUP": {0: 100, EVENT: 101, EVENT + 59: 102},
    "MOVEDOWN": {0: 100, EVENT: 98},
    "MVLESS": {0: 100, EVENT: 101.99},
    # The last second at 100 is EVENT - 1; 61 seconds after it the move is complete.
    "MVSLOW": {0: 100, EVENT: 101, EVENT + 60: 102},
}
SHARES = {"VOLUME": 12_100, "VOLESS": 11_500}
"""In one second; with 59 of 100 they make 3 and 2.9 times the 6,000 of a minute."""
SILENT = {"STALE": 62, "STLESS": 59}
"""Seconds."""
LOGGED = re.compile(r"alert: (.+?)(?:; and (\d+) others: see the list of alerts)?")
"""One line for those of a moment, if they are many."""
SYMBOLS = [symbol for symbols in RULES.values() for symbol in symbols]


def price_of(symbol: str, second: int) -> float:
    prices = PRICES.get(symbol, {0: 50.0})
    return prices[max(since for since in prices if since <= second)]


def bar(symbol: str, second: int) -> dict[str, object]:
    price = price_of(symbol, second)
    shares = SHARES.get(symbol, 100) if second == EVENT else 100
    start = (START + second) * 1000
    prices = dict.fromkeys(("o", "h", "l", "c"), price)
    return {"ev": "A", "sym": symbol, "v": shares, "s": start, "e": start + 1000, **prices}


def is_silent(symbol: str, second: int) -> bool:
    return 0 < second - EVENT < SILENT.get(symbol, 0)


def write_recording(path: Path) -> None:
    with path.open("wb") as file:
        for second in range(SECONDS):
            frame = [bar(symbol, second) for symbol in SYMBOLS if not is_silent(symbol, second)]
            file.write(orjson.dumps(frame) + b"\n")


def write_rules(directory: Path) -> None:
    texts = [f"{symbol} {rule}" for rule, symbols in RULES.items() for symbol in symbols]
    rules = [replace(AlertRule.parse(text), id=n) for n, text in enumerate(texts, 1)]
    merge(directory / ALERTS_FILES[Feed.REPLAY], Change(added=rules))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Replay it once; return what came on the channel, and what the log says."""
    directory = tmp_path_factory.mktemp("alerts")
    write_recording(directory / "day.jsonl")
    write_rules(directory)
    flags = ("--replay", "day.jsonl", "--speed", "0", "--symbols", ",".join(SYMBOLS))
    with redis_server() as redis, subscriber(redis.port, (ALERTS,)) as channel:
        with headless(directory, "--headless", *flags, REDIS_URL=redis.url) as program:
            assert program.process.wait(60) == 0, program.lines[-5:]
        texts = [each["message"] for each in program.messages()]
        assert channel.wait_for(len(FIRE))
        messages = [json.loads(message) for message in channel.messages[ALERTS]]
    kept = merge(directory / ALERTS_FILES[Feed.REPLAY]).fired
    assert [each.text for each in kept] == [each["text"] for each in messages]
    return messages, [found.groups() for text in texts if (found := LOGGED.fullmatch(text))]


def test_each_condition_fires_once_and_no_near_miss(
    told: Told,
) -> None:
    messages, lines = told
    assert Counter(each["symbol"] for each in messages) == dict.fromkeys(FIRE, 1)
    assert sum(1 + int(others or 0) for _, others in lines) == len(FIRE)
    assert {text for text, _ in lines} <= {each["text"] for each in messages}


def test_what_is_told(told: Told) -> None:
    by_symbol = {each["symbol"]: each for each in told[0]}
    assert {symbol: each["text"] for symbol, each in by_symbol.items()} == {
        "ABOVE": "ABOVE 230.01: above 230.00",
        "BELOW": "BELOW 219.99: below 220.00",
        "MOVEUP": "MOVEUP up 2.00%: 100.00 to 102.00 within 1m",
        "MOVEDOWN": "MOVEDOWN down 2.00%: 100.00 to 98.00 within 1m",
        "VOLUME": "VOLUME volume x3.0: 18,000 shares within 1m, 6,000 on average",
        "STALE": "STALE silent for 1m",
    }
    assert by_symbol["ABOVE"]["condition"] == "ABOVE > 230"
    assert {each["source"] for each in told[0]} == {"replay"}
