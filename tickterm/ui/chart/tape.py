"""The tape: a symbol's last ticks as lines, newest first; pure."""

from __future__ import annotations

from collections.abc import Sequence

from tickterm.market.snapshot import TapeTick
from tickterm.ui.draw import numbers
from tickterm.ui.draw.directions import ARROWS
from tickterm.ui.draw.spans import Line, Span, crop, justify, line_width

__all__ = ["tape_lines"]

_SHORTEST_PRICE = 6
_BEFORE_RANGE = 20
"""Cells of all that stands before a tick's range but the price."""
_REVISED = "*"


def tape_lines(
    ticks: Sequence[TapeTick], width: int, height: int, *, heading: bool = False
) -> list[Line]:
    """Return the newest ticks, given oldest first, in `width` x `height` cells: time in New York,
    a star where the feed has sent the second again, price, its way, volume, the bar's range."""
    shown = ticks[len(ticks) - min(len(ticks), max(0, height - heading)) :]
    before = ticks[len(ticks) - len(shown) - 1].price if len(shown) < len(ticks) else None
    size = max([_SHORTEST_PRICE, *(len(numbers.price(tick.price)) for tick in shown)])
    lines: list[Line] = []
    for tick in shown:
        lines.append(_line(tick, before, size, width))
        before = tick.price
    lines.reverse()
    told = [] if shown else [crop(((" no ticks yet", "muted"),), width)]
    head = [_heading(shown, width)] if heading else []
    lines = [*head, *lines, *told][:height]
    return lines + [crop((), width)] * (height - len(lines))


def _heading(ticks: Sequence[TapeTick], width: int) -> Line:
    note = f"{_REVISED} sent again " if any(tick.revised for tick in ticks) else ""
    return justify(((" tape", "brand"),), ((note, "muted"),), width)


def _line(tick: TapeTick, before: float | None, size: int, width: int) -> Line:
    move = 0 if before is None else (tick.price > before) - (tick.price < before)
    arrow, role = ARROWS[move]
    time = numbers.exchange_time(tick.time)[-len("HH:MM:SS ET") : -len(" ET")]
    spans: list[Span] = [
        (f" {time}", "muted"),
        (_REVISED if tick.revised else " ", "amber"),
        (f"{numbers.price(tick.price):>{size}}", "price"),
        (f" {arrow}", role),
        (f"{numbers.compact(tick.volume):>6}", "value"),
    ]
    both_ends = 2 * size + 1 <= width - _BEFORE_RANGE - size
    text = f"  {_range(tick, both_ends=both_ends)}"
    if line_width(spans) + len(text) <= width:
        spans.append((text, "muted"))
    return crop(spans, width)


def _range(tick: TapeTick, *, both_ends: bool) -> str:
    """Return both ends of what the tick's bar covers, or dollars from one to the other."""
    if tick.high == tick.low:
        return "·"
    if not both_ends:
        return "H-L " + numbers.change(tick.high - tick.low, tick.price, 9).removeprefix("+")
    return f"{numbers.price(tick.low)}–{numbers.price(tick.high)}"
