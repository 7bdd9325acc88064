"""Where the symbols come from: a flag, a recording, or the table of universes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from importlib import import_module
from pathlib import Path

from tickterm.cli.universe_memo import UniverseMemo
from tickterm.errors import RecordingError, SettingsError
from tickterm.market.seeds import SEEDS
from tickterm.market.symbols import split_symbols
from tickterm.market.text import clean
from tickterm.market.universe import Universe, UniverseKey, tickers_of
from tickterm.settings import DEFAULT_UNIVERSE, Settings

__all__ = ["make_own_database", "universe_loader"]

DATABASE = "tickterm.db"
SETTLED = 2.0
"""Seconds after the start that belong to the first screen alone."""


def universe_loader(
    settings: Settings,
    key: str | None = None,
    symbols: str | None = None,
    replay: Path | None = None,
    *,
    demo: bool = False,
) -> Callable[[], Awaitable[Universe]]:
    """Return what loads the universe; the arguments are the flags of the same names.

    Raises:
        SettingsError: a symbol, key or database URL that cannot work.
    """
    if symbols is not None:
        return partial(_given, _parse_symbols(symbols))
    if replay is not None and key is None:
        return partial(_recorded, replay)
    key = key or (DEFAULT_UNIVERSE if demo else settings.symbol_universe_key)
    _check(key, "SYMBOL_UNIVERSE_KEY" if key == settings.symbol_universe_key else "--universe")
    if demo or settings.database_is_default:
        return partial(_from_own_table, settings.data_dir, key)
    # It refuses a wrong URL now, in one line, rather than later on the screen.
    from tickterm.engine.symbols.cache_control import CacheControl

    CacheControl(settings.database_url)
    return partial(_from_table, settings.database_url, key)


def _check(key: str, origin: str) -> None:
    try:
        UniverseKey.parse(key)
    except SettingsError as error:
        raise SettingsError(f"{origin}: {error}") from None


def _parse_symbols(text: str) -> Universe:
    symbols, rejected = split_symbols(text.split(","))
    if rejected:
        raise SettingsError(
            f"--symbols: {clean(rejected[0], 40)!r} is no symbol; the form is AAPL,BRK.B,SPY"
        )
    if not symbols:
        raise SettingsError("--symbols is empty; the form is AAPL,BRK.B,SPY")
    return Universe("--symbols", symbols)


async def _given(universe: Universe) -> Universe:
    return universe


async def _recorded(path: Path) -> Universe:
    from tickterm.simulator.contents import symbols_in

    symbols = await symbols_in(path)
    if not symbols:
        raise RecordingError(f"{clean(path)} holds no per-second bars")
    return Universe(clean(path.name, 60), symbols)


async def _from_table(url: str, key: str) -> Universe:
    # SQLAlchemy takes over half a second to import: only where it is needed.
    from tickterm.engine.symbols.cache_control import CacheControl

    cache = CacheControl(url)
    try:
        return await cache.get_universe_tickers(key)
    finally:
        await cache.close()


async def make_own_database(directory: Path) -> None:
    """Make and seed the default database, unless it is there, while the screen is already up."""
    if not (directory / DATABASE).exists():
        await asyncio.sleep(SETTLED)
        await asyncio.to_thread(import_module, "tickterm.engine.symbols.cache_control")
        from tickterm.engine.symbols.cache_control import ensure_default_database

        await ensure_default_database(directory / DATABASE)


async def _from_own_table(directory: Path, key: str) -> Universe:
    """Read tickterm's own database, without importing SQLAlchemy where the answer is known.

    At the very first start it is what `make_own_database` is about to write. After that, what was
    read last is kept beside the database and holds as long as the file is the same.
    """
    database = directory / DATABASE
    memo = UniverseMemo(database)
    if universe := memo.recall(key):
        return universe
    if key in SEEDS and not database.exists():
        return Universe(key, tickers_of(SEEDS[key].value)[0])
    from tickterm.engine.symbols.cache_control import ensure_default_database

    await ensure_default_database(database)
    state = memo.state()
    universe = await _from_table(f"sqlite:///{database}", key)
    memo.keep(universe, state)
    return universe
