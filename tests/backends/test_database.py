"""DATABASE_URL as people write it, and no password in any message."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.universes import (
    COMBO,
    seeded_path,  # noqa: F401 - a fixture
    seeded_universes,  # noqa: F401 - a fixture
)
from tickterm.backends import database
from tickterm.backends.sql_faults import Purpose
from tickterm.engine.symbols.cache_control import CacheControl
from tickterm.errors import SettingsError, UnreachableError
from tickterm.market.seeds import COMBO_TEST
from tickterm.market.text import clean


@pytest.mark.parametrize(
    "form", ["sqlite:///{}", "sqlite+aiosqlite:///{}", "SQLite:///{}?timeout=9"]
)
async def test_sqlite_urls(path: Path, form: str) -> None:
    found = await CacheControl(form.format(path)).get_universe_tickers(COMBO)
    assert found.symbols == COMBO_TEST


async def test_a_relative_sqlite_url(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    assert (await CacheControl(f"sqlite:///{path.name}").get_universe_tickers(COMBO)).symbols


@pytest.mark.parametrize(
    "url",
    [
        "", "words", "sqlite", "sqlite:", "sqlite://", "sqlite:///", "sqlite:///:memory:",
        "sqlite://relative.db", "mysql://u:HIDDEN@h/d", "postgresql", "postgresql:u:HIDDEN@h/d",
        "postgresql://u:HID@DEN@h/d", "postgresql://u:HIDDEN/@h/d", "postgresql://u:HIDDEN#@h/d",
        "postgresql://u:12?HIDDEN@h/d", "postgresql://u:HIDDEN[@h/d", "postgresql://u:HIDDEN",
        "postgresql://u:HIDDEN@h:port/d", "postgresql://u:HIDDEN@h/d?HIDE=1", "postgres://h:99999/d",
        "postgresql://u:HIDDEN@h/d?sslmode=yes", "postgresql://u:HIDDEN@h/d?ssl=maybe",
    ],
)  # fmt: skip
def test_a_malformed_url_is_told_without_its_secrets(url: str) -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL") as raised:
        CacheControl(url)
    assert "HIDDEN" not in str(raised.value)
    assert clean(raised.value) == str(raised.value)


OTHER = Purpose("OTHER_URL", "things", UnreachableError, {})


@pytest.mark.parametrize(
    "url",
    [
        "words", "sqlite:///", "postgresql://u:HID@DEN@h/d", "postgresql://u:p@h/d?HIDE=1",
        "postgresql://u:p@h/d?sslmode=yes",
    ],
)  # fmt: skip
def test_a_malformed_url_names_the_setting_that_it_is_of(url: str) -> None:
    with pytest.raises(SettingsError, match="OTHER_URL") as raised:
        database.Database.parse(url, OTHER)
    assert "DATABASE_URL" not in str(raised.value)


def test_a_missing_driver_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "asyncpg", None)
    with pytest.raises(SettingsError, match=r"pip install 'tickterm\[postgres\]'"):
        CacheControl("postgresql://u:p@h/d")


@pytest.mark.parametrize(
    "scheme", ["postgres", "postgresql", "postgresql+psycopg2", "postgres+asyncpg"]
)
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", ""),
        ("?sslmode=require", "?sslmode=require"),
        ("?ssl=true&connect_timeout=3", "?sslmode=require"),
        ("?ssl=verify-full", "?sslmode=verify-full"),
        ("?options=-csearch_path%3Dapp", "?options=-csearch_path%3Dapp"),
    ],
)
def test_postgres_urls(scheme: str, options: str, expected: str) -> None:
    parsed = database.Database.parse(f"{scheme}://u:p%40ss@h/d{options}")
    assert parsed.dsn == f"postgresql://u:p%40ss@h/d{expected}"
    assert parsed.where == "PostgreSQL at h:5432/d"
    assert "p%40ss" not in repr(parsed)


def test_the_password_is_cut_out_of_whatever_a_driver_says() -> None:
    parsed = database.Database.parse("postgresql://u:p%40ss@h/d")
    told = str(parsed.explain(RuntimeError("\x1b[31mwith p@ss or p%40ss\nit fails")))
    assert told == "PostgreSQL at h:5432/d answers with an error: ·[31mwith *** or *** it fails"
