"""Alert rules: what they are, how a person writes them, and what it is when one fires.

The forms, which `AlertRule.parse` reads and `str(rule)` writes::

    AAPL > 230                the price passes above 230 dollars
    AAPL < 220                it passes below 220 dollars
    AAPL move 2% 5m           it moves by 2 % either way within 5 minutes; +2% up, -2% down
    AAPL volume x3 1m         three times the shares of an average minute
    AAPL stale 60s            no tick for 60 seconds

Behind any of them may stand `cooldown 10m`, `once`, and last `command` with a whole command line.
"""

from __future__ import annotations

import enum
import re
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tickterm.errors import SettingsError
from tickterm.market.symbols import is_symbol
from tickterm.market.text import clean

__all__ = [
    "COOLDOWN",
    "FORMS",
    "HIDDEN",
    "LONGEST_TEXT",
    "AlertKind",
    "AlertRule",
    "FiredAlert",
    "duration",
    "duration_text",
]

COOLDOWN: Final = 300.0
"""Seconds after a rule has fired in which it stays silent, unless it says otherwise."""
WINDOW: Final = 60.0
"""Seconds of a move and of a volume that do not say otherwise."""
LONGEST_WINDOW, LONGEST_TIME = 3_600.0, 86_400.0
"""Seconds: of a move or a volume; of a silence or a cool-down."""
MAX_PRICE, MAX_PERCENT, MAX_FACTOR = 1e9, 1_000.0, 1_000.0
LONGEST_TEXT = 300
"""Characters of a rule as a person writes it, its command included."""
FORMS = "SYMBOL > PRICE, SYMBOL < PRICE, SYMBOL move 2% 5m, SYMBOL volume x3, SYMBOL stale 60s"
"""What is allowed, in one line."""
HIDDEN: Final = "…"
"""What stands for a command."""

_TOO_LONG = f"an alert has at most {LONGEST_TEXT} characters, its command included"
_UNITS = {"s": 1.0, "m": 60.0, "h": 3_600.0}
_DURATION = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)(s|m|h)", re.ASCII | re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,12}(?:\.\d{1,9})?", re.ASCII)
_RULE = re.compile(
    r"(?P<symbol>[^\s<>]+)\s*(?P<word>[<>]|\s[a-z]+)\s*(?P<rest>.*)", re.IGNORECASE | re.DOTALL
)


class AlertKind(enum.StrEnum):
    """What a rule waits for."""

    ABOVE = "above"
    """The price passes from the level, or below it, to above it."""
    BELOW = "below"
    """The price passes from the level, or above it, to below it."""
    MOVE = "move"
    """The price moves by so much per cent within the window."""
    VOLUME = "volume"
    """So many times the usual shares within the window."""
    STALE = "stale"
    """No tick for so long, while the link is up and the market open."""


class AlertRule(Struct, frozen=True):
    """One condition on one symbol."""

    symbol: str
    kind: AlertKind
    value: float
    """Above and below: dollars. Move: per cent. Volume: the factor. Stale: seconds."""
    id: int = 0
    """Given by the engine, from 1 on and never twice; 0: none yet."""
    direction: int = 0
    """Of a move: +1 only up, -1 only down, 0 either way."""
    window: float = 0.0
    """Seconds. Of a move: within which it happens. Of a volume: the shares of the newest window
    are compared with the average of the 20 windows before it, or of at least 5 where there are
    not more yet. Other kinds have none: 0."""
    cooldown: float = COOLDOWN
    """Seconds after it has fired in which it does not fire again."""
    once: bool = False
    """Whether it is removed when it has fired."""
    command: str = ""
    """A command line to run when it fires; empty: none."""

    @classmethod
    def parse(cls, text: str) -> AlertRule:
        """Return the rule that a person wrote, without an id.

        Raises:
            SettingsError: one line that says what is wrong and what is allowed.
        """
        if len(text) > LONGEST_TEXT:
            raise SettingsError(_TOO_LONG)
        if not (found := _RULE.fullmatch(text.strip())):
            beginning = " ".join(text.split()[:2])  # a command behind it may hold a password
            raise SettingsError(f"{clean(beginning, 60)!r} is no alert: {FORMS}")
        symbol = found["symbol"]
        if not is_symbol(symbol):
            raise SettingsError(f"{clean(symbol, 40)!r} is no symbol: {FORMS}")
        kind = _kind(found["word"].strip().lower())
        words = _Words(found["rest"])
        value, direction, window = _READERS[kind](words)
        cooldown, once, command = _options(words)
        rule = cls(symbol, kind, value, 0, direction, window, cooldown, once, command)
        if len(str(rule)) > LONGEST_TEXT:  # else nobody could read what was written
            raise SettingsError(_TOO_LONG)
        return rule

    def __str__(self) -> str:
        return " ".join([self.condition, *self._option_words()])

    @property
    def condition(self) -> str:
        """The rule as a person writes it, without cool-down, once and command."""
        number = _number_text(self.value)
        match self.kind:
            case AlertKind.ABOVE | AlertKind.BELOW:
                return f"{self.symbol} {'>' if self.kind is AlertKind.ABOVE else '<'} {number}"
            case AlertKind.MOVE:
                sign = {1: "+", -1: "-"}.get(self.direction, "")
                return f"{self.symbol} move {sign}{number}% {duration_text(self.window)}"
            case AlertKind.VOLUME:
                return f"{self.symbol} volume x{number} {duration_text(self.window)}"
            case AlertKind.STALE:
                return f"{self.symbol} stale {duration_text(self.value)}"

    @property
    def without_command(self) -> AlertRule:
        """The rule for people elsewhere: a command may hold a password."""
        return replace(self, command=HIDDEN) if self.command else self

    def _option_words(self) -> list[str]:
        words = [] if self.cooldown == COOLDOWN else [f"cooldown {duration_text(self.cooldown)}"]
        words += ["once"] if self.once else []
        return words + ([f"command {self.command}"] if self.command else [])


class FiredAlert(Struct, frozen=True, gc=False):
    """A rule that fired; numbers rise by one, so a reader sees what it missed."""

    number: int
    wall_ms: int
    """When the engine saw it, ms UTC."""
    rule: int
    """The rule's id."""
    symbol: str
    kind: AlertKind
    text: str
    """What happened, in words, the symbol first; sanitised, one line."""
    price: float | None = None
    """The newest price, dollars; None where there was none."""


def duration(text: str, longest: float = LONGEST_TIME, *, least: float = 1.0) -> float:
    """Return the seconds of `30s`, `5m` or `1h`.

    Raises:
        SettingsError: it is none, or not from `least` to `longest` seconds.
    """
    found = _DURATION.fullmatch(text)
    seconds = float(found[1]) * _UNITS[found[2].lower()] if found else -1.0
    if not least <= seconds <= longest:
        allowed = f"{duration_text(least)} to {duration_text(longest)}, such as 30s, 5m or 1h"
        raise SettingsError(f"{clean(text, 40)!r} is no such time: {allowed}")
    return seconds


def duration_text(seconds: float) -> str:
    """Return seconds as `duration` reads them, in the largest unit that fits."""
    for unit in ("h", "m"):
        if seconds and seconds % _UNITS[unit] == 0:
            return f"{seconds / _UNITS[unit]:.0f}{unit}"
    return f"{_number_text(seconds)}s"


class _Words:
    """The words behind the kind of a rule, taken one after the other."""

    def __init__(self, text: str) -> None:
        self.rest = text.strip()

    def peek(self) -> str:
        """Return the next word, or nothing."""
        return self.rest.split(maxsplit=1)[0] if self.rest else ""

    def take(self) -> str:
        """Return the next word, or nothing, and go on behind it."""
        word, *rest = self.rest.split(maxsplit=1) or [""]
        self.rest = "".join(rest)
        return word


def _kind(word: str) -> AlertKind:
    try:
        return {">": AlertKind.ABOVE, "<": AlertKind.BELOW}.get(word) or AlertKind(word)
    except ValueError:
        raise SettingsError(f"{clean(word, 40)!r} is no kind of alert: {FORMS}") from None


def _price(words: _Words) -> tuple[float, int, float]:
    word = words.take()
    return _number(word.removeprefix("$"), word, 0.0, MAX_PRICE, "a price, such as 230.5"), 0, 0.0


def _move(words: _Words) -> tuple[float, int, float]:
    word = words.take()
    direction = {"+": 1, "-": -1}.get(word[:1], 0)
    bare = word.removesuffix("%").lstrip("+-±") if word.endswith("%") else ""
    what = "a move, such as 2%, +2% or -0.5%"
    return _number(bare, word, 0.0, MAX_PERCENT, what), direction, _window(words)


def _volume(words: _Words) -> tuple[float, int, float]:
    word = words.take()
    bare = word.lower().removeprefix("x") if word[:1] in ("x", "X") else ""
    what = "a factor, such as x3 (more than x1)"
    return _number(bare, word, 1.0, MAX_FACTOR, what), 0, _window(words)


def _stale(words: _Words) -> tuple[float, int, float]:
    return duration(words.take()), 0, 0.0


_READERS = {
    AlertKind.ABOVE: _price,
    AlertKind.BELOW: _price,
    AlertKind.MOVE: _move,
    AlertKind.VOLUME: _volume,
    AlertKind.STALE: _stale,
}


def _number(bare: str, word: str, above: float, most: float, what: str) -> float:
    value = float(bare) if _NUMBER.fullmatch(bare) else -1.0
    if not above < value <= most:
        raise SettingsError(f"{clean(word, 40)!r} is not {what}; the forms: {FORMS}")
    return value


def _window(words: _Words) -> float:
    if words.peek()[:1].isdigit():
        return duration(words.take(), LONGEST_WINDOW)
    return WINDOW


def _options(words: _Words) -> tuple[float, bool, str]:
    cooldown, once = COOLDOWN, False
    while word := words.take():
        match word.lower():
            case "cooldown":
                cooldown = duration(words.take(), least=0.0)
            case "once":
                once = True
            case "command" if words.rest:
                return cooldown, once, _command(words.rest)
            case _:
                told = "behind an alert may stand: cooldown 10m, once, command COMMAND LINE"
                raise SettingsError(f"{clean(word, 40)!r} is none of that; {told}")
    return cooldown, once, ""


def _command(text: str) -> str:
    if clean(text) != text:
        raise SettingsError("a command is one line of printable characters")
    return text


def _number_text(value: float) -> str:
    short = f"{value:.10g}"
    return short if float(short) == value and "e" not in short else f"{value:.9f}".rstrip("0")
