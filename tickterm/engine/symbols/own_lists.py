"""OwnLists: the lists that a person made, changed at once and kept in their file a moment later."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from tickterm.engine.kept_state import KeptState
from tickterm.engine.symbols.watchlists import Changes, Kept, merge
from tickterm.market.groups import LONGEST_NAME, MOST_LISTED, Group, named
from tickterm.market.symbols import split_symbols
from tickterm.market.text import clean

__all__ = ["OwnLists"]

log = logging.getLogger("tickterm.watch")


class OwnLists(KeptState[Changes, Kept]):
    """Own lists by digit."""

    def __init__(self, path: Path | None, changed: Callable[[], None]) -> None:
        """Take the file, if any, and what to call when `lists` has changed."""
        super().__init__(path, "own lists", log)
        self._changed = changed
        self._kept: dict[int, Group] = {}
        """As the file had them."""
        self._changes: dict[int, Group | None] = {}
        """What is not in the file yet; None: the list goes."""

    @property
    def lists(self) -> dict[int, Group]:
        """The lists as they are now."""
        both = {**self._kept, **self._changes}
        return {key: group for key, group in both.items() if group is not None}

    def put(self, key: int, name: str, wanted: Sequence[str]) -> None:
        """Put a list on a digit."""
        symbols = _symbols(wanted)
        group = Group(key, clean(name, LONGEST_NAME).strip() or _nameless(key), symbols, own=True)
        if self._accept(group):
            log.info("%s: %d symbols", _title(group), len(symbols))

    def change(self, key: int, added: Sequence[str], removed: Sequence[str]) -> None:
        """Add symbols to the end of a list, and take others out of it."""
        group = self.lists.get(key)
        if group is None:
            log.warning("there is no list %d of your own", key)
            return
        gone = set(removed)
        symbols = tuple(dict.fromkeys((*group.symbols, *_symbols(added))))
        changed = Group(key, group.name, tuple(s for s in symbols if s not in gone), own=True)
        if changed.symbols == group.symbols:
            log.info("%s: as before", _title(group))
        elif self._accept(changed):
            words = _difference(group.symbols, changed.symbols)
            log.info("%s: %s: %d symbols", _title(group), words, len(changed.symbols))

    def drop(self, key: int) -> None:
        """Delete a list."""
        if (group := self.lists.get(key)) is None:
            log.warning("there is no list %d of your own", key)
            return
        self._note(key, None)
        log.info("%s: deleted", _title(group))

    def _pending(self) -> Changes:
        return dict(self._changes)

    def _put(self, path: Path, change: Changes, within: float) -> Kept:
        return merge(path, change, within)

    def _take(self, change: Changes, kept: Kept) -> None:
        before, self._kept = self.lists, kept.lists
        if not kept.faults:
            self._settle(change)
        if self.lists != before:
            self._changed()

    def _size(self) -> int:
        return len(self._kept)

    def _settle(self, changes: Changes) -> None:
        """Know that `changes` are in the file; what has changed since is not."""
        for key, group in changes.items():
            if self._changes[key] is group:
                del self._changes[key]

    def _accept(self, group: Group) -> bool:
        if len(group.symbols) > MOST_LISTED:
            most = f"{MOST_LISTED:,} symbols are the most of a list"
            log.warning("%s is not changed: %s", _title(group), most)
            return False
        self._note(group.key, group)
        return True

    def _note(self, key: int, group: Group | None) -> None:
        self._changes[key] = group
        self._due.set()
        self._changed()


def _nameless(key: int) -> str:
    return f"list {key}"


def _title(group: Group) -> str:
    """Return the list's digit and name, once where the name is the digit's own."""
    nameless = _nameless(group.key)
    return nameless if group.name == nameless else f"{nameless} {group.name}"


def _symbols(wanted: Sequence[str]) -> tuple[str, ...]:
    symbols, rejected = split_symbols(wanted)
    for text in rejected[:3]:
        log.warning("%s is not a symbol", clean(text, 40))
    return symbols


def _difference(before: Sequence[str], after: Sequence[str]) -> str:
    had, has = frozenset(before), frozenset(after)
    new = [f"+{symbol}" for symbol in after if symbol not in had]
    gone = [f"-{symbol}" for symbol in before if symbol not in has]
    return named([*new, *gone])
