"""AlertList: the alerts of an engine."""

from __future__ import annotations

from collections import deque

from msgspec.structs import replace

from tickterm.attach.bounds import bounded
from tickterm.attach.numbering import Numbering
from tickterm.market.alerts import AlertRule, FiredAlert
from tickterm.market.contract import Alerts
from tickterm.market.text import clean

__all__ = ["AlertList"]

KEPT, MOST_RULES = 200, 500


class AlertList:
    """Rules, and what fired, oldest first; one that is left out of the numbers was missed.

    What fired before an engine's start is told by the next one too: it is known again.
    """

    def __init__(self) -> None:
        self._fired: deque[FiredAlert] = deque(maxlen=KEPT)
        self._numbering = Numbering()
        self._before: frozenset[FiredAlert] = frozenset()
        """What was kept when this run of the engine began, without numbers."""
        self._frozen: tuple[FiredAlert, ...] | None = ()
        self.rules: tuple[AlertRule, ...] = ()

    def begin(self) -> None:
        """Take alerts of another run of the engine from now on: its numbers begin anew."""
        self._numbering.begin()
        self._before = frozenset(replace(alert, number=0) for alert in self._fired)

    def take(self, message: Alerts) -> None:
        """Take the rules of a message, if it has any, and what is not here already."""
        if message.rules is not None:
            self.rules = tuple(_rule(rule) for rule in message.rules[:MOST_RULES])
        if not message.fired:
            self._numbering.start()  # an engine begins with what has fired before
        for told in message.fired[-KEPT:]:
            self._take(told.number, _fired(told))

    def _take(self, theirs: int, alert: FiredAlert) -> None:
        if alert in self._before:
            self._numbering.skip(theirs)
        elif (number := self._numbering.of(theirs)) is not None:
            self._fired.append(replace(alert, number=number))
            self._frozen = None

    @property
    def newest(self) -> int:
        """Our number of the newest that fired; 0: none has."""
        return self._fired[-1].number if self._fired else 0

    def freeze(self) -> tuple[FiredAlert, ...]:
        """Return what fired; the same object until there is more."""
        if self._frozen is None:
            self._frozen = tuple(self._fired)
        return self._frozen


def _rule(rule: AlertRule) -> AlertRule:
    return AlertRule(
        clean(rule.symbol, 32),
        rule.kind,
        bounded(rule.value),
        bounded(rule.id),
        max(-1, min(rule.direction, 1)),
        bounded(rule.window),
        bounded(rule.cooldown),
        rule.once,
        clean(rule.command),
    )


def _fired(alert: FiredAlert) -> FiredAlert:
    """Return what fired, within bounds and without its number."""
    return FiredAlert(
        0,
        bounded(alert.wall_ms),
        bounded(alert.rule),
        clean(alert.symbol, 32),
        alert.kind,
        clean(alert.text, 200),
        bounded(alert.price),
    )
