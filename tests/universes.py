"""What the tests of universes share: rows, files, and the form of every failure."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.postgres import PASSWORD
from tickterm.engine.symbols.cache_control import CacheControl, ensure_default_database
from tickterm.errors import UniverseError
from tickterm.market.text import clean

COMBO = "stock_etf_test:combo_test"
"""A key that a fresh database has."""

# as TickStock's own migrations left it, with the columns that tickterm does not know
TICKSTOCK_TABLE = """
    CREATE TABLE cache_entries (
        id serial PRIMARY KEY, type varchar(50) NOT NULL, name varchar(100) NOT NULL,
        key varchar(100) NOT NULL, value {value} NOT NULL, environment varchar(10) NOT NULL,
        created_at timestamptz DEFAULT current_timestamp, updated_at timestamp,
        universe_category varchar(50), liquidity_filter jsonb, universe_metadata jsonb,
        last_universe_update timestamp DEFAULT now(),
        CONSTRAINT unique_cache_entry UNIQUE (type, name, key, environment))
"""

ENTRY = "INSERT INTO cache_entries (type, name, key, value, environment) VALUES "


@pytest.fixture(name="path")
async def seeded_path(tmp_path: Path) -> Path:
    """The default database."""
    made = tmp_path / "universes.db"
    await ensure_default_database(made)
    return made


@pytest.fixture(name="universes")
async def seeded_universes(path: Path) -> AsyncIterator[CacheControl]:
    opened = CacheControl(f"sqlite:///{path}")
    yield opened
    await opened.close()


def add(path: Path, *rows: tuple[str, str, str, object, str]) -> None:
    """Add rows of type, name, key, value and environment."""
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.executemany(ENTRY + "(?, ?, ?, ?, ?)", rows)


async def failure(universes: CacheControl, key: str = COMBO) -> str:
    """Return the one line that looking up `key` fails with."""
    with pytest.raises(UniverseError) as raised:
        await universes.get_universe_tickers(key)
    told = str(raised.value)
    assert clean(told) == told
    assert PASSWORD not in told
    return told


def content(path: Path) -> bytes:
    return path.read_bytes()


def overwrite(path: Path, data: bytes | bytearray) -> None:
    path.write_bytes(data)


def listing(directory: Path) -> list[Path]:
    return sorted(directory.iterdir())
