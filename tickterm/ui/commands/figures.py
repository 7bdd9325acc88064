"""The commands of the latency panel."""

from __future__ import annotations

from tickterm.ui.commands.command import Command

__all__ = ["LATENCY_COMMANDS"]

LATENCY_COMMANDS = [
    Command(
        "latency.close",
        "escape",
        "close_latency",
        "Close",
        "view: Hide latencies",
        "Take the latencies away again",
        hint=False,
    ),
    Command(
        "latency.toggle",
        "i",
        "toggle_latency",
        "Latency",
        "view: Show or hide latencies",
        "Show or hide latencies, rates, queues and losses",
    ),
]
