"""What a screen may do to the alerts."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tickterm.errors import SettingsError
from tickterm.market.alerts import AlertRule
from tickterm.market.contract import AddAlert, AlertWish, RemoveAlert

__all__ = ["AlertVerbs"]


class AlertVerbs(ABC):
    """Verbs that return at once, on any thread; the engine's log tells what became of each."""

    @abstractmethod
    def wish(self, *wishes: AlertWish) -> None:
        """Let the engine do this, in this order."""

    def add_alert(self, text: str) -> None:
        """Set an alert that `AlertRule.parse` can read; in a browser, too, and so no command.

        Raises:
            SettingsError: one line that says what is wrong and what is allowed.
        """
        if AlertRule.parse(text).command:
            raise SettingsError(
                "a command is set by tickterm alert add --command on the engine's machine"
            )
        self.wish(AddAlert(text))

    def remove_alert(self, alert: int) -> None:
        """Remove the alert rule of this id."""
        self.wish(RemoveAlert(alert))
