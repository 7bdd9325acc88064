"""The table of universes, as the engine reads it while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from importlib import import_module

from tickterm.cli.table_memo import TableMemo
from tickterm.cli.universe_loader import DATABASE, universe_loader
from tickterm.errors import SettingsError, UniverseError
from tickterm.market.universe import Universe
from tickterm.settings import Settings

__all__ = ["OWN_LISTS", "Table"]

OWN_LISTS = "watchlists.json"
"""The file of own lists, in the data directory."""
SETTLED = 3.0
"""Seconds after the start that belong to the first screen and the first ticks."""
LOOK_AGAIN = 2.0
"""Seconds between looks for a database that is not there yet."""


class Table:
    """The universes of the settings' database; of the demo, those of tickterm's own."""

    def __init__(self, settings: Settings, *, demo: bool) -> None:
        self._settings = settings
        self._demo = demo
        self._settled = False

    async def read(self, key: str) -> Universe:
        """Return the universe under `name:key`, as the table has it now.

        Raises:
            TickTermError: there is none that can be used, or the table cannot be read.
        """
        return await universe_loader(self._settings, key, demo=self._demo)()

    async def first(self, count: int) -> Sequence[Universe]:
        """Return the first universes that can be used, in the table's order.

        Raises:
            TickTermError: the table cannot be read.
        """
        if not self._settled:
            await asyncio.sleep(SETTLED)
            self._settled = True
        if not self._demo and not self._settings.database_is_default:
            return await _first(self._settings.database_url, count)
        database = self._settings.data_dir / DATABASE
        while not database.exists():  # noqa: ASYNC110 - whoever makes it sets no event
            await asyncio.sleep(LOOK_AGAIN)
        memo = TableMemo(database)
        if (known := memo.recall()) is None:
            state = memo.state()
            known = await _first(f"sqlite:///{database}", count)
            memo.keep(known, state)
        return known[:count]


async def _first(url: str, count: int) -> list[Universe]:
    # It takes over half a second to import: on a thread, so that no tick waits for all of it.
    await asyncio.to_thread(import_module, "tickterm.engine.symbols.cache_control")
    from tickterm.engine.symbols.cache_control import CacheControl

    table = CacheControl(url)
    try:
        listed = await table.list_universes()
        keys = dict.fromkeys(f"{row.name}:{row.key}" for row in listed if not row.problem)
        found: list[Universe] = []
        for key in keys:
            if len(found) >= count:
                break
            try:
                found.append(await table.get_universe_tickers(key))
            except (SettingsError, UniverseError):
                continue  # it has several meanings: `tickterm universe list` tells
        return found
    finally:
        await table.close()
