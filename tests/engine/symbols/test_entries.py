"""The default database: made whole, once, privately, and never over something else."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.universes import (
    COMBO,
    add,
    content,
    listing,
    overwrite,
    seeded_path,  # noqa: F401 - a fixture
    seeded_universes,  # noqa: F401 - a fixture
)
from tickterm.engine.symbols.cache_control import CacheControl, Listed, ensure_default_database
from tickterm.errors import SettingsError
from tickterm.market.seeds import COMBO_TEST, TOP_100
from tickterm.market.universe import Universe


async def test_a_fresh_database_holds_the_seeds(universes: CacheControl) -> None:
    assert await universes.get_universe_tickers(COMBO) == Universe(COMBO, COMBO_TEST)
    found = await universes.get_universe_tickers("market_leaders:top_100")
    assert found.symbols == TOP_100
    assert await universes.list_universes() == [
        Listed("stock_etf_combo", "stock_etf_test", "combo_test", 70, "DEFAULT", ""),
        Listed("stock_universe", "market_leaders", "top_100", 100, "DEFAULT", ""),
    ]


async def test_its_directory_is_private_and_nothing_else_is_left_in_it(tmp_path: Path) -> None:
    made = tmp_path / "new" / "universes.db"
    await ensure_default_database(made)
    assert listing(made.parent) == [made]
    assert made.parent.stat().st_mode & 0o777 == 0o700
    assert made.stat().st_mode & 0o777 == 0o600


async def test_its_table_refuses_the_same_row_twice(path: Path) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        add(path, ("stock_etf_combo", "stock_etf_test", "combo_test", "[]", "DEFAULT"))


@pytest.mark.parametrize("data", [b"", b"something of the user's"])
async def test_what_is_there_is_never_touched(tmp_path: Path, data: bytes) -> None:
    there = tmp_path / "universes.db"
    overwrite(there, data)
    await ensure_default_database(there)
    assert content(there) == data
    assert listing(tmp_path) == [there]


async def test_what_appears_while_it_is_made_is_never_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = tmp_path / "universes.db"
    monkeypatch.setattr(Path, "exists", lambda self: False)
    overwrite(there, b"another process was faster")
    await ensure_default_database(there)
    assert content(there) == b"another process was faster"


async def test_a_file_system_without_hard_links_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    made = tmp_path / "universes.db"
    await ensure_default_database(made)
    assert (await CacheControl(f"sqlite:///{made}").get_universe_tickers(COMBO)).symbols


async def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match=r"cannot be made.*: set TICKTERM_DATA_DIR"):
        await ensure_default_database(tmp_path / "file" / "universes.db")


MAKER = """
import asyncio, sys
from pathlib import Path
from tickterm.engine.symbols.cache_control import CacheControl, ensure_default_database

async def main():
    await ensure_default_database(Path(sys.argv[1]))
    found = await CacheControl("sqlite:///" + sys.argv[1]).get_universe_tickers(sys.argv[2])
    print(len(found.symbols))

print("ready", flush=True)
sys.stdin.readline()
asyncio.run(main())
"""


def start_maker(path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", MAKER, str(path), COMBO],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )


def test_four_processes_at_once_make_one_whole_database(tmp_path: Path) -> None:
    makers = [start_maker(tmp_path / "universes.db") for _ in range(4)]
    for maker in makers:
        assert maker.stdout is not None
        assert maker.stdout.readline() == "ready\n"
    for maker in makers:
        assert maker.stdin is not None
        maker.stdin.write("go\n")
        maker.stdin.flush()
    assert [maker.communicate(timeout=20)[0] for maker in makers] == ["70\n"] * 4
    assert [maker.returncode for maker in makers] == [0] * 4
    assert listing(tmp_path) == [tmp_path / "universes.db"]


def kill_half_way(path: Path) -> None:
    """Kill a maker as soon as anything of it can be seen."""
    maker = start_maker(path)
    assert maker.stdin is not None
    maker.stdin.write("go\n")
    maker.stdin.flush()
    while maker.poll() is None and not listing(path.parent):
        pass
    maker.kill()
    maker.communicate()


async def test_killed_half_way_it_leaves_no_half_file(tmp_path: Path) -> None:
    made = tmp_path / "universes.db"
    kill_half_way(made)
    assert not made.exists() or (await CacheControl(f"sqlite:///{made}").list_universes())
    await ensure_default_database(made)
    assert (await CacheControl(f"sqlite:///{made}").get_universe_tickers(COMBO)).symbols
