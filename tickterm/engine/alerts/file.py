"""The alerts in one small JSON file: rules, and what has fired.

Several engines, and the command line, may share it::

    {"tickterm_alerts": 1, "next": 3, "rules": [{"id": 2, "rule": "AAPL > 230 once"}], "fired": []}
"""

from __future__ import annotations

import time
from collections.abc import Container, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from tickterm.engine import kept_file
from tickterm.engine.kept_file import LOCK_WITHIN, KeptFileError, read
from tickterm.errors import SettingsError
from tickterm.market.alerts import AlertRule, FiredAlert
from tickterm.market.snapshot import Feed
from tickterm.market.text import clean

__all__ = [
    "ALERTS_FILE",
    "ALERTS_FILES",
    "MOST_FIRED",
    "MOST_RULES",
    "Change",
    "Kept",
    "check_new",
    "check_room",
    "free_id",
    "merge",
]

ALERTS_FILES = {
    Feed.LIVE: "alerts.json",
    Feed.SIMULATED: "alerts.simulated.json",
    Feed.REPLAY: "alerts.replay.json",
}
"""Its name in the data directory: no feed uses up the alerts of another, or runs their commands."""
ALERTS_FILE = ALERTS_FILES[Feed.LIVE]
FORM = 1
"""Of the file; one of another form is of another version of tickterm."""
LARGEST = 2**22
"""Bytes."""
MOST_RULES, MOST_FIRED = 500, 1_000
HIGHEST_ID = 2**31
EARLIEST = 946_684_800_000
"""2000-01-01, ms UTC: nothing has fired before; a clock may have said so."""
AHEAD = 86_400_000
"""Ms by which clocks may disagree: what has fired after that has not."""


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
    history: tuple[FiredAlert, ...] = ()
    """What has fired, in the order of the file."""
    next: int = 1
    """The id of the next rule."""
    faults: tuple[str, ...] = ()
    """What cannot be read, sanitised; with any of them no change was made."""
    remark: str = ""
    """What is not shown of it, in words."""

    @property
    def fired(self) -> tuple[FiredAlert, ...]:
        """What has fired at a time that can be, numbered from 1.

        The rest is not shown, and stays: it may be our own clock that is wrong.
        """
        latest = time.time() * 1000 + AHEAD
        sound = (alert for alert in self.history if EARLIEST <= alert.wall_ms <= latest)
        return tuple(replace(alert, number=number) for number, alert in enumerate(sound, 1))


def check_room(rules: int) -> None:
    """Raise SettingsError where there are so many rules that no other may be added."""
    if rules >= MOST_RULES:
        raise SettingsError(f"{MOST_RULES} alerts are the most: remove one first")


def check_new(rule: AlertRule, rules: Iterable[AlertRule]) -> None:
    """Raise SettingsError where the very same alert is set already, under whatever number."""
    same = next((each for each in rules if replace(each, id=rule.id) == rule), None)
    if same is not None:
        raise SettingsError(f"that is alert {same.id} already")


def free_id(wanted: int, taken: Container[int]) -> int:
    """Return the first id from `wanted` on that is not taken; behind the highest, from 1 on."""
    while wanted in taken or wanted > HIGHEST_ID:
        wanted = wanted + 1 if wanted < HIGHEST_ID else 1
    return wanted


def merge(path: Path, change: Change = NOTHING, within: float = LOCK_WITHIN) -> Kept:
    """Put a change into the file, and return what it then holds.

    `within`: seconds that another program may keep it.

    Raises:
        KeptFileError: the file cannot be read at all, or not be written.
    """
    changed = partial(_changed, change)
    return kept_file.merge(path, _read, changed if change else None, _form, within)


def _changed(change: Change, kept: Kept) -> Kept:
    rules = {rule.id: rule for rule in kept.rules if rule.id not in change.removed}
    ids = (rule.id for rule in change.added)
    free = max(kept.next, max(ids, default=0) + 1)
    for rule in change.added:
        if rules.get(rule.id) == rule or len(rules) >= MOST_RULES:
            continue
        if rule.id in rules or rule.id > HIGHEST_ID:
            rule = replace(rule, id=free_id(free, rules))
        rules[rule.id] = rule
        free = max(free, rule.id + 1)
    history = (*kept.history, *change.fired)[-MOST_FIRED:]
    in_order = tuple(rules[number] for number in sorted(rules))
    return kept._replace(rules=in_order, history=history, next=free_id(free, rules))


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
    history = tuple(_history(name, told, faults))
    free = told.get("next")
    free = free if type(free) is int and 0 < free <= HIGHEST_ID else 1
    free = free_id(max([free, *(number + 1 for number in rules)]), rules)
    in_order = tuple(rules[number] for number in sorted(rules))
    kept = Kept(in_order, history, free, tuple(faults))
    absurd = len(history) - len(kept.fired)
    remark = f"{name}: {absurd} of what has fired not shown: at no possible time" if absurd else ""
    return kept._replace(remark=remark)


def _history(name: str, told: dict[str, Any], faults: list[str]) -> list[FiredAlert]:
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
        "fired": [msgspec.to_builtins(alert) for alert in kept.history],
    }
