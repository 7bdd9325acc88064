"""Which lines of the log are shown: a filter of one line, read and applied; pure."""

from __future__ import annotations

import logging
import re
from typing import NamedTuple

from tickterm.market.symbols import is_symbol, mention_of

__all__ = ["HINT", "LogFilter", "parse", "step_level"]

HINT = "words, warning (or worse), AAPL (in capitals: the symbol)"

_LEVELS = {
    "all": logging.NOTSET,
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
_STEPS = ("all", "info", "warning", "error")
_LEVEL_FORM = "a level is all, info, warning or error, as in >=warning"
_SYMBOL_FORM = "after symbol: comes one symbol, as in symbol:AAPL"


class LogFilter(NamedTuple):
    """Each word and each symbol must be in the line, and its level must be high enough."""

    level: int = logging.NOTSET
    """The lowest that is shown, a level of the `logging` module."""
    symbols: tuple[re.Pattern[str], ...] = ()
    words: tuple[str, ...] = ()
    """In lower case."""

    def passes(self, level: int, text: str) -> bool:
        """Say whether a line is shown."""
        if level < self.level:
            return False
        if not all(symbol.search(text) for symbol in self.symbols):
            return False
        folded = text.casefold()
        return all(word in folded for word in self.words)


def parse(text: str) -> LogFilter:
    """Return the filter that `text` describes; the README says what its words mean.

    Raises:
        ValueError: a word has no meaning; the text says what the form is.
    """
    level, symbols, words = logging.NOTSET, [], []
    for word in text.split():
        if (wanted := _level(word)) is not None:
            level = max(level, wanted)
        elif (symbol := _symbol(word)) is not None:
            symbols.append(mention_of(symbol))
        else:
            words.append(word.casefold())
    return LogFilter(level, tuple(symbols), tuple(words))


def step_level(text: str) -> str:
    """Return the filter `text` with the next lowest level, after `error` without any."""
    level = parse(text).level
    above = [name for name in _STEPS if _LEVELS[name] > level]
    others = [word for word in text.split() if _level(word) is None]
    return " ".join([f">={above[0]}", *others] if above else others)


def _level(word: str) -> int | None:
    """Return the level that a word means; None if it means none."""
    name = word.casefold()
    bare = name.removeprefix("level:").removeprefix(">=")
    if bare == name and name[0] not in "<>=":
        return None if name == "all" else _LEVELS.get(name)
    if bare not in _LEVELS:
        raise ValueError(_LEVEL_FORM)
    return _LEVELS[bare]


def _symbol(word: str) -> str | None:
    """Return the symbol that a word means: in capitals, or marked as one."""
    marked = word.casefold().startswith("symbol:")
    symbol = word[len("symbol:") :] if marked else word
    if marked and not is_symbol(symbol):
        raise ValueError(_SYMBOL_FORM)
    if marked and symbol.islower():
        return symbol.upper()
    return symbol if marked or (symbol.isupper() and is_symbol(symbol)) else None
