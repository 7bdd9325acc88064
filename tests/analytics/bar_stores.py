"""What the tests of the bar store share: stores, and the form of every failure."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from tests.analytics.bar_series import MORNING
from tests.postgres import PASSWORD, PostgresServer
from tickterm.analytics.bar_store import BarStore
from tickterm.errors import UnreachableError
from tickterm.market.bars import Bar
from tickterm.market.text import clean
from tickterm.market.timeframe import Timeframe

EVER = MORNING + 10**10
"""After all bars."""


@pytest.fixture(name="path")
def bars_path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "bars.db"


@pytest.fixture(name="lite")
async def sqlite_store(path: Path) -> AsyncIterator[BarStore]:
    """A store in SQLite with an empty table."""
    opened = BarStore(f"sqlite:///{path}")
    await opened.prepare()
    yield opened
    await opened.close()


@pytest.fixture(name="owner")
async def postgres_owner(postgres_server: PostgresServer) -> AsyncIterator[asyncpg.Connection]:
    """The owner's own connection to a PostgreSQL without the table."""
    connection = await asyncpg.connect(postgres_server.url())
    await connection.execute("DROP TABLE IF EXISTS tickterm_bars")
    yield connection
    await connection.close()


async def failure(store: BarStore, *bars: Bar) -> str:
    """Return the one line that preparing, or writing `bars`, fails with."""
    with pytest.raises(UnreachableError) as raised:
        await (store.write(bars) if bars else store.prepare())
    told = str(raised.value)
    assert clean(told) == told
    assert PASSWORD not in told
    assert "cache_entries" not in told
    assert "DATABASE_URL" not in told
    return told


async def everything(
    store: BarStore, *symbols: str, timeframe: Timeframe = Timeframe.M1
) -> list[Bar]:
    found = await store.between(timeframe, symbols, 0, EVER)
    return [bar for symbol in symbols for bar in found[symbol]]


KEY = "PRIMARY KEY (symbol, timeframe, start)"
FIELDS = (
    "symbol text, timeframe text, start bigint, open float, high float, low float, close float, "
    "volume float, turnover float, seconds int"
)
SHAPES = (
    "id int",
    FIELDS,
    f"{FIELDS}, {KEY}",
    f"{FIELDS}, complete boolean",
    f"{FIELDS}, whole int",
)
"""Tables of that name which are not ours."""
