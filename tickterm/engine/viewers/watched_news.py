"""WatchedNews: what is watched, and its groups, as viewers are told of them."""

from __future__ import annotations

from collections.abc import Iterable

from tickterm.engine.viewers.viewer import Viewer, framed
from tickterm.market.contract import Groups, Stream, Watched, encode
from tickterm.market.groups import Group
from tickterm.market.snapshot import Snapshot, symbols_of

__all__ = ["WatchedNews"]


class WatchedNews:
    """Knows the newest; each message is made once for all viewers."""

    def __init__(self) -> None:
        self.symbols: tuple[str, ...] = ()
        """All that is watched; the same object until it changes. Empty while nobody knows."""
        self._known: frozenset[str] = frozenset()
        self._gone: tuple[tuple[str, ...], frozenset[str]] = ((), frozenset())
        """What was watched before, and which of that no longer is."""
        self._told_symbols = b""
        """The frame that tells of a change of these."""
        self._groups: tuple[Group, ...] = ()
        self._told_groups = b""
        """The frame that tells of these; empty before there were any."""

    def take(self, before: Snapshot, snapshot: Snapshot) -> None:
        """Take what is watched now, and the groups."""
        if snapshot.rows is not before.rows:
            self._take_symbols(symbols_of(snapshot.rows))
        if snapshot.groups is not before.groups:
            self._take_groups(snapshot.groups)

    def unknown(self, symbols: Iterable[str]) -> list[str]:
        """Return those of `symbols` that nobody watches; none while the universe is not known."""
        return [s for s in symbols if s not in self._known] if self._known else []

    def gone(self, before: tuple[str, ...], symbols: Iterable[str]) -> list[str]:
        """Return those of `symbols` that are no longer watched, unlike `before`.

        If nothing was known before, all that nobody watches.
        """
        if not before:
            return self.unknown(symbols)
        if self._gone[0] is not before:
            self._gone = (before, frozenset(before) - self._known)
        return [s for s in symbols if s in self._gone[1]] if self._known else []

    def tell_symbols(self, viewer: Viewer) -> None:
        """Tell a viewer that knew of others what is watched now."""
        viewer.universe = self.symbols
        viewer.write(self._told_symbols)

    def tell_groups(self, viewer: Viewer) -> None:
        """Tell a viewer of rows of the groups, unless it knows them."""
        if viewer.groups is not self._told_groups and viewer.stream is Stream.ROWS:
            viewer.groups = self._told_groups
            viewer.write(self._told_groups)

    def _take_symbols(self, symbols: tuple[str, ...]) -> None:
        if symbols != self.symbols:
            self.symbols, self._known = symbols, frozenset(symbols)
            self._gone = ((), frozenset())
            self._told_symbols = framed(encode(Watched(list(symbols))))

    def _take_groups(self, groups: tuple[Group, ...]) -> None:
        """Take the groups; the first one is what is watched, which everybody knows."""
        if groups[1:] != self._groups:
            self._groups = groups[1:]
            self._told_groups = framed(encode(Groups(list(self._groups))))
