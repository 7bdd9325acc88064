"""From one WebSocket frame to its elements, however broken it is."""

from __future__ import annotations

import json

import orjson

__all__ = ["decode"]

_TOLERANT = json.JSONDecoder()
"""Takes `NaN`, `Infinity` and lone surrogates, for which orjson refuses the whole frame."""


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
    """Read objects one by one; after a broken one go on behind the next `},`."""
    elements: list[object] = []
    broken = 0
    effort = 4 * len(text)  # a hostile frame must not make this quadratic
    at = text.find("{")
    while at != -1 and effort > 0:
        try:
            value, end = _TOLERANT.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            broken += 1
            effort -= max(getattr(error, "pos", len(text)) - at, 1)
            boundary = text.find("},", at)
            at = text.find("{", boundary) if boundary != -1 else -1
        else:
            elements.append(value)
            at = text.find("{", end)
    return elements, broken or (0 if elements else 1)
