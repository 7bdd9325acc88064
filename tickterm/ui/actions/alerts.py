"""What keys and the palette do to alerts, and how a screen tells of one that fires."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tickterm.market.alerts import AlertRule, FiredAlert
from tickterm.market.text import clean
from tickterm.ui.actions.rights import Rights
from tickterm.ui.alerts.dialog import AlertChoice, AlertDeed, AlertScreen
from tickterm.ui.alerts.listing import AlertsNow
from tickterm.ui.alerts.news import AlertNews
from tickterm.ui.alerts.questions import SetAlert
from tickterm.ui.draw import numbers

if TYPE_CHECKING:
    from tickterm.market.snapshot import Snapshot
    from tickterm.ui.dashboard import Dashboard
    from tickterm.ui.engine import Engine

__all__ = ["AlertActions"]

TOLD = 3
"""Alerts that one toast tells of, the newest: of more, the others are counted."""
SECONDS = 8.0
"""That a toast stays."""
_LONGEST = 200
"""Characters of what a toast or the terminal is told."""


class AlertActions(Rights, inherit_bindings=False):
    """The actions of an app that shows an engine on a dashboard."""

    dashboard: Dashboard
    _engine: Engine
    _snapshot: Snapshot

    def __init__(self) -> None:
        super().__init__()
        self._news = AlertNews()
        self._rings = True

    @abstractmethod
    def look(self) -> None:
        """Show what is new."""

    def announce(self, alerts: Sequence[FiredAlert], wall_ms: int) -> None:
        """Tell of alerts (oldest first) that are new: by a toast, the bell and the terminal."""
        new = self._news.take(alerts, wall_ms)
        if not new:
            return
        told = [clean(alert.text, _LONGEST) for alert in new[-TOLD:]]
        if len(new) > TOLD:
            told.append(f"and {len(new) - TOLD} more: A lists them")
        self.clear_notifications()  # one toast at a time: the board is what one looks at
        self.notify(
            "\n".join(told), title="alert", severity="warning", timeout=SECONDS, markup=False
        )
        if self._rings:
            self.bell()
            self._tell_terminal(new[-1].text)

    def action_list_alerts(self) -> None:
        """List the alerts."""
        dialog = AlertScreen(self._alerts_now, self._may_act, self._remove)
        self.push_screen(dialog, self._choose_alert)

    def action_add_alert(self) -> None:
        """Ask for an alert on the symbol that is looked at."""
        if not self._may_act():
            return
        symbol = self.dashboard.detail.symbol or self.dashboard.board.cursor_symbol
        self.dashboard.ask(SetAlert(symbol, self._engine.add_alert))

    def action_toggle_bell(self) -> None:
        """Ring when an alert fires, or stay silent."""
        self._rings = not self._rings
        told = "rings" if self._rings else "is silent"
        self.notify(f"this screen {told} when an alert fires", markup=False)

    def _alerts_now(self) -> AlertsNow:
        seen = self._snapshot
        today = numbers.local_day(seen.wall_ms)
        return AlertsNow(seen.alert_rules, seen.alerts[::-1], seen.alert_counts, today)

    def _choose_alert(self, choice: AlertChoice | None) -> None:
        """Do what was chosen on the list of alerts."""
        if choice is None:
            return
        if choice.deed is AlertDeed.ADD:
            self.action_add_alert()
        else:
            self.dashboard.look_closely(choice.symbol)
            self.look()
            self.refresh_bindings()

    def _remove(self, rule: AlertRule) -> None:
        self._engine.remove_alert(rule.id)
        self.notify(f"removed: {clean(rule.condition, _LONGEST)}", markup=False)

    def _tell_terminal(self, text: str) -> None:
        """Let the terminal show a notification of the desktop, if it knows OSC 9."""
        if self._driver is not None and not self.is_headless:
            # Words before the text: some terminals take a number there for another command.
            self._driver.write(f"\x1b]9;tickterm: {clean(text, _LONGEST)}\x07")
