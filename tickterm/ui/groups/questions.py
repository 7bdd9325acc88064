"""What the line for typing asks about symbols and groups; nothing happens before enter."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from tickterm.market.groups import LONGEST_NAME, MOST_LISTED, OWN_KEYS, Group, named
from tickterm.market.symbols import is_symbol
from tickterm.market.text import clean

__all__ = ["AddSymbols", "Confirm", "NewList", "UseAnother", "typed_symbols"]

_LONGEST = 200
"""Characters of what is no list of symbols."""
_LONGEST_LIST = 8 * MOST_LISTED
"""Characters; symbols of five, with a comma and a blank behind each, are seven."""


class AddSymbols:
    """Asks for symbols; `add` gets those that are new."""

    text = ""
    hint = "symbols, such as: AMD BRK.B; enter adds, esc goes back"
    longest = _LONGEST_LIST

    def __init__(
        self, title: str, known: Collection[str], add: Callable[[Sequence[str]], None]
    ) -> None:
        """Take what the line is called, the symbols that are there already, and what adds."""
        self.title = title
        self._known = frozenset(known)
        self._add = add
        self._new: tuple[str, ...] = ()

    def typed(self, text: str) -> str:
        """Return which symbols are new."""
        symbols = typed_symbols(text)
        self._new = tuple(symbol for symbol in symbols if symbol not in self._known)
        old = [symbol for symbol in symbols if symbol in self._known]
        if old and not self._new:
            raise ValueError(f"{named(old)}: here already")
        there = f"; {named(old)} here already" if old else ""
        return f"+{len(self._new)}{there}" if self._new else ""

    def take_back(self) -> None:
        """Add nothing."""

    def do(self) -> None:
        """Add what was typed."""
        if self._new:
            self._add(self._new)


class Confirm:
    """Asks whether something is to be done."""

    text = ""
    hint = "enter: yes, escape: no"
    longest = _LONGEST

    def __init__(self, title: str, act: Callable[[], None]) -> None:
        self.title = title
        self._act = act

    def typed(self, text: str) -> str:
        """Take nothing but enter."""
        if text:
            raise ValueError("enter: yes, escape: no")
        return ""

    def take_back(self) -> None:
        """Do nothing."""

    def do(self) -> None:
        """Do it."""
        self._act()


class NewList:
    """Asks for name and symbols: `tech: NVDA AMD`; without symbols those shown, on another digit
    with that first."""

    text = ""
    hint = "NAME: SYMBOLS, or NAME for those shown"
    longest = _LONGEST_LIST

    def __init__(
        self,
        groups: Collection[Group],
        shown: Sequence[str],
        put: Callable[[int, str, Sequence[str]], None],
        key: int | None = None,
    ) -> None:
        """Take the groups that there are, the symbols on the board, and what makes a list.

        `key` is the digit; None: one that is free, as far as there is any.
        """
        self._own = {group.key: group for group in groups if group.own}
        taken = {group.key for group in groups}
        free = sorted(OWN_KEYS, key=lambda digit: (digit in self._own, digit in taken))
        self._key = key or free[0]
        self.title = f"list {self._key}"
        self._shown = shown
        self._put = put
        self._list: tuple[int, str, Sequence[str]] | None = None

    def typed(self, text: str) -> str:
        """Return what the list would be."""
        self._list = None
        if not text.strip():
            return ""
        head, colon, tail = text.partition(":")
        key, name = self._place(head)
        symbols = typed_symbols(tail) if colon else self._shown
        if len(symbols) > MOST_LISTED:
            raise ValueError(f"a list has {MOST_LISTED:,} symbols at most")
        self._list = (key, name, symbols)
        replaced = self._own.get(key)
        instead = f", instead of {clean(replaced.name, 12)}" if replaced else ""
        return f"{key}: {len(symbols):,} symbol{'' if len(symbols) == 1 else 's'}{instead}"

    def take_back(self) -> None:
        """Make none."""

    def do(self) -> None:
        """Make the list."""
        if self._list is not None:
            self._put(*self._list)

    def _place(self, head: str) -> tuple[int, str]:
        """Return digit and name."""
        first, _, rest = head.strip().partition(" ")
        has_digit = first.isdecimal() and len(first) == 1
        key, name = (int(first), rest.strip()) if has_digit else (self._key, head.strip())
        if key not in OWN_KEYS:
            raise ValueError("the digit is one from 2 to 9")
        if not name:
            raise ValueError("it needs a name")
        if len(name) > LONGEST_NAME:
            raise ValueError(f"a name has {LONGEST_NAME} characters at most")
        return key, name


class UseAnother:
    """Asks for a universe's key."""

    title = "universe"
    text = ""
    hint = "NAME:KEY, as tickterm universe list has it"
    longest = _LONGEST

    def __init__(self, use: Callable[[str], None]) -> None:
        self._use = use
        self._key = ""

    def typed(self, text: str) -> str:
        """Take a key."""
        self._key = ""
        name, _, key = text.partition(":")
        if text and not (name.strip() and key.strip()):
            raise ValueError("the form is NAME:KEY")
        self._key = text
        return ""

    def take_back(self) -> None:
        """Keep the universe."""

    def do(self) -> None:
        """Use it."""
        if self._key:
            self._use(self._key)


def typed_symbols(text: str) -> tuple[str, ...]:
    """Return the symbols of a text, parted by blanks or commas; small letters become large.

    Raises:
        ValueError: one of them is no symbol.
    """
    words = text.replace(",", " ").split()
    symbols = dict.fromkeys(word.upper() if word == word.lower() else word for word in words)
    if wrong := next((symbol for symbol in symbols if not is_symbol(symbol)), None):
        raise ValueError(f"{clean(wrong, 20)} is not a symbol")
    return tuple(symbols)
