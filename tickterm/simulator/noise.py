"""Faults of content: what they make of the data frames of one connection."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import cycle
from typing import Any, NamedTuple

import orjson

from tickterm.simulator.control import status
from tickterm.simulator.faults import Faults

__all__ = ["HOSTILE", "JUNK", "Message", "Noise"]

HOSTILE = "\x1b]0;owned\x07[/red][@click=app.quit]x"
"""Sets a terminal's title, breaks markup, and plants a clickable action."""

_REMEMBERED = 900
"""Bars kept for sending again; the real feed revises seconds for 15 minutes."""

_EVERY = 20
"""A hostile frame follows the first data frame and then every so many."""


class Message(NamedTuple):
    """One WebSocket message."""

    payload: bytes
    text: bool = True
    """Sent as a text message, else binary."""


JUNK: tuple[Message, ...] = (
    Message(b'{"ev":"A","sym":"JUNK","o":1,"h":1,"l":1,"c":1,"v":1,"s":1704465000000}'),
    Message(b'[{"sym":"JUNK","o":1,"h":1,"l":1,"c":1,"v":1,"s":1704465000000}]'),
    Message(b'[{"ev":"A","sym":"JUNK","o":NaN,"h":1,"l":1,"c":Infinity,"v":1,"s":1704465000000}]'),
    Message(b"this is not JSON"),
    Message(b"\x00\xff\xfe binary \x80", text=False),
    Message(b'[{"ev":"A","sym":17,"o":"1.5","h":true,"l":null,"c":[],"v":{},"s":"soon"}]'),
    Message(b'[null,42,"text",[],{}]'),
    Message(b'[{"ev":"A","sym":"JUNK"'),
    Message(b'[{"ev":"status"}]'),
    Message(b""),
)
"""A bare object, an element without `ev`, NaN, no JSON, a binary frame, wrong types, no objects, a
truncated frame, a status without a message, an empty frame."""


class Noise:
    """Rewrites one connection's data frames as its faults ask."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._silent = not (
            faults.duplicates or faults.odd_numbers or faults.junk or faults.hostile
        )
        self._sent: deque[dict[str, Any]] = deque(maxlen=_REMEMBERED)
        self._junk = cycle(JUNK)
        self._count = 0

    def disturb(self, payload: bytes) -> Iterator[Message]:
        """Yield what is sent instead of one data frame; without such faults, itself."""
        if self._silent:
            yield Message(payload)
            return
        elements = orjson.loads(payload)
        if self._faults.odd_numbers:
            payload = orjson.dumps(_odd(elements))
        yield Message(payload)
        if self._faults.duplicates:
            yield from self._again(elements)
        if self._faults.junk:
            yield from self._broken(payload)
        if self._faults.hostile and self._count % _EVERY == 0:
            yield Message(orjson.dumps(_hostile(elements)))
        self._count += 1

    def _again(self, elements: list[Any]) -> Iterator[Message]:
        """Revise the oldest bar that is remembered, then remember the new ones."""
        if self._sent:
            yield Message(orjson.dumps([_revised(self._sent[0])]))
            if len(self._sent) > 1:
                self._sent.popleft()
        self._sent.extend(element for element in elements if _is_bar(element))

    def _broken(self, payload: bytes) -> Iterator[Message]:
        """Send the next piece of junk, and a NaN beside a good neighbour of its own."""
        yield next(self._junk)
        if self._count % len(JUNK) == 0:
            yield Message(b'[{"ev":"A","sym":"NANS","o":NaN,"c":1},' + payload.lstrip()[1:])


def _revised(bar: dict[str, Any]) -> dict[str, Any]:
    high, low = round(bar["h"] + 0.02, 4), round(max(bar["l"] - 0.02, 0.0001), 4)
    return {
        **bar,
        "v": bar["v"] + 100,
        "vw": round((high + low) / 2, 4),
        "c": round((bar["c"] + high) / 2, 4),
        "h": high,
        "l": low,
    }


def _odd(elements: list[Any]) -> list[Any]:
    """Give each element the next oddity in turn, and add a channel that nobody knows."""
    odd = [
        _ODDITIES[number % len(_ODDITIES)](element) if _is_bar(element) else element
        for number, element in enumerate(elements)
    ]
    return [*odd, {"ev": "XYZ", "sym": "AAPL", "val": 1}]


def _without(bar: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in bar.items() if key not in keys}


_ODDITIES = (
    lambda bar: {**bar, "z": 12.5},
    lambda bar: _without(bar, "op"),
    lambda bar: _without(bar, "dv", "dav"),
    lambda bar: {**bar, "novel": {"nested": [1, None]}, "otc": True},
    lambda bar: {**bar, "v": float(bar["v"]), "z": 12.0},
)


def _hostile(elements: list[Any]) -> list[Any]:
    bars = [element for element in elements if _is_bar(element)]
    return [status("error", HOSTILE), *({**bar, "sym": HOSTILE} for bar in bars[:1])]


def _is_bar(element: object) -> bool:
    return isinstance(element, dict) and all(
        isinstance(element.get(key), int | float) for key in ("v", "o", "h", "l", "c", "s")
    )
