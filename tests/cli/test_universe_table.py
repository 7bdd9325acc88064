"""The table of universes as the engine reads it, while ticks come."""

from __future__ import annotations

import sys
from pathlib import Path

import orjson
import pytest

from tickterm.cli import universe_table
from tickterm.cli.table_memo import TableMemo
from tickterm.cli.universe_table import Table
from tickterm.engine.symbols.cache_control import CacheControl, ensure_default_database
from tickterm.errors import SettingsError, UniverseError
from tickterm.settings import Settings


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(universe_table, "SETTLED", 0.0)
    monkeypatch.setattr(universe_table, "LOOK_AGAIN", 0.01)


@pytest.fixture
async def settings(tmp_path: Path) -> Settings:
    database = tmp_path / "tickterm.db"
    await ensure_default_database(database)
    return Settings(data_dir=tmp_path, database_url=f"sqlite:///{database}")


async def test_universes_come_in_the_tables_order_and_a_key_is_read(settings: Settings) -> None:
    table = Table(settings, demo=True)
    found = await table.first(8)
    control = CacheControl(settings.database_url)
    listed = [f"{row.name}:{row.key}" for row in await control.list_universes()]
    await control.close()
    assert [universe.key for universe in found] == listed
    assert (await table.read(found[0].key)).symbols == found[0].symbols
    assert await table.first(1) == found[:1]
    for wrong in ("no:such", "nothing"):
        with pytest.raises((UniverseError, SettingsError)):
            await table.read(wrong)


async def test_what_was_read_is_known_until_the_table_changes(settings: Settings) -> None:
    table = Table(settings, demo=True)
    found = await table.first(8)
    memo = TableMemo(settings.data_dir / "tickterm.db")
    assert memo.recall() == found
    control = CacheControl(settings.database_url)
    await control.import_universe("mine:own", ["ZZZ"])
    await control.close()
    assert memo.recall() is None
    assert "mine:own" in [universe.key for universe in await table.first(8)]


@pytest.mark.parametrize("content", [b"", b"7", b"[1,2,3]", b'[1,2,[["k",["*"]]]]'])
async def test_a_memo_that_makes_no_sense_is_none(settings: Settings, content: bytes) -> None:
    memo = TableMemo(settings.data_dir / "tickterm.db")
    (settings.data_dir / "last-universes.json").write_bytes(content)
    assert memo.recall() is None
    state = memo.state()
    assert state is not None
    kept = orjson.dumps([*state, [["k", ["*"]]]])
    (settings.data_dir / "last-universes.json").write_bytes(kept)
    assert memo.recall() is None


async def test_a_table_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "tickterm.db").write_bytes(b"no database" * 1000)
    settings = Settings(data_dir=tmp_path, database_url=f"sqlite:///{tmp_path / 'tickterm.db'}")
    with pytest.raises(UniverseError):
        await Table(settings, demo=True).first(8)
    assert "sqlalchemy" in sys.modules
