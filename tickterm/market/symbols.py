"""The grammar of stock symbols."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["case_hint", "is_symbol", "mention_of", "split_symbols"]

_SYMBOL = re.compile(r"[A-Za-z0-9]{1,12}(?:[./-][A-Za-z0-9]{1,6})*", re.ASCII)


def is_symbol(text: object) -> bool:
    """Say whether `text` is one symbol, such as `AAPL`, `BRK.B`, `BF/A` or `BACpB`.

    A comma or `*` would inject further subscriptions into a command, a control character would
    reach a terminal: neither is a symbol. Case matters and is kept.
    """
    return isinstance(text, str) and len(text) <= 32 and _SYMBOL.fullmatch(text) is not None


def mention_of(symbol: str) -> re.Pattern[str]:
    """Return what finds a symbol in a text, in the feed's own case, where it is no part of another.

    `A` is neither in `AAPL` nor in `BRK.A`; in `A.AAPL` it is the feed's name for seconds.
    """
    before = r"(?<![\w./-])(?:(?:AM|A|T|Q)\.)?"
    return re.compile(rf"{before}{re.escape(symbol)}(?!\w|[./-]\w)")


def case_hint(symbols: Iterable[str]) -> str:
    """Return what to try instead of symbols that nobody knows, if some are not in capitals."""
    tried = [symbol.upper() for symbol in symbols if symbol != symbol.upper()]
    return f"; case matters: {', '.join(tried[:5])}?" if tried else ""


def split_symbols(candidates: Iterable[object]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return `(symbols, rejected)`: trimmed, order kept, blanks and duplicates dropped."""
    symbols: dict[str, None] = {}
    rejected: dict[str, None] = {}
    for candidate in candidates:
        text = candidate.strip() if isinstance(candidate, str) else candidate
        if text is None or text == "":
            continue
        if is_symbol(text):
            symbols[str(text)] = None
        else:
            rejected[str(text)] = None
    return tuple(symbols), tuple(rejected)
