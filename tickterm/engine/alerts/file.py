"""The alerts in one small JSON file: rules, and what has fired.

Several engines, and the command line, may share it::

    {"tickterm_alerts": 1, "next": 3, "rules": [{"id": 2, "rule": "AAPL > 230 once"}], "fired": []}
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from tickterm.engine import kept_file
from tickterm.engine.kept_file import KeptFileError, read
from tickterm.errors import SettingsError
from tickterm.market.alerts import AlertRule, FiredAlert
from tickterm.market.text import clean

__all__ = [
    "ALERTS_FILE",
    "MOST_FIRED",
    "MOST_RULES",
    "AlertFileError",
    "Change",
    "Kept",
    "check_room",
    "merge",
]

ALERTS_FILE = "alerts.json"
"""Its name in the data directory."""
FORM = 1
"""Of the file; one of another form is of another version of tickterm."""
LARGEST = 2**22
"""Bytes."""
MOST_RULES, MOST_FIRED = 500, 1_000
HIGHEST_ID = 2**31
EARLIEST = 946_684_800_000
"""2000-01-01, ms UTC: nothing has fired before."""
AHEAD = 86_400_000
"""Ms by which clocks may disagree: what has fired after that has not."""

AlertFileError = KeptFileError


class Change(NamedTuple):
    """What is to become different."""

    added: Sequence[AlertRule] = ()
    """With their ids; one whose id another rule has meanwhile gets the next free one. Those for
    which others have left no room are left out."""
    removed: frozenset[int] = frozenset()
    fired: Sequence[FiredAlert] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.fired)


NOTHING = Change()


class Kept(NamedTuple):
    """What the file holds, after a change."""

    rules: tuple[AlertRule, ...] = ()
    """In the order of their ids."""
    fired: tuple[FiredAlert, ...] = ()
    """Oldest first, numbered from 1."""
    next: int = 1
    """The id of the next rule."""
    faults: tuple[str, ...] = ()
    """What cannot be read, sanitised; with any of them no change was made."""
    remark: str = ""
    """What was left out of it without harm, in words."""


def check_room(rules: int) -> None:
    """Raise SettingsError where there are so many rules that no other may be added."""
    if rules >= MOST_RULES:
        raise SettingsError(f"{MOST_RULES} alerts are the most: remove one first")


def merge(path: Path, change: Change = NOTHING) -> Kept:
    """Put a change into the file, and return what it then holds.

    Raises:
        AlertFileError: the file cannot be read at all, or not be written.
    """
    changed = partial(_changed, change)
    return kept_file.merge(path, _read, changed if change else None, _form)


def _changed(change: Change, kept: Kept) -> Kept:
    rules = {rule.id: rule for rule in kept.rules if rule.id not in change.removed}
    ids = (rule.id for rule in change.added)
    free = max(kept.next, max(ids, default=0) + 1)
    for rule in change.added:
        if rules.get(rule.id) == rule or len(rules) >= MOST_RULES:
            continue
        if rule.id in rules:
            rule, free = replace(rule, id=free), free + 1
        rules[rule.id] = rule
    fired = sorted((*kept.fired, *change.fired), key=lambda alert: alert.wall_ms)[-MOST_FIRED:]
    in_order = sorted(rules.values(), key=lambda rule: rule.id)
    return kept._replace(rules=tuple(in_order), fired=_numbered(fired), next=free)


def _numbered(fired: Sequence[FiredAlert]) -> tuple[FiredAlert, ...]:
    return tuple(replace(alert, number=number) for number, alert in enumerate(fired, 1))


def _read(path: Path) -> Kept:
    told = read(path, LARGEST, own=True)  # what stands in it is run as commands
    if told is None:
        return Kept()
    if not isinstance(told, dict) or told.get("tickterm_alerts") != FORM:
        raise KeptFileError(f"{clean(path)} holds no alerts of this version of tickterm")
    return _kept(clean(path.name), told)


def _kept(name: str, told: dict[str, Any]) -> Kept:
    faults: list[str] = []
    rules: dict[int, AlertRule] = {}
    for number, entry in _entries(name, told, "rules", MOST_RULES, faults):
        try:
            rule = _rule(entry)
            if rule.id in rules:
                raise ValueError(f"the id {rule.id} is taken")
            rules[rule.id] = rule
        except (ValueError, SettingsError) as error:
            faults.append(f"{name}: rule {number}: {clean(error, 200)}")
    fired = _fired(name, told, faults)
    latest = time.time() * 1000 + AHEAD
    sound = [alert for alert in fired if EARLIEST <= alert.wall_ms <= latest]
    absurd = len(fired) - len(sound)
    remark = f"{name}: {absurd} of what has fired left out: at no possible time" if absurd else ""
    free = told.get("next")
    free = free if type(free) is int and 0 < free <= HIGHEST_ID else 1
    in_order = tuple(rules[number] for number in sorted(rules))
    free = max(free, in_order[-1].id + 1 if in_order else 1)
    return Kept(in_order, _numbered(sound), free, tuple(faults), remark)


def _fired(name: str, told: dict[str, Any], faults: list[str]) -> list[FiredAlert]:
    fired: list[FiredAlert] = []
    for number, entry in _entries(name, told, "fired", MOST_FIRED, faults):
        try:
            alert = msgspec.convert(entry, FiredAlert)
            fired.append(replace(alert, symbol=clean(alert.symbol, 32), text=clean(alert.text)))
        except msgspec.ValidationError as error:
            faults.append(f"{name}: fired {number}: {clean(error, 200)}")
    return fired


def _entries(
    name: str, told: dict[str, Any], key: str, most: int, faults: list[str]
) -> Iterator[tuple[int, Any]]:
    entries = told.get(key)
    if isinstance(entries, list) and len(entries) <= most:
        yield from enumerate(entries, 1)
    else:
        faults.append(f"{name}: {key} is no list of at most {most:,}")


def _rule(entry: Any) -> AlertRule:
    """Return one rule; raises ValueError or SettingsError, which say what is wrong with it."""
    if not isinstance(entry, dict) or not isinstance(entry.get("rule"), str):
        raise ValueError("no object with a text under rule")
    number = entry.get("id")
    if type(number) is not int or not 0 < number <= HIGHEST_ID:
        raise ValueError("its id is no number from 1 on")
    return replace(AlertRule.parse(entry["rule"]), id=number)


def _form(kept: Kept) -> Any:
    return {
        "tickterm_alerts": FORM,
        "next": kept.next,
        "rules": [{"id": rule.id, "rule": str(rule)} for rule in kept.rules],
        "fired": [msgspec.to_builtins(alert) for alert in kept.fired],
    }
