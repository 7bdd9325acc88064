"""What the line for typing asks about alerts; nothing happens before enter."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from msgspec.structs import replace

from tickterm.errors import SettingsError
from tickterm.market.alerts import LONGEST_TEXT, AlertKind, AlertRule, duration_text
from tickterm.market.text import clean

__all__ = ["SetAlert", "in_words"]


def in_words(rule: AlertRule) -> str:
    """Return what a rule waits for, in a few words that a person can check."""
    symbol, number = clean(rule.symbol, 32), f"{rule.value:,.12g}"
    match rule.kind:
        case AlertKind.ABOVE:
            return f"{symbol} passes above {number}"
        case AlertKind.BELOW:
            return f"{symbol} passes below {number}"
        case AlertKind.MOVE:
            way = {1: "rises", -1: "falls"}.get(rule.direction, "moves")
            return f"{symbol} {way} {number}% within {duration_text(rule.window)}"
        case AlertKind.VOLUME:
            return f"{symbol} trades {number}× the usual in {duration_text(rule.window)}"
        case AlertKind.STALE:
            return f"{symbol} has no tick for {duration_text(rule.value)}"


class SetAlert:
    """Asks for an alert; `add` gets what was typed, which can be read."""

    title = "alert"
    hint = "AAPL > 230, < 220, move 2% 5m, volume x3, stale 60s"
    longest = LONGEST_TEXT

    def __init__(self, symbol: str, add: Callable[[str], None]) -> None:
        """Take the symbol that is looked at, and what sets an alert."""
        self.text = f"{symbol} " if symbol else ""
        self._add = add
        self._typed = ""

    def typed(self, text: str) -> str:
        """Return what the alert waits for."""
        self._typed = ""
        if not text.strip() or text == self.text:
            return self.hint
        rule = self._read(text)
        if rule.command:
            raise ValueError("a command: tickterm alert add --command, on the engine's machine")
        self._typed = str(rule)
        return in_words(rule)

    def _read(self, text: str) -> AlertRule:
        """Return the rule; one written in full behind the symbol that stood there counts too."""
        try:
            return _in_capitals(AlertRule.parse(text))
        except SettingsError as error:
            if self.text and text.startswith(self.text):
                with contextlib.suppress(SettingsError):
                    return _in_capitals(AlertRule.parse(text[len(self.text) :]))
            wrong = str(error).partition(": ")[0]  # the line has no room for all that is allowed
            raise ValueError(f"{wrong}; try > 230, move 2% 5m") from None

    def take_back(self) -> None:
        """Set none."""
        self._typed = ""

    def do(self) -> None:
        """Set the alert."""
        if self._typed:
            self._add(self._typed)


def _in_capitals(rule: AlertRule) -> AlertRule:
    """Return the rule; a symbol in small letters alone becomes one in large ones."""
    small = rule.symbol == rule.symbol.lower()
    return replace(rule, symbol=rule.symbol.upper()) if small else rule
