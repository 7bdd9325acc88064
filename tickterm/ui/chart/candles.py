"""One candle as characters, a line of the screen showing two halves; pure.

A rising candle's body is slim (`┃`), a falling one's is full (`█`), as hollow and filled ones are
on paper: the way is seen without colours.
"""

from __future__ import annotations

from tickterm.market.snapshot import Candle
from tickterm.ui.chart.axes import Scale
from tickterm.ui.draw.spans import Span

__all__ = ["candle_cells", "way"]

_NOTHING, _WICK, _BODY = range(3)
_WICKS = {(_WICK, _WICK): "│", (_WICK, _NOTHING): "╵", (_NOTHING, _WICK): "╷"}
_RISING = _WICKS | {
    (_BODY, _BODY): "┃",
    (_BODY, _NOTHING): "╹",
    (_NOTHING, _BODY): "╻",
    (_WICK, _BODY): "╽",
    (_BODY, _WICK): "╿",
}
# No character has half a block beside a wick: better a body of the whole line than a gap.
_FALLING = _WICKS | {
    (_BODY, _BODY): "█",
    (_BODY, _NOTHING): "▀",
    (_NOTHING, _BODY): "▄",
    (_WICK, _BODY): "█",
    (_BODY, _WICK): "█",
}
_THIN = frozenset(_WICKS.values())
"""Characters without a body, which are fainter."""
_LEVEL = {
    (False, False): ("─", "━"),
    (True, False): ("┴", "┷"),
    (False, True): ("┬", "┯"),
    (True, True): ("┼", "┿"),
}
"""Bodies without height, light where rising; by whether a wick goes up and down from there."""


def way(candle: Candle) -> str:
    """Return the role of a candle: `up`, `down`, or `flat` where it closed as it opened."""
    if candle.close == candle.open:
        return "flat"
    return "up" if candle.close > candle.open else "down"


def candle_cells(candle: Candle, scale: Scale) -> dict[int, Span]:
    """Return the characters of a candle, with their roles, by line; the scale's lowest is 0."""
    low, high = scale.half(candle.low), scale.half(candle.high)
    bottom, top = sorted((scale.half(candle.open), scale.half(candle.close)))
    falling = candle.close < candle.open

    def part(half: int) -> int:
        return _BODY if bottom <= half <= top else _WICK if low <= half <= high else _NOTHING

    glyphs = _FALLING if falling else _RISING
    lines = range(low // 2, high // 2 + 1)
    cells = {line: glyphs[part(2 * line + 1), part(2 * line)] for line in lines}
    if bottom == top:
        line = top // 2
        cells[line] = _LEVEL[high > top, low < top][falling]
    role = way(candle)
    return {n: (char, f"spark-{role}" if char in _THIN else role) for n, char in cells.items()}
