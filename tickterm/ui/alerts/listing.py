"""The list of alerts as rows: what is waited for, and below it what has fired, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tickterm.market.alerts import AlertRule, FiredAlert
from tickterm.market.snapshot import AlertCounts
from tickterm.ui.alerts.lines import (
    counted,
    fired_line,
    heading_line,
    newest_of,
    plural,
    rule_line,
    times,
    trouble_line,
)
from tickterm.ui.draw.spans import Line, crop
from tickterm.ui.widgets.list_dialog import Row, window

__all__ = ["HEADINGS", "AlertKey", "AlertsNow", "alert_rows"]

HEADINGS = 3
"""Lines that are no entries: two headings, and a blank one between the lists."""

AlertKey = tuple[str, int]
"""Which entry it is: ("rule", its id) or ("fired", its number)."""


class AlertsNow(NamedTuple):
    """What there is at a moment."""

    rules: Sequence[AlertRule]
    fired: Sequence[FiredAlert]
    """The newest ones, newest first."""
    counts: AlertCounts
    today: str
    """As `numbers.local_day` has it."""

    @property
    def entries(self) -> list[AlertRule | FiredAlert]:
        """All that can be marked, as they stand below each other."""
        return [*self.rules, *self.fired]

    @property
    def keys(self) -> list[AlertKey]:
        """What tells the entries apart."""
        rules = [("rule", rule.id) for rule in self.rules]
        return [*rules, *(("fired", alert.number) for alert in self.fired)]

    @property
    def ever_fired(self) -> int:
        """How many have fired, listed or not: their numbers rise from 1 on, from run to run."""
        newest = self.fired[0].number if self.fired else 0
        return max(newest, self.counts.fired, len(self.fired))


def alert_rows(alerts: AlertsNow, marked: int, width: int, height: int) -> list[Row]:
    """Return both lists in `height` rows; of the longer ones what is around the mark."""
    trouble = trouble_line(alerts.counts, width)
    room = max(2, height - HEADINGS - len(trouble))
    above = min(len(alerts.rules), max(room - max(1, len(alerts.fired)), room // 2), room - 1)
    above = max(1, above)
    told = newest_of(len(alerts.fired), alerts.ever_fired)
    rows = [
        Row(heading_line("waiting for", plural(len(alerts.rules), "alert"), width)),
        *window(_rules(alerts, marked, width), marked, above, width),
        Row(crop((), width)),
        Row(heading_line("fired", told, width)),
        *map(Row, trouble),
        *window(_fired(alerts, marked, width), marked - len(alerts.rules), room - above, width),
    ]
    return rows[:height]


def _rules(alerts: AlertsNow, marked: int, width: int) -> list[Row]:
    counts = counted(alerts.fired)
    lacks_older = alerts.ever_fired > len(alerts.fired)
    rows = []
    for place, rule in enumerate(alerts.rules):
        fired = times(counts.get(rule.id, 0), at_least=lacks_older)
        rows.append(Row(rule_line(rule, width, fired, marked=place == marked), place))
    return rows or [Row(_hint("no alerts: n sets one", width))]


def _fired(alerts: AlertsNow, marked: int, width: int) -> list[Row]:
    return [
        Row(fired_line(alert, width, alerts.today, marked=place == marked), place)
        for place, alert in enumerate(alerts.fired, len(alerts.rules))
    ] or [Row(_hint("none yet", width))]


def _hint(text: str, width: int) -> Line:
    return crop(((f"   {text}", "muted"),), width)
