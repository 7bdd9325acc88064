"""How alerts read on the screen: rules, and those that fired."""

from __future__ import annotations

from collections.abc import Sequence

from tickterm.market.alerts import AlertRule, FiredAlert, duration_text
from tickterm.market.snapshot import AlertCounts
from tickterm.market.text import clean
from tickterm.ui.draw import numbers
from tickterm.ui.draw.spans import Line, Span, crop, fit, justify, line_width

__all__ = [
    "counted",
    "fired_line",
    "heading_line",
    "newest_of",
    "plural",
    "rule_line",
    "times",
    "trouble_line",
]

_LONGEST_CONDITION = 60
_EARLIEST = "2020-01-01"
"""No alert can have fired before that day; what keeps them may say anything."""


def rule_line(rule: AlertRule, width: int, fired: str = "", *, marked: bool = False) -> Line:
    """Return a rule: its number, what it waits for, its options, and how often it has fired.

    `fired` is as `times` has it.
    """
    left: list[Span] = [
        _bar(marked),
        (f"{rule.id:>4} ", "label"),
        (clean(rule.condition, _LONGEST_CONDITION), "symbol"),
    ]
    right: list[Span] = [(f"  {fired or '—'}", "value" if fired else "muted"), (" ", "blank")]
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


def times(fired: int, *, at_least: bool = False) -> str:
    """Return how often a rule has fired, `5×` or `5+×`; empty where nothing is known of it."""
    return f"{numbers.count(fired)}{'+' if at_least else ''}×" if fired else ""


def newest_of(listed: int, fired: int) -> str:
    """Return how many of what has fired are listed."""
    if fired > listed:
        return f"the newest {numbers.count(listed)} of {numbers.count(fired)}"
    return f"{plural(listed, 'time')}, newest first"


def plural(count: int, noun: str) -> str:
    """Return a count of things."""
    return f"{numbers.count(count)} {noun}{'' if count == 1 else 's'}"


def trouble_line(counts: AlertCounts, width: int) -> list[Line]:
    """Return a line of what went wrong with what has fired; none where nothing did."""
    unpublished = f"{plural(counts.unpublished, 'alert')} not on Redis"
    failed = f"{plural(counts.failed_commands, 'command')} failed"
    told = [
        text
        for text, count in ((unpublished, counts.unpublished), (failed, counts.failed_commands))
        if count
    ]
    return [crop(((f" {', '.join(told)}", "amber"),), width)] if told else []


def _bar(marked: bool) -> Span:
    return ("▌" if marked else " ", "edge")


def _options(rule: AlertRule) -> list[Span]:
    told = ["once"] if rule.once else [f"again after {duration_text(rule.cooldown)}"]
    if rule.command:
        told.append("runs a command")
    return [("  " + ", ".join(told), "muted")]
