"""What a person can do with the crosshair of a chart."""

from __future__ import annotations

from tickterm.ui.commands.command import Command

__all__ = ["CHART_COMMANDS", "CROSSHAIR"]

CROSSHAIR = frozenset({"move_crosshair"})
"""Actions that make sense only while a chart is to be seen."""
_MOST = 100_000
"""Candles; no chart has as many."""


def _command(name: str, keys: str, candles: int, where: str, tooltip: str, shown: str) -> Command:
    title = f"chart: Move the crosshair {where}"
    action = f"move_crosshair({candles})"
    return Command(f"chart.{name}", keys, action, "Cross", title, tooltip, False, shown)


CHART_COMMANDS = [
    _command("left", "left,h", -1, "to the left", "Show the candle before, older ones too", "← h"),
    _command("right", "right", 1, "to the right", "Show the next candle, up to the newest", "→"),
    _command(
        "left-ten",
        "shift+left,ctrl+left",
        -10,
        "ten to the left",
        "Show the tenth candle before",
        "shift+←",
    ),
    _command(
        "right-ten",
        "shift+right,ctrl+right",
        10,
        "ten to the right",
        "Show the tenth candle after",
        "shift+→",
    ),
    _command("oldest", "home", -_MOST, "to the oldest", "Show the oldest candle there is", "home"),
    _command("newest", "end", _MOST, "to the newest", "Show the newest candle", "end"),
]
