"""Universes: what a `name:key` is, and how the values of `cache_entries` become symbols."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import orjson

from tickterm.errors import SettingsError, UniverseError
from tickterm.market.names import names_in
from tickterm.market.symbols import split_symbols
from tickterm.market.text import clean

__all__ = ["Universe", "UniverseKey", "names_of", "nearest", "sift", "tickers_of"]

EXAMPLE = "stock_etf_test:combo_test"

_LISTS = ("stocks", "symbols", "etfs", "tickers")
_NESTING = 4  # a JSON string of {"value": "<JSON string>"} is three steps from its list
_NAMED = 3


class UniverseKey(NamedTuple):
    """The address of a row: its columns `name` and `key`."""

    name: str
    key: str

    @classmethod
    def parse(cls, text: str) -> UniverseKey:
        """Split `name:key` at its first colon; blanks and case are kept, as the look-up is exact.

        Raises:
            SettingsError: a side is empty, or the text is too long or not printable.
        """
        name, _, key = text.partition(":")
        if not name.strip() or not key.strip() or clean(text) != text:
            raise SettingsError(
                f"'{clean(text, 80)}' is no universe key: the form is NAME:KEY, such as {EXAMPLE}"
            )
        return cls(name, key)

    def __str__(self) -> str:
        return f"{self.name}:{self.key}"


@dataclass(frozen=True, slots=True)
class Universe:
    """A list of symbols under its key."""

    key: str
    symbols: tuple[str, ...]
    """In stored order and case, without duplicates."""
    rejected: tuple[str, ...] = ()
    """What stood in the list but is no symbol; sanitised."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What the symbols stand for, where the list says so."""


def tickers_of(value: object) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return `(symbols, rejected)` of one `value` of `cache_entries`, of any shape in use.

    A list of symbols or of `{"ticker" | "symbol": ...}`; a dict with such lists under `stocks`,
    `symbols`, `etfs` or `tickers` (joined in this order), or with any of these under `value`;
    or the JSON text of any of these, as str or bytes, also encoded twice.

    Raises:
        UniverseError: no such list, an empty one, or one with fewer symbols than other things.
    """
    symbols, rejected = sift(value)
    if len(symbols) < len(rejected) or not symbols:
        named = ", ".join(rejected[:_NAMED]) + (", …" if len(rejected) > _NAMED else "")
        found = f"{len(rejected)} entries are no symbols: {named}" if rejected else "it is empty"
        raise UniverseError(f"no usable list of symbols, {found}")
    return symbols, rejected


def sift(value: object) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return `(symbols, rejected)` as `tickers_of` does, however many are rejected.

    Raises:
        UniverseError: there is no list at all.
    """
    candidates = (_candidate(at, item) for at, item in enumerate(_items(value), 1))
    symbols, rejected = split_symbols(candidates)
    return symbols, tuple(clean(text, 40) for text in rejected)


def names_of(value: object) -> dict[str, str]:
    """Return what a `value` of `cache_entries` says its symbols stand for; {} if it says nothing.

    Raises:
        UniverseError: there is no list at all.
    """
    return names_in(_items(value))


def nearest(key: str, existing: Iterable[str]) -> tuple[str, ...]:
    """Return all `existing` keys, those most like `key` first.

    First come the same words joined otherwise (`market_leaders_top_100`), then the same key under
    another name (`stock_universe:top_100` with the column `type` for the name), then likeness.
    """
    return tuple(sorted(dict.fromkeys(existing), key=lambda other: (-_likeness(key, other), other)))


def _likeness(wanted: str, other: str) -> float:
    a, b = _joined(wanted), _joined(other)
    if a == b:
        return 3.0
    same_key = wanted.rpartition(":")[2].casefold() == other.partition(":")[2].casefold()
    return same_key + difflib.SequenceMatcher(None, a, b).ratio()


def _joined(key: str) -> str:
    return "_".join(key.casefold().replace(":", " ").replace("_", " ").replace("-", " ").split())


def _items(value: object) -> list[object]:
    """Unwrap `value` until it is a list."""
    for _ in range(_NESTING):
        if isinstance(value, str | bytes | bytearray | memoryview):
            value = _decoded(value)
        elif isinstance(value, Mapping):
            lists = [part for name in _LISTS if isinstance(part := value.get(name), list)]
            if lists:
                return [item for part in lists for item in part]
            value = value.get("value")
        else:
            break
    if isinstance(value, list):
        return value
    raise UniverseError(f"no list of symbols but {_kind(value)}")


def _decoded(text: str | bytes | bytearray | memoryview) -> object:
    try:
        return orjson.loads(text)
    except ValueError:  # orjson's own error and UnicodeError are both ValueErrors
        shown = text if isinstance(text, str) else bytes(text[:80]).decode(errors="replace")
        raise UniverseError(
            f"no list of symbols but text that is no JSON: {clean(shown, 40)}"
        ) from None


def _candidate(position: int, item: object) -> object:
    """Return the text that should be a symbol; what has none is named by its position."""
    if isinstance(item, Mapping):
        found = item.get("ticker") or item.get("symbol")
        return found if isinstance(found, str) else f"entry {position} without ticker or symbol"
    if item is None or isinstance(item, str):
        return item
    return f"entry {position}: {_kind(item)}"


def _kind(value: object) -> str:
    names = {dict: "an object without a list", list: "a list", str: "text", type(None): "nothing"}
    if isinstance(value, bool | int | float):
        return "a number"
    return names.get(type(value), "something else")
