"""CacheControl on whole SQLite files: looking up, several rows under one key, importing."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row

from tests.universes import (
    COMBO,
    ENTRY,
    TICKSTOCK_TABLE,
    add,
    content,
    failure,
    seeded_path,  # noqa: F401 - a fixture
    seeded_universes,  # noqa: F401 - a fixture
)
from tickterm.engine.symbols import cache_control
from tickterm.engine.symbols.cache_control import CacheControl, Listed
from tickterm.errors import SettingsError, UniverseError, UniverseNotFound
from tickterm.market.seeds import COMBO_TEST
from tickterm.market.universe import Universe


async def test_a_universe_as_stored(path: Path, universes: CacheControl) -> None:
    add(path, ("themes", "my", "list", '["ZM", "BACpB", "A,B", "BACPB", "ZM"]', "DEFAULT"))
    found = await universes.get_universe_tickers("my:list")
    assert found == Universe("my:list", ("ZM", "BACpB", "BACPB"), ("A,B",))


@pytest.mark.parametrize("value", [b'["AAPL"]', '"[\\"AAPL\\"]"', '{"value": "[\\"AAPL\\"]"}'])
async def test_values_as_other_programs_wrote_them(
    path: Path, universes: CacheControl, value: object
) -> None:
    add(path, ("themes", "my", "list", value, "DEFAULT"))
    assert (await universes.get_universe_tickers("my:list")).symbols == ("AAPL",)


async def test_extra_columns_do_not_matter(tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    with contextlib.closing(sqlite3.connect(old)) as connection, connection:
        connection.execute(TICKSTOCK_TABLE.format(value="json").replace("DEFAULT now()", ""))
    add(old, ("t", "my", "list", '["AAPL"]', "DEFAULT"))
    before = content(old)
    found = await CacheControl(f"sqlite:///{old}").get_universe_tickers("my:list")
    assert found.symbols == ("AAPL",)
    assert content(old) == before


async def test_a_missing_key_tells_the_nearest_that_exist(
    path: Path, universes: CacheControl
) -> None:
    add(path, *(("t", "my", f"list_{n}", '["AAPL"]', "DEFAULT") for n in range(9)))
    with pytest.raises(UniverseNotFound, match="no universe stock_universe:top_100 in") as raised:
        await universes.get_universe_tickers("stock_universe:top_100")
    assert len(raised.value.nearest) == 5
    assert raised.value.nearest[0] == "market_leaders:top_100"
    assert ", ".join(raised.value.nearest) in str(raised.value)


@pytest.mark.parametrize("key", ["market_leaders_top_100", "top_100", "market_leaders:"])
async def test_a_malformed_key_tells_the_form_and_the_nearest(
    universes: CacheControl, key: str
) -> None:
    with pytest.raises(UniverseNotFound, match="the form is NAME:KEY") as raised:
        await universes.get_universe_tickers(key)
    assert raised.value.nearest[0] == "market_leaders:top_100"


@pytest.mark.parametrize(
    "key",
    [
        "x' OR '1'='1:y' OR '1'='1", "stock_etf_test:combo_test' --", "%:%", "_:_", "*:*", "a:b;",
        "stock_etf_test:combo_test'; DROP TABLE cache_entries; --", '":"', "\\:\\", ":name:key",
        "STOCK_ETF_TEST:COMBO_TEST", "x:' UNION SELECT type, name, key FROM cache_entries --",
        "a:\x00", "\x1b]0;owned\x07:[/red]", "a:\ud800", "a:" + "b" * 100_000, ":", "?:?", "$1:$1",
    ],
)  # fmt: skip
async def test_hostile_keys_find_nothing_and_change_nothing(
    path: Path, universes: CacheControl, key: str
) -> None:
    before = content(path)
    await failure(universes, key)
    assert content(path) == before


async def test_an_empty_table_says_so(path: Path, universes: CacheControl) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM cache_entries")
    assert "the table is empty" in await failure(universes)
    assert await universes.list_universes() == []


@pytest.mark.parametrize("value", ["[]", "", "null", "{", '{"stocks": []}', "[1, 2]", b"\xff\xfe"])
async def test_a_value_without_symbols_names_its_universe(
    path: Path, universes: CacheControl, value: object
) -> None:
    add(path, ("t", "my", "list", value, "DEFAULT"))
    assert "universe my:list has no" in await failure(universes, "my:list")


async def test_a_broken_row_keeps_its_neighbours(path: Path, universes: CacheControl) -> None:
    broken = b"CAST(x'ff5b' AS TEXT)"
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(ENTRY + f"('a\x1b[2J', 'my', 'list', {broken.decode()}, 'DEFAULT')")
    listed = await universes.list_universes()
    assert [row.type for row in listed] == ["a·[2J", "stock_etf_combo", "stock_universe"]
    assert [bool(row.problem) for row in listed] == [True, False, False]
    assert listed[0].size == 0
    assert (await universes.get_universe_tickers(COMBO)).symbols == COMBO_TEST


async def test_a_long_table_lets_others_have_their_turn(
    path: Path, universes: CacheControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(path, *(("t", "my", f"list_{n}", '["AAPL"]', "DEFAULT") for n in range(20)))
    at_turn: list[int] = []
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    def listed(row: Row[Any]) -> Listed:
        at_turn.append(turns)
        return made(row)

    made = cache_control._listed
    monkeypatch.setattr(cache_control, "_listed", listed)
    other = asyncio.create_task(count_turns())
    rows = await universes.list_universes()
    other.cancel()
    assert len(rows) == len(set(at_turn)) > 20


async def test_default_wins_over_other_environments(path: Path, universes: CacheControl) -> None:
    add(path, ("stock_etf_combo", "stock_etf_test", "combo_test", '["TEST"]', "A_TEST"))
    assert (await universes.get_universe_tickers(COMBO)).symbols == COMBO_TEST


async def test_another_environment_alone_will_do(path: Path, universes: CacheControl) -> None:
    add(path, ("t", "my", "list", '["AAPL"]', "PROD"))
    assert (await universes.get_universe_tickers("my:list")).symbols == ("AAPL",)


async def test_two_meanings_are_told_apart_by_name(path: Path, universes: CacheControl) -> None:
    add(
        path,
        ("stock_universe", "my", "list", '["AAPL"]', "DEFAULT"),
        ("etf_universe", "my", "list", '["SPY"]', "DEFAULT"),
    )
    told = await failure(universes, "my:list")
    assert "etf_universe in DEFAULT, stock_universe in DEFAULT" in told


async def test_two_rows_that_say_the_same_are_fine(path: Path, universes: CacheControl) -> None:
    add(
        path,
        ("stock_universe", "my", "list", '{"stocks": [{"ticker": "AAPL"}]}', "DEFAULT"),
        ("themes", "my", "list", '["AAPL"]', "DEFAULT"),
    )
    assert (await universes.get_universe_tickers("my:list")).symbols == ("AAPL",)


async def test_an_import_is_there_at_once(universes: CacheControl) -> None:
    await universes.import_universe("my:list", ["BACpB", "AAPL"])
    assert (await universes.get_universe_tickers("my:list")).symbols == ("BACpB", "AAPL")
    assert (await universes.list_universes())[-1].type == "stock_universe"


async def test_an_existing_universe_needs_replace_and_keeps_its_type(
    universes: CacheControl,
) -> None:
    with pytest.raises(SettingsError, match="exists"):
        await universes.import_universe(COMBO, ["AAPL"])
    assert (await universes.get_universe_tickers(COMBO)).symbols == COMBO_TEST
    await universes.import_universe(COMBO, ["AAPL"], replace=True)
    assert (await universes.get_universe_tickers(COMBO)).symbols == ("AAPL",)
    assert (await universes.list_universes())[0].type == "stock_etf_combo"


async def test_replacing_another_type_is_refused(universes: CacheControl) -> None:
    with pytest.raises(SettingsError, match="as type stock_etf_combo"):
        await universes.import_universe(COMBO, ["AAPL"], "themes", replace=True)
    assert (await universes.get_universe_tickers(COMBO)).symbols == COMBO_TEST


async def test_a_missing_file_is_not_made_by_an_import(tmp_path: Path) -> None:
    missing = tmp_path / "missing.db"
    with pytest.raises(UniverseError, match="does not exist"):
        await CacheControl(f"sqlite:///{missing}").import_universe("my:list", ["AAPL"])
    assert not missing.exists()
