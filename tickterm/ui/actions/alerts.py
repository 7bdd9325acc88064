"""What keys and the palette do to alerts, and how a screen tells of one that fires."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.app import App

from tickterm.market.alerts import AlertRule, FiredAlert
from tickterm.market.text import clean
from tickterm.ui.actions.rights import HOW_TO_CONTROL, READ_ONLY
from tickterm.ui.alerts.dialog import AlertChoice, AlertDeed, AlertScreen, AlertsNow
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


class AlertActions(App[None], inherit_bindings=False):
    """The actions of an app that shows an engine on a dashboard."""

    dashboard: Dashboard
    _engine: Engine
    _snapshot: Snapshot

    def __init__(self) -> None:
        super().__init__()
        self._news = AlertNews()
        self._rings = True

    @property
    @abstractmethod
    def _can_act(self) -> bool:
        """Whether the engine does what this screen says."""

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
        self.push_screen(AlertScreen(self._alerts_now), self._do_with_alert)

    def action_add_alert(self) -> None:
        """Ask for an alert on the symbol that is looked at."""
        if not self._can_act:
            self.notify(f"{READ_ONLY}; {HOW_TO_CONTROL}", markup=False)
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
        return AlertsNow(seen.alert_rules, seen.alerts[::-1], numbers.local_day(seen.wall_ms))

    def _do_with_alert(self, choice: AlertChoice | None) -> None:
        if choice is None:
            return
        entry = choice.entry
        if choice.deed is AlertDeed.ADD:
            self.action_add_alert()
        elif choice.deed is AlertDeed.CHART and entry is not None:
            self.dashboard.look_closely(entry.symbol)
            self.look()
            self.refresh_bindings()
        elif isinstance(entry, AlertRule):
            self._remove(entry)
        else:
            self.notify("what has fired cannot be removed", markup=False)

    def _remove(self, rule: AlertRule) -> None:
        if not self._can_act:
            self.notify(f"{READ_ONLY}; {HOW_TO_CONTROL}", markup=False)
            return
        self._engine.remove_alert(rule.id)
        self.notify(f"removed: {clean(rule.condition, _LONGEST)}", markup=False)

    def _tell_terminal(self, text: str) -> None:
        """Let the terminal show a notification of the desktop, if it knows OSC 9."""
        if self._driver is not None and not self.is_headless:
            # Words before the text: some terminals take a number there for another command.
            self._driver.write(f"\x1b]9;tickterm: {clean(text, _LONGEST)}\x07")
