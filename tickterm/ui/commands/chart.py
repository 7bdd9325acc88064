"""What a person can do with a chart."""

from __future__ import annotations

from tickterm.ui.commands.command import Command

__all__ = ["CHART_ACTIONS", "CHART_COMMANDS"]

_MOST = 100_000
"""Candles; no chart has as many."""


def _command(name: str, keys: str, candles: int, where: str, tooltip: str, shown: str) -> Command:
    title = f"chart: Move the crosshair {where}"
    action = f"move_crosshair({candles})"
    return Command(f"chart.{name}", keys, action, "Cross", title, tooltip, False, shown)


CHART_COMMANDS = [
    Command(
        "chart.open",
        "enter",
        "open_chart",
        "Chart",
        "chart: Look closely at a symbol",
        "Show the candles of the marked tile or event",
    ),
    Command(
        "chart.close",
        "escape",
        "close_chart",
        "Board",
        "chart: Go back to the board",
        "Go back from the chart to the board",
    ),
    Command(
        "chart.next",
        "right_square_bracket",
        "step_symbol(1)",
        "Symbol",
        "chart: Go to the next symbol",
        "Show the candles of the next symbol on the board",
        key_display="[ ]",
    ),
    Command(
        "chart.previous",
        "left_square_bracket",
        "step_symbol(-1)",
        "Symbol",
        "chart: Go to the symbol before",
        "Show the candles of the symbol before on the board",
        hint=False,
    ),
    Command(
        "chart.longer",
        "t",
        "step_timeframe(1)",
        "Time",
        "chart: Use a longer timeframe",
        "Show longer candles, up to a day each",
        key_display="t T",
    ),
    Command(
        "chart.shorter",
        "T,shift+t",
        "step_timeframe(-1)",
        "Time",
        "chart: Use a shorter timeframe",
        "Show shorter candles, down to a second each",
        hint=False,
        key_display="T",
    ),
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
CHART_ACTIONS = frozenset({"close_chart", "step_symbol", "step_timeframe", "move_crosshair"})
"""Actions that make sense only while a chart is in the board's place."""
