"""AlertMemory: rules and what has fired, changed at once and kept in their file a moment later."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec.structs import replace

from tickterm.engine.alerts.file import (
    MOST_FIRED,
    MOST_RULES,
    Change,
    Kept,
    check_new,
    check_room,
    free_id,
    merge,
)
from tickterm.engine.kept_file import KeptFileError
from tickterm.engine.kept_state import KeptState
from tickterm.market.alerts import AlertRule, FiredAlert

__all__ = ["AlertMemory"]

log = logging.getLogger("tickterm.alerts")


class AlertMemory(KeptState[Change, Kept]):
    """The file is read once at the start; from then on it is used on a thread only."""

    def __init__(self, path: Path | None, changed: Callable[[], None]) -> None:
        """Take the file, if any, and what to call when the rules have changed by it."""
        super().__init__(path, "alerts", log)
        self._changed = changed
        self._rules: dict[int, AlertRule] = {}
        self._next = 1
        self._frozen: tuple[AlertRule, ...] | None = None
        self._added: dict[int, AlertRule] = {}
        self._removed: set[int] = set()
        self._unkept: list[FiredAlert] = []
        """What the file does not know yet, as of the three above."""
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
        """Take a rule and return it with its id.

        Raises:
            SettingsError: there are too many, or it is there already.
        """
        check_room(len(self._rules))
        check_new(rule, self.rules)
        rule = replace(rule, id=free_id(self._next, self._rules))
        self._next = max(self._next, rule.id + 1)
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

    def _begin(self, path: Path) -> None:
        try:
            kept = merge(path)
        except KeptFileError as error:
            self._tell((f"alerts are for this run only: {error}",))
            self.trouble = str(error)
            return
        self._tell_faults(kept)
        self._take_over(kept)
        self.fired.extend(kept.fired)

    def _pending(self) -> Change:
        return Change(tuple(self._added.values()), frozenset(self._removed), tuple(self._unkept))

    def _put(self, path: Path, change: Change, within: float) -> Kept:
        return merge(path, change, within)

    def _take(self, change: Change, kept: Kept) -> None:
        if not kept.faults:
            self._settle(change)
            self._follow_numbers(change.added, kept.rules)
        before = self.rules
        self._take_over(kept)
        if self.rules != before:
            self._changed()
        else:
            self._frozen = before

    def _size(self) -> int:
        return len(self._rules.keys() - self._added.keys())

    def _remark(self, kept: Kept) -> str:
        return kept.remark

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
