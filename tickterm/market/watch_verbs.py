"""What a screen may do to the watched symbols and the groups, as messages small enough to send."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

from tickterm.market.contract import (
    ChangeList,
    DropList,
    PutList,
    Unwatch,
    UseUniverse,
    Watch,
    WatchGroup,
    Wish,
)
from tickterm.market.groups import in_pieces

__all__ = ["WatchVerbs"]


class WatchVerbs(ABC):
    """Verbs that return at once, on any thread; the engine's log tells what became of each."""

    @abstractmethod
    def wish(self, *wishes: Wish) -> None:
        """Let the engine do this, in this order."""

    def watch(self, symbols: Iterable[str]) -> None:
        """Watch these symbols too."""
        self.wish(*(Watch(piece) for piece in in_pieces(symbols)))

    def unwatch(self, symbols: Iterable[str]) -> None:
        """Watch these symbols no more."""
        self.wish(*(Unwatch(piece) for piece in in_pieces(symbols)))

    def watch_group(self, key: int) -> None:
        """Watch the symbols of a group that are not watched yet."""
        self.wish(WatchGroup(key))

    def use_universe(self, key: str) -> None:
        """Watch another universe of the table in the place of what is watched now."""
        self.wish(UseUniverse(key))

    def put_list(self, key: int, name: str, symbols: Sequence[str]) -> None:
        """Put an own list on a digit, in the place of one that is there."""
        first, *others = in_pieces(symbols) if symbols else [[]]
        self.wish(PutList(key, name, first), *(ChangeList(key, added=piece) for piece in others))

    def change_list(self, key: int, added: Sequence[str] = (), removed: Sequence[str] = ()) -> None:
        """Add symbols to the end of an own list, and take others out of it."""
        self.wish(
            *(ChangeList(key, added=piece) for piece in in_pieces(added)),
            *(ChangeList(key, removed=piece) for piece in in_pieces(removed)),
        )

    def drop_list(self, key: int) -> None:
        """Delete an own list."""
        self.wish(DropList(key))
