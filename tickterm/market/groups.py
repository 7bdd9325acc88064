"""Groups of symbols on the digits: what is watched, a person's own lists, the table's universes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tickterm.market.universe import Universe

__all__ = [
    "A_MESSAGE",
    "EVERYTHING",
    "LONGEST_NAME",
    "MOST_IN_TABLE",
    "MOST_LISTED",
    "MOST_WATCHED",
    "OWN_KEYS",
    "Group",
    "arranged",
    "in_pieces",
    "named",
]

EVERYTHING = 1
"""The digit of the group of all that is watched."""
OWN_KEYS = range(2, 10)
"""The digits that own lists may have."""
MOST_WATCHED = 20_000
MOST_LISTED = 2_000
"""Symbols of an own list."""
MOST_IN_TABLE = 40_000
"""Symbols of all universes on the digits together: every screen is sent them."""
LONGEST_NAME = 40
"""Characters of the name of an own list."""
A_MESSAGE = 500
"""Symbols of one message."""
_LONGEST_MESSAGE = 3_000
"""Bytes of these symbols, with the quotes and the comma of each."""
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Group:
    """Symbols that a digit shows."""

    key: int
    """The digit, 1 to 9."""
    name: str
    """What the person called it; of a universe its `name:key` in the table; sanitised."""
    symbols: tuple[str, ...]
    """In the order of the list."""
    own: bool = False
    """Whether a person made it, and may change it."""


def arranged(
    everything: Group, own: Mapping[int, Group], universes: Iterable[Universe]
) -> tuple[Group, ...]:
    """Return the groups by digit: own lists where they were put, universes on what is left.

    The universe that `everything` is called after, and shows, has no second digit.
    """
    groups = {EVERYTHING: everything, **own}
    free = [key for key in OWN_KEYS if key not in own]
    others = (universe for universe in universes if universe.key != everything.name)
    groups |= {
        key: Group(key, universe.key, universe.symbols)
        for key, universe in zip(free, others, strict=False)
    }
    return tuple(groups[key] for key in sorted(groups))


def in_pieces(symbols: Iterable[str]) -> Iterator[list[str]]:
    """Yield the symbols in lists that fit into one message each."""
    piece: list[str] = []
    size = 0
    for symbol in symbols:
        if len(piece) >= A_MESSAGE or size + len(symbol) + 3 > _LONGEST_MESSAGE:
            yield piece
            piece, size = [], 0
        piece.append(symbol)
        size += len(symbol) + 3
    if piece:
        yield piece


def named(symbols: Sequence[str] | Collection[str]) -> str:
    """Return the first few symbols in words, and that there are more."""
    first = [symbol for symbol, _ in zip(symbols, range(_NAMED), strict=False)]
    return ", ".join(first) + (
        f" and {len(symbols) - _NAMED:,} more" if len(symbols) > _NAMED else ""
    )
