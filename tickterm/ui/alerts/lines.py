"""How alerts read on the screen: rules, and those that fired."""

from __future__ import annotations

from collections.abc import Sequence

from tickterm.market.alerts import AlertRule, FiredAlert, duration_text
from tickterm.market.text import clean
from tickterm.ui.draw import numbers
from tickterm.ui.draw.spans import Line, Span, fit, justify, line_width

__all__ = ["counted", "fired_line", "heading_line", "rule_line"]

_LONGEST_CONDITION = 60
_EARLIEST = "2020-01-01"
"""No alert can have fired before that day; what keeps them may say anything."""


def rule_line(rule: AlertRule, width: int, fired: int, *, marked: bool = False) -> Line:
    """Return a rule: its number, what it waits for, its options, and how often it has fired."""
    left: list[Span] = [
        _bar(marked),
        (f"{rule.id:>4} ", "label"),
        (clean(rule.condition, _LONGEST_CONDITION), "symbol"),
    ]
    told = f"{numbers.count(fired)}×" if fired else "—"
    right: list[Span] = [(f"  {told}", "value" if fired else "muted"), (" ", "blank")]
    options = _options(rule)
    has_room = line_width([*left, *options, *right]) <= width
    return justify(left, [*(options if has_room else ()), *right], width)


def fired_line(alert: FiredAlert, width: int, today: str, *, marked: bool = False) -> Line:
    """Return an alert that fired: when, on this machine's clock, and what happened.

    `today` is the day as `numbers.local_day` has it; only other days are named.
    """
    time = _when(alert.wall_ms, today)
    text = fit(clean(alert.text, 200), max(0, width - len(time) - 4))
    return justify([_bar(marked), (f" {time} ", "muted"), (text, "price")], [], width)


def _when(wall_ms: int, today: str) -> str:
    """Return time, day and time, or the day of another year; a dash where that cannot be."""
    day, time = numbers.local_day(wall_ms), numbers.clock(wall_ms)
    if not _EARLIEST <= day <= today:
        return "—"
    if day == today:
        return time
    is_near = day[: len("YYYY")] == today[: len("YYYY")]
    return f"{day[-len('MM-DD') :]} {time[: len('HH:MM')]}" if is_near else day


def heading_line(title: str, told: str, width: int) -> Line:
    """Return the line above a list."""
    return justify([(f" {title} ", "brand")], [(f"{told} ", "muted")], width)


def counted(fired: Sequence[FiredAlert]) -> dict[int, int]:
    """Return how often each rule has fired, of those alerts, by its id."""
    counts: dict[int, int] = {}
    for alert in fired:
        counts[alert.rule] = counts.get(alert.rule, 0) + 1
    return counts


def _bar(marked: bool) -> Span:
    return ("▌" if marked else " ", "edge")


def _options(rule: AlertRule) -> list[Span]:
    told = ["once"] if rule.once else [f"again after {duration_text(rule.cooldown)}"]
    if rule.command:
        told.append("runs a command")
    return [("  " + ", ".join(told), "muted")]
