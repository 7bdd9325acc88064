"""AlertMemory: rules and what has fired, changed at once and kept in their file a moment later."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from tickterm.engine.alert_file import (
    MOST_FIRED,
    AlertFileError,
    Change,
    Kept,
    check_room,
    merge,
    state_of,
)
from tickterm.market.alerts import AlertRule, FiredAlert

__all__ = ["AlertMemory"]

log = logging.getLogger("tickterm.alerts")

LOOK_EVERY = 2.0
"""Seconds between looks at the file, which others may have changed, and until it knows what fired.
"""


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
        self._state: tuple[int, int, int] | None = None
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
        if self._path is None:
            return
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY):
                    await self._due.wait()
            self._due.clear()
            if self._pending() or await asyncio.to_thread(state_of, self._path) != self._state:
                await self._merge(self._path)

    def close(self) -> None:
        """Put what is not in the file yet into it."""
        if self._path is not None and (change := self._pending()):
            try:
                self._tell_faults(merge(self._path, change))
            except AlertFileError as error:
                log.error("alerts are lost: %s", error)

    def _begin(self, path: Path) -> None:
        self._state = state_of(path)
        try:
            kept = merge(path)
        except AlertFileError as error:
            self._tell((f"alerts are for this run only: {error}",))
            return
        self._tell_faults(kept)
        self._take_over(kept)
        self.fired.extend(kept.fired)

    async def _merge(self, path: Path) -> None:
        change = self._pending()
        try:
            kept = await asyncio.to_thread(merge, path, change)
        except AlertFileError as error:
            self._tell((f"alerts are for this run only: {error}",))
            return
        self._state = state_of(path)
        self._tell_faults(kept)
        if not kept.faults:
            self._settle(change)
        before = self.rules
        self._take_over(kept)
        if self.rules != before:
            self._changed()
        else:
            self._frozen = before

    def _pending(self) -> Change:
        return Change(tuple(self._added.values()), frozenset(self._removed), tuple(self._unkept))

    def _settle(self, change: Change) -> None:
        """Know that a change is in the file; what has changed since is not."""
        for rule in change.added:
            self._added.pop(rule.id, None)
        self._removed -= change.removed
        known = set(map(id, change.fired))
        self._unkept = [alert for alert in self._unkept if id(alert) not in known]

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
        self._tell(tuple(f"{fault}; {left}" for fault in kept.faults[:5]))

    def _tell(self, lines: tuple[str, ...]) -> None:
        """Say what is wrong once, until something else is."""
        for line in lines if lines != self._told else ():
            log.warning("%s", line)
        self._told = lines
