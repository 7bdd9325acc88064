"""AlertMemory: rules and what has fired, changed at once and kept in their file a moment later."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec.structs import replace

from tickterm.engine.alerts.file import (
    MOST_FIRED,
    MOST_RULES,
    AlertFileError,
    Change,
    Kept,
    check_room,
    merge,
)
from tickterm.engine.kept_file import follow
from tickterm.market.alerts import AlertRule, FiredAlert

__all__ = ["AlertMemory"]

log = logging.getLogger("tickterm.alerts")


class AlertMemory:
    """The file is read once at the start; from then on it is used on a thread only."""

    def __init__(self, path: Path | None, changed: Callable[[], None]) -> None:
        """Take the file, if any, and what to call when the rules have changed by it."""
        self._path = path
        self._changed = changed
        self._rules: dict[int, AlertRule] = {}
        self._next = 1
        self._frozen: tuple[AlertRule, ...] | None = None
        self._added: dict[int, AlertRule] = {}
        self._removed: set[int] = set()
        self._unkept: list[FiredAlert] = []
        """What the file does not know yet, as of the three above."""
        self._due = asyncio.Event()
        self._told: tuple[str, ...] = ()
        self.fired: deque[FiredAlert] = deque(maxlen=MOST_FIRED)
        if path is not None:
            self._begin(path)

    @property
    def rules(self) -> tuple[AlertRule, ...]:
        """All rules in the order of their ids; the same object until they change."""
        if self._frozen is None:
            self._frozen = tuple(self._rules[number] for number in sorted(self._rules))
        return self._frozen

    def add(self, rule: AlertRule) -> AlertRule:
        """Take a rule and return it with its id; raises SettingsError where there are too many."""
        check_room(len(self._rules))
        rule = replace(rule, id=self._next)
        self._next += 1
        self._rules[rule.id] = self._added[rule.id] = rule
        self._note()
        return rule

    def remove(self, number: int) -> AlertRule | None:
        """Forget a rule and return it; None: there is none."""
        rule = self._rules.pop(number, None)
        if rule is not None:
            self._added.pop(number, None)
            self._removed.add(number)
            self._note()
        return rule

    def keep(self, alert: FiredAlert) -> None:
        """Take what has fired."""
        self.fired.append(alert)
        if self._path is not None:
            self._unkept.append(alert)
            del self._unkept[:-MOST_FIRED]

    async def run(self) -> None:
        """Put changes into the file and take those of others out of it, until cancelled."""
        if self._path is not None:
            await follow(self._path, self._due, lambda: bool(self._pending()), self._merge)

    def close(self) -> None:
        """Put what is not in the file yet into it."""
        if self._path is not None and (change := self._pending()):
            try:
                self._tell_faults(merge(self._path, change))
            except AlertFileError as error:
                log.error("alerts are lost: %s", error)

    def _begin(self, path: Path) -> None:
        try:
            kept = merge(path)
        except AlertFileError as error:
            self._tell((f"alerts are for this run only: {error}",))
            return
        self._tell_faults(kept)
        self._take_over(kept)
        self.fired.extend(kept.fired)

    async def _merge(self, path: Path) -> bool:
        """Say whether the file could be read whole, and has what was changed until now."""
        change = self._pending()
        try:
            kept = await asyncio.to_thread(merge, path, change)
        except AlertFileError as error:
            self._tell((f"alerts are for this run only: {error}",))
            return False
        self._tell_faults(kept)
        if not kept.faults:
            self._settle(change)
            self._follow_numbers(change.added, kept.rules)
        before = self.rules
        self._take_over(kept)
        if self.rules != before:
            self._changed()
        else:
            self._frozen = before
        return not kept.faults

    def _pending(self) -> Change:
        return Change(tuple(self._added.values()), frozenset(self._removed), tuple(self._unkept))

    def _settle(self, change: Change) -> None:
        """Know that a change is in the file; what has changed since is not."""
        for rule in change.added:
            self._added.pop(rule.id, None)
        self._removed -= change.removed
        known = set(map(id, change.fired))
        self._unkept = [alert for alert in self._unkept if id(alert) not in known]

    def _follow_numbers(self, added: Sequence[AlertRule], kept: Sequence[AlertRule]) -> None:
        """Know new rules whose ids, or whose place, others have taken meanwhile; say so."""
        for rule in added:
            if rule in kept:
                continue
            number = next((each.id for each in kept if replace(each, id=rule.id) == rule), None)
            if rule.id in self._removed:  # ours was meant: nobody here knew the other
                self._removed.remove(rule.id)
                if number is not None:
                    self._removed.add(number)
            elif number is None:
                log.warning("alert %d is not kept: %d are the most", rule.id, MOST_RULES)
            else:
                log.warning("alert %d is alert %d now: %s", rule.id, number, rule.condition)

    def _take_over(self, kept: Kept) -> None:
        rules = {rule.id: rule for rule in kept.rules if rule.id not in self._removed}
        self._rules = {**rules, **self._added}
        self._next = max(self._next, kept.next)
        self._frozen = None

    def _note(self) -> None:
        self._frozen = None
        self._due.set()

    def _tell_faults(self, kept: Kept) -> None:
        left = "the file is left as it is, and changes are for this run only"
        faults = [f"{fault}; {left}" for fault in kept.faults[:5]]
        self._tell((*faults, *([kept.remark] if kept.remark else [])))

    def _tell(self, lines: tuple[str, ...]) -> None:
        """Say what is wrong once, until something else is."""
        for line in lines if lines != self._told else ():
            log.warning("%s", line)
        self._told = lines
