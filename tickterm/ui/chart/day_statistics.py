"""What has become of a symbol today: as a panel, or as a line or two; pure."""

from __future__ import annotations

from collections.abc import Sequence

from tickterm.market.snapshot import Row
from tickterm.ui.draw import numbers
from tickterm.ui.draw.day_range import day_range
from tickterm.ui.draw.directions import sign_role
from tickterm.ui.draw.fields import Field, fitting_line, labelled
from tickterm.ui.draw.spans import Line, Span, crop, line_width

__all__ = ["PANEL_LINES", "statistics_lines", "statistics_panel", "statistics_text"]

PANEL_LINES = 7
_MISSING = "—"
_BAR = 10
"""Cells of the day's range on a line."""
_GAP = 3


def statistics_lines(row: Row, age: float, width: int, height: int) -> list[Line]:
    """Return the statistics as one line or two of `width` cells; `age` of the newest tick in s."""
    prices = [
        Field(tuple(_range(row, _BAR)), 0),
        labelled(*_reference(row), 5),
        labelled("VWAP", numbers.price(row.vwap), 3),
    ]
    counts = [
        labelled("vol", f"{numbers.compact(row.volume):<5}", 1),
        labelled("ticks/min", f"{_count(row.minute_ticks, row):<4}", 4),
        labelled("age", _age(row, age), 2),
    ]
    more = [
        labelled("ticks", numbers.count(row.ticks), 6),
        labelled("off high", _distance(row, row.high), 6),
        labelled("off low", _distance(row, row.low), 7),
    ]
    head = ((" ", "blank"),)
    if height < 2:
        return [fitting_line(head, [*prices, *counts], width)][:height]
    lines = [fitting_line(head, prices, width), fitting_line(head, [*counts, *more], width)]
    return lines + [crop((), width)] * (height - 2)


def statistics_panel(row: Row, age: float, width: int) -> list[Line]:
    """Return them as `PANEL_LINES` lines of `width` cells; `age` of the newest tick in seconds."""
    reference, price = _reference(row)
    change = numbers.change(row.change, row.price)
    pairs = (
        ((reference, price), ("volume", numbers.compact(row.volume))),
        (("high", numbers.price(row.high)), ("VWAP", numbers.price(row.vwap))),
        (("low", numbers.price(row.low)), ("ticks", numbers.count(row.ticks))),
        (("last", numbers.price(row.price)), ("ticks/min", _count(row.minute_ticks, row))),
        (("change", f"{change} {numbers.percent(row.percent)}"), ("age", _age(row, age))),
        (("off high", _distance(row, row.high)), ("off low", _distance(row, row.low))),
    )
    half = max(0, (width - 2 - _GAP) // 2)
    roles = {"change": sign_role(row.change)}
    lines = [
        (
            (" ", "blank"),
            *_cell(*left, half, roles),
            (" " * _GAP, "blank"),
            *_cell(*right, half, roles),
        )
        for left, right in pairs
    ]
    room = 2 * half + _GAP - line_width(_range(row, 0))
    bar = ((" ", "blank"), *_range(row, max(0, room)))
    return [crop(line, width) for line in [*lines, bar]]


def statistics_text(row: Row, age: float) -> str:
    """Return them as words for a clipboard."""
    parts = (
        row.symbol,
        f"last {numbers.price(row.price)}",
        f"change {numbers.change(row.change, row.price)}",
        numbers.percent(row.percent),
        " ".join(_reference(row)),
        f"high {numbers.price(row.high)}",
        f"low {numbers.price(row.low)}",
        f"volume {row.volume:,.0f}",
        f"VWAP {numbers.price(row.vwap)}",
        f"ticks {numbers.count(row.ticks)}",
        f"ticks/min {_count(row.minute_ticks, row)}",
        f"age {_age(row, age)}",
    )
    return "  ".join(parts)


def _cell(label: str, text: str, width: int, roles: dict[str, str]) -> Sequence[Span]:
    room = max(1, width - len(label) - len(text))
    return crop(((f"{label}{' ' * room}", "label"), (text, roles.get(label, "value"))), width)


def _reference(row: Row) -> tuple[str, str]:
    """Return what change is measured from: the official open, or else the first price seen."""
    return "open" if row.reference_is_open else "first", numbers.price(row.reference)


def _count(ticks: int, row: Row) -> str:
    return numbers.count(ticks) if row.ticks else _MISSING


def _age(row: Row, age: float) -> str:
    return numbers.age(age) if row.price is not None else _MISSING


def _distance(row: Row, price: float | None) -> str:
    """Return how far the last price is from another, in dollars and per cent of that."""
    if row.price is None or not price:
        return _MISSING
    distance = row.price - price
    return f"{numbers.change(distance, price)} {numbers.percent(distance / price * 100)}"


def _range(row: Row, cells: int) -> list[Span]:
    """Return the day's low and high, and between them where open and last price are."""
    low, high = numbers.price(row.low), numbers.price(row.high)
    bar = ((" ", "blank"), *day_range(row, cells + 2), (" ", "blank"))
    return [("L ", "label"), (low, "value"), *bar, (high, "value"), (" H", "label")]
