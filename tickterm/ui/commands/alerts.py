"""The commands of alerts."""

from __future__ import annotations

from tickterm.ui.commands.command import Command

__all__ = ["ALERT_COMMANDS"]

ALERT_COMMANDS = [
    Command(
        "alerts.list",
        "A,shift+a",
        "list_alerts",
        "Alerts",
        "alerts: List the alerts",
        "List alerts and what has fired: set, remove, look closely",
        key_display="A",
    ),
    Command(
        "alerts.add",
        "",
        "add_alert",
        "Alert",
        "alerts: Set an alert",
        "Be told when a price, a move, a volume or a silence comes",
        hint=False,
    ),
    Command(
        "alerts.bell",
        "",
        "toggle_bell",
        "Bell",
        "alerts: Ring or stay silent",
        "Ring the terminal's bell when an alert fires, or only show it",
        hint=False,
    ),
]
