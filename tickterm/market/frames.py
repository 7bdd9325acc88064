"""From one WebSocket frame to its elements, however broken it is."""

from __future__ import annotations

import json
import re

import orjson

__all__ = ["decode"]

_TOLERANT = json.JSONDecoder()
"""Takes `NaN`, `Infinity` and lone surrogates, for which orjson refuses the whole frame."""

_NEXT = re.compile(r",\s*\{")

_EFFORT = 1_000_000
"""Characters, beside four times the frame's own, that errors may cost in one scan: a hostile frame
must not make it quadratic, an ordinary one is read to its end however many errors it has."""


def decode(frame: str | bytes) -> tuple[list[object], int]:
    """Return `(elements, broken)`: what the frame holds, and how many pieces were no JSON.

    An array gives its elements, a bare object itself. A frame that orjson refuses goes through a
    slow pass that loses only what cannot be read: one `NaN` costs no neighbour. Never raises.
    """
    try:
        value = orjson.loads(frame)
    except orjson.JSONDecodeError:
        return _salvage(frame)
    return _elements(value)


def _elements(value: object) -> tuple[list[object], int]:
    if isinstance(value, list):
        return value, 0
    return ([value], 0) if isinstance(value, dict) else ([], 1)


def _salvage(frame: str | bytes) -> tuple[list[object], int]:
    text = frame if isinstance(frame, str) else frame.decode("utf-8", "replace")
    text = text.lstrip("\ufeff \t\r\n")
    try:
        return _elements(_TOLERANT.decode(text))
    except (ValueError, RecursionError):
        return _scan(text)


def _scan(text: str) -> tuple[list[object], int]:
    """Read objects one by one; after a broken one go on at the next `,{`."""
    elements: list[object] = []
    broken = 0
    effort = _EFFORT + 4 * len(text)
    at = text.find("{")
    while at != -1:
        try:
            value, end = _TOLERANT.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            broken += 1
            stopped = getattr(error, "pos", len(text))
            # The error itself counts the lines before it, some 64 times faster than JSON is read.
            effort -= stopped - at + stopped // 64
            after = _NEXT.search(text, at + 1) if effort > 0 else None
            at = after.end() - 1 if after else -1
        else:
            elements.append(value)
            at = text.find("{", end)
    return elements, broken or (0 if elements else 1)
