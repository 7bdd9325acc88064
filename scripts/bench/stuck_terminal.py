"""A terminal that stops reading: what it costs the feed, and how soon its screen is right again."""

from __future__ import annotations

import math
import os
import re
import tempfile
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import orjson

from scripts.bench.engine import process
from scripts.bench.feeder import KEY, names, wide_feeder
from scripts.bench.figures import machine, verdict
from tests.ports import free_port
from tests.program import Terminal, metric_of, terminal
from tests.redis_server import redis_server, subscriber
from tickterm.backends.redis_link import CHANNELS

__all__ = ["StuckTerminal", "measure_stuck_terminal", "watch_stuck_terminal"]

RATE, FRAMES, SYMBOLS = 2_000, 10, 200
SIZE = (200, 50)
RIGHT_AFTER = 1.0
"""Seconds from the first read until the screen must be right."""
WATCHED = 10.0
"""Seconds for which it is looked at."""
_SHOWN = re.compile(rf"\b({names(1)[0]})\b\D*?([\d,]+\.\d+)")
"""The first symbol and its price, in a tile or a line of the table."""


class StuckTerminal(NamedTuple):
    """What came of a terminal that was stuck."""

    ticks: int
    """That reached Redis while it was."""
    missing: int
    """Of the whole run, those that never came."""
    losses: int
    """Times that the link was lost."""
    right_after: float
    """Seconds from the first read until what was shown was what had just come."""


def measure_stuck_terminal(seconds: float) -> bool:
    """Let a terminal be stuck for so many seconds; say whether all promises hold."""
    print(machine())
    with tempfile.TemporaryDirectory() as directory:
        found = watch_stuck_terminal(Path(directory), seconds)
    print(f"{found.ticks:,} ticks while it was stuck for {seconds:g} s\n")
    return all(
        [
            verdict(found.missing == 0, f"{found.missing} ticks missing on Redis"),
            verdict(found.losses == 0, f"{found.losses} times the link was lost"),
            verdict(
                found.right_after <= RIGHT_AFTER,
                f"the screen was right {found.right_after:.2f} s after it was read again",
            ),
        ]
    )


def watch_stuck_terminal(directory: Path, seconds: float) -> StuckTerminal:
    """Let the terminal of a real program be stuck for `seconds`, under a load that goes on."""
    port = free_port()
    with process(wide_feeder, RATE, FRAMES, SYMBOLS) as told, redis_server() as redis:
        settings = {
            "MASSIVE_WEBSOCKET_URL": f"ws://127.0.0.1:{told.recv()}/stocks",
            "MASSIVE_API_KEY": KEY,
            "REDIS_URL": redis.url,
            "TICKTERM_PORT": port,
        }
        arguments = ("--symbols", ",".join(names(SYMBOLS)))
        with (
            subscriber(redis.port) as heard,
            terminal(directory, *arguments, size=SIZE, settings=settings) as screen,
        ):
            screen.wait_until(lambda shown: "redis up" in shown and _SHOWN.search(shown))
            messages = heard.messages[CHANNELS[0]]
            before = len(messages)
            heard.wait_for(before + int(RATE * seconds), seconds * 3)
            ticks = len(messages) - before
            right_after = _read_until_right(screen, messages)
            losses = int(metric_of(port, "tickterm_link_losses_total"))
        return StuckTerminal(ticks, _missing(messages), losses, right_after)


def _read_until_right(screen: Terminal, messages: Sequence[bytes]) -> float:
    """Read for a while, then draw what came: drawing takes longer than reading."""
    pieces: list[tuple[float, int, bytes]] = []
    began = time.monotonic()
    while (passed := time.monotonic() - began) < WATCHED:
        pieces.append((passed, len(messages), os.read(screen.descriptor, 1 << 16)))
    for passed, count, data in pieces:
        screen.draw(data)
        if _is_right(screen.shown(), messages[max(0, count - RATE) : count]):
            return passed
    return math.inf


def _is_right(shown: str, messages: Sequence[bytes]) -> bool:
    """Say whether the price shown is one of these, and nothing is said to be wrong."""
    found = _SHOWN.search(shown)
    if found is None or "NO ANSWER" in shown or "NO ENGINE" in shown:
        return False
    ticks = (orjson.loads(message) for message in messages)
    prices = {tick["price"] for tick in ticks if tick["ticker"] == found[1]}
    return float(found[2].replace(",", "")) in prices


def _missing(messages: Sequence[bytes]) -> int:
    """Return how many of the feed's numbers are left out between the first and the last."""
    numbers = [orjson.loads(message)["volume"] for message in messages]
    return sum(later - earlier - 1 for earlier, later in pairwise(numbers))
