"""The dialog of alerts: rules are set and removed there, and charts of what has fired opened."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from textual.binding import Binding, BindingType

from tickterm.market.alerts import AlertRule
from tickterm.ui.alerts.listing import HEADINGS, AlertKey, AlertsNow, alert_rows
from tickterm.ui.widgets.list_dialog import ListDialog, Row, list_keys

__all__ = ["AlertChoice", "AlertDeed", "AlertScreen"]

_HIGHEST = 34
"""Rows of the list, where there is room for more."""
_SPARE = 8
"""Rows for what fires while the list is open: it does not grow."""


class AlertDeed(enum.Enum):
    """What is to be done when the list has closed."""

    ADD = "add"
    CHART = "chart"


class AlertChoice(NamedTuple):
    """What was chosen; the symbol is that of the chart."""

    deed: AlertDeed
    symbol: str = ""


class AlertScreen(ListDialog[AlertChoice, AlertKey]):
    """Rules and what fired; stays open while rules are removed."""

    WIDEST = 96
    HINT = "n new  x removes  enter chart  ? keys  esc closes"
    BINDINGS: ClassVar[list[BindingType]] = [
        *list_keys("alerts", "entry"),
        Binding("n,a", "add", "new", id="alerts.new", tooltip="Set an alert"),
        Binding("x,d", "remove", "remove", id="alerts.remove", tooltip="Remove the alert"),
        Binding("enter", "act", "chart", id="alerts.chart", tooltip="Show its chart"),
        Binding("escape,q,A,shift+a", "dismiss", "Close", id="alerts.close", tooltip="Close"),
    ]

    def __init__(
        self,
        alerts: Callable[[], AlertsNow],
        may_act: Callable[[], bool],
        remove: Callable[[AlertRule], None],
    ) -> None:
        """Take what gives the alerts of the moment, what says whether this screen may change them,
        on the screen if not, and what removes one."""
        super().__init__("alerts")
        self._alerts = alerts
        self._may_act = may_act
        self._remove = remove

    def entry_keys(self) -> Sequence[AlertKey]:
        """Return what tells rules and alerts apart."""
        return self._alerts().keys

    def rows(self, marked: int, width: int, height: int) -> list[Row]:
        """Return both lists."""
        return alert_rows(self._alerts(), marked, width, height)

    def needed_height(self) -> int:
        """Return the rows of both lists, and some for what fires."""
        return min(_HIGHEST, len(self._alerts().entries) + HEADINGS + _SPARE)

    def action_add(self) -> None:
        """Close, and ask for an alert."""
        if self._may_act():
            self.dismiss(AlertChoice(AlertDeed.ADD))

    def action_act(self) -> None:
        """Close, and show the chart of the marked entry."""
        place = self._chosen()
        if place is not None:
            symbol = self._alerts().entries[place].symbol
            self.dismiss(AlertChoice(AlertDeed.CHART, symbol))

    def action_remove(self) -> None:
        """Remove the marked rule, and mark the one beside it."""
        place = self._chosen()
        if place is None:
            return
        rules = self._alerts().rules
        if place >= len(rules):
            self.notify("what has fired cannot be removed", markup=False)
        elif self._may_act():
            self._remove(rules[place])
            self._put_mark(place + 1 if place + 1 < len(rules) else place - 1)
