"""WatchDesk: what is watched, and the groups on the digits; takes everybody's wishes in turn."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol, assert_never

from tickterm.engine.symbols.own_lists import OwnLists
from tickterm.errors import TickTermError
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
from tickterm.market.groups import (
    EVERYTHING,
    MOST_IN_TABLE,
    MOST_WATCHED,
    OWN_KEYS,
    Group,
    arranged,
    named,
)
from tickterm.market.snapshot import UniverseView
from tickterm.market.symbols import split_symbols
from tickterm.market.text import clean
from tickterm.market.universe import Universe

__all__ = ["UniverseTable", "WatchDesk"]

log = logging.getLogger("tickterm.watch")

READ_AGAIN = 60.0
"""Seconds until a table that could not be read is tried again."""


class UniverseTable(Protocol):
    """Where universes come from."""

    async def read(self, key: str) -> Universe:
        """Return the universe under `name:key`; raises TickTermError."""
        ...

    async def first(self, count: int) -> Sequence[Universe]:
        """Return the first universes of the table that can be used; raises TickTermError."""
        ...


class WatchDesk:
    """Watched symbols and groups. One thread; nothing waits but the table and the file."""

    def __init__(
        self,
        watch: Callable[[tuple[str, ...], Mapping[str, str]], None],
        lists: Path | None = None,
        table: UniverseTable | None = None,
    ) -> None:
        """Take what makes symbols watched under their names, the file of own lists, and the table;
        None: there is none."""
        self._watch_exactly = watch
        self._own = OwnLists(lists, self._arrange)
        self._table = table
        self._universes: list[Universe] = []
        self._in_use: Mapping[str, str] = {}
        """What the universe in use says that its symbols stand for."""
        self._names: Mapping[str, str] = {}
        """That, and what the universes on the digits say."""
        self._wanted = ""
        self._asked = asyncio.Event()
        self._stale = asyncio.Event()
        """Set when the table is to be read for the digits."""
        self.symbols: tuple[str, ...] = ()
        """All that is watched, in its order."""
        self.universe = UniverseView()
        self.groups: tuple[Group, ...] = ()
        """By digit; the same object until one changes."""

    def begin(self, universe: Universe) -> None:
        """Watch a universe: the first thing that is."""
        self.universe = UniverseView(universe.key)
        self._in_use = universe.names
        self._take_names()
        self._watch_all(universe.symbols)

    async def run(self) -> None:
        """Read and keep what outlives the engine, and read the table, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._own.run())
            if self._table is not None:
                tasks.create_task(self._read_groups(self._table))
                tasks.create_task(self._use_universes(self._table))

    def close(self) -> None:
        """Keep what is not kept yet."""
        self._own.close()

    def obey(self, wish: Wish) -> None:
        """Do what somebody wishes; the log tells what became of it."""
        match wish:
            case Watch(symbols):
                self._watch(symbols)
            case Unwatch(symbols):
                self._unwatch(symbols)
            case WatchGroup(key):
                self._watch_group(key)
            case UseUniverse(key):
                self._wanted = key
                self._asked.set()
            case PutList(key, name, symbols):
                self._own.put(key, name, symbols)
            case ChangeList(key, added, removed):
                self._own.change(key, added, removed)
            case DropList(key):
                self._own.drop(key)
            case _:
                assert_never(wish)

    # -- symbols ------------------------------------------------------------------------------

    def _watch(self, wanted: Sequence[str]) -> None:
        symbols, rejected = split_symbols(wanted)
        for text in rejected[:3]:
            log.warning("%s is not a symbol", clean(text, 40))
        if symbols:
            self._add(symbols)

    def _add(self, symbols: Sequence[str]) -> None:
        """Watch what is known to be symbols."""
        new = self._unwatched(symbols)
        if not self.symbols:
            log.warning("not watched: %s: there is no universe yet", named(new))
        elif not new:
            log.info("already watched: %s", named(symbols))
        elif len(self.symbols) + len(new) > MOST_WATCHED:
            log.warning("not watched: %s: %d symbols are the most", named(new), MOST_WATCHED)
        else:
            self._watch_all((*self.symbols, *new))
            log.info("watching %s: %s", named(new), self._size())

    def _unwatch(self, symbols: Sequence[str]) -> None:
        asked = dict.fromkeys(symbols)
        gone = dict.fromkeys(symbol for symbol in self.symbols if symbol in asked)
        left = tuple(symbol for symbol in self.symbols if symbol not in asked)
        if unknown := [clean(symbol, 40) for symbol in asked if symbol not in gone]:
            log.warning("not watched: %s", named(unknown))
        if gone and not left:
            log.warning("still watching %s: nothing would be left", named(gone))
        elif gone:
            self._watch_all(left)
            log.info("no longer watching %s: %s", named(gone), self._size())

    def _watch_group(self, key: int) -> None:
        group = next((group for group in self.groups if group.key == key), None)
        if group is None:
            log.warning("there is no group %d", key)
        elif new := self._unwatched(group.symbols):
            self._add(new)

    def _unwatched(self, symbols: Sequence[str]) -> list[str]:
        watched = frozenset(self.symbols)
        return [symbol for symbol in dict.fromkeys(symbols) if symbol not in watched]

    def _watch_all(self, symbols: tuple[str, ...]) -> None:
        self.symbols = symbols
        self.universe = replace(self.universe, size=len(symbols), error="")
        self._watch_exactly(symbols, self._names)
        self._arrange()

    def _size(self) -> str:
        return f"{len(self.symbols):,} symbol{'' if len(self.symbols) == 1 else 's'}"

    def _take_names(self) -> bool:
        """Join what the universes say that symbols stand for; say whether any of it is new."""
        before, names = self._names, dict[str, str]()
        for universe in reversed(self._universes):
            names |= universe.names
        self._names = {**names, **self._in_use}
        return self._names != before

    # -- groups -------------------------------------------------------------------------------

    def _arrange(self) -> None:
        everything = Group(EVERYTHING, self.universe.name, self.symbols)
        self.groups = arranged(everything, self._own.lists, self._universes)

    async def _read_groups(self, table: UniverseTable) -> None:
        """Read the universes for the digits, as often as they may have changed.

        A table that cannot be read is tried again.
        """
        told = ""
        while True:
            self._stale.clear()
            try:
                found = await table.first(len(OWN_KEYS) + 1)
            except TickTermError as error:
                if str(error) != told:
                    log.warning("no groups from the table: %s", error)
                told = str(error)
                again: float | None = READ_AGAIN
            else:
                told, again = "", None
                self._universes = _bounded(found)
                if self._take_names() and self.symbols:
                    self._watch_exactly(self.symbols, self._names)
                self._arrange()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(again):
                    await self._stale.wait()

    async def _use_universes(self, table: UniverseTable) -> None:
        """Watch the universe that was asked for last, as often as one is."""
        while True:
            await self._asked.wait()
            self._asked.clear()
            try:
                universe = await table.read(self._wanted)
            except TickTermError as error:
                log.error("%s", error)
            else:
                self._take(universe)
                self._stale.set()

    def _take(self, universe: Universe) -> None:
        if not self.symbols:
            log.warning("not watched: %s: there is no universe yet", clean(universe.key))
        elif len(universe.symbols) > MOST_WATCHED:
            log.warning("not watched: %s: %d symbols are the most", universe.key, MOST_WATCHED)
        else:
            before, after = set(self.symbols), set(universe.symbols)
            self.universe = UniverseView(universe.key)
            self._in_use = universe.names
            self._take_names()
            self._watch_all(universe.symbols)
            new, gone = len(after - before), len(before - after)
            log.info("universe %s: %s, +%d -%d", universe.key, self._size(), new, gone)


def _bounded(universes: Sequence[Universe]) -> list[Universe]:
    """Return as many universes, from the first on, as screens can be sent."""
    taken: list[Universe] = []
    left = MOST_IN_TABLE
    for universe in universes:
        left -= len(universe.symbols)
        if left < 0:
            log.warning("no group of %s: it has too many symbols", clean(universe.key))
            break
        taken.append(universe)
    return taken
