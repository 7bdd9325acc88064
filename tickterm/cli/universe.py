"""`tickterm universe`: list, show and import what can be watched."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, BinaryIO

import click
import orjson

from tickterm import settings
from tickterm.errors import SettingsError, UniverseError
from tickterm.market.text import clean
from tickterm.market.universe import Universe, sift

if TYPE_CHECKING:
    from tickterm.engine.symbols.cache_control import CacheControl, Listed

__all__ = ["universe"]

_LIMIT = 16 * 1024 * 1024
_HEADINGS = ("symbol", "ticker", "symbols", "tickers")
_NAMED = 5


@click.group(short_help="List, show and import lists of symbols.")
def universe() -> None:
    """List, show and import universes: named lists of symbols to watch."""


@universe.command("list", short_help="Print every universe, and why it cannot be used.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(as_json: bool) -> None:
    """Print every universe: key, size, type, environment, and why it cannot be used."""
    rows = asyncio.run(_list())
    if as_json:
        _print_json([row._asdict() for row in rows])
        return
    for row in rows:
        fields = (f"{row.name}:{row.key}", str(row.size), row.type, row.environment, row.problem)
        click.echo("\t".join(fields).rstrip("\t"))


@universe.command()
@click.argument("key", metavar="NAME:KEY")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(key: str, as_json: bool) -> None:
    """Print the symbols of a universe, one a line."""
    found = asyncio.run(_show(key))
    if as_json:
        names = ("key", "symbols", "rejected")
        _print_json({name: getattr(found, name) for name in names})
        return
    for symbol in found.symbols:
        click.echo(symbol)
    if found.rejected:
        click.echo(f"left out, no symbols: {_named(found.rejected)}", err=True)


@universe.command("import")
@click.argument("key", metavar="NAME:KEY")
@click.argument("file", type=click.File("rb"))
@click.option(
    "--type", "row_type", metavar="TYPE", help="Its type; stock_universe unless it exists."
)
@click.option("--replace", is_flag=True, help="Replace the universe that has this key.")
@click.option("--skip-bad", is_flag=True, help="Import the rest when something is no symbol.")
def import_(key: str, file: BinaryIO, row_type: str | None, replace: bool, skip_bad: bool) -> None:
    """Import symbols from FILE (- is standard input).

    FILE is CSV (its column symbol or ticker, else the first one), JSON (a list, or an object with
    stocks, symbols, etfs or tickers), or text with one symbol a line; # starts a comment.
    """
    symbols, refused = _symbols_of(file)
    if refused and not skip_bad:
        raise SettingsError(
            f"nothing is imported, these are no symbols: {_named(refused)}; "
            "mend them, or leave them out with --skip-bad"
        )
    if not symbols:
        raise SettingsError("the input holds no symbols")
    asyncio.run(_import(key, symbols, row_type, replace))
    left_out = f", left out {len(refused)}: {_named(refused)}" if refused else ""
    click.echo(f"imported {key}, taken {len(symbols)}{left_out}", err=True)


async def _list() -> list[Listed]:
    async with _cache_control() as universes:
        return await universes.list_universes()


async def _show(key: str) -> Universe:
    async with _cache_control() as universes:
        return await universes.get_universe_tickers(key)


async def _import(key: str, symbols: tuple[str, ...], row_type: str | None, replace: bool) -> None:
    async with _cache_control() as universes:
        await universes.import_universe(key, symbols, row_type, replace=replace)


@asynccontextmanager
async def _cache_control() -> AsyncIterator[CacheControl]:
    """Open the database of the settings; the default one is made at its first use."""
    # here, because they need SQLAlchemy, which `tickterm --help` does not
    from tickterm.backends.database import Database
    from tickterm.engine.symbols.cache_control import CacheControl, ensure_default_database

    loaded = settings.load()
    path = Database.parse(loaded.database_url).path
    if loaded.database_is_default and path is not None:
        await ensure_default_database(path)
    universes = CacheControl(loaded.database_url)
    try:
        yield universes
    finally:
        await universes.close()


def _symbols_of(file: BinaryIO) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return `(symbols, refused)` of a file of any form that `import` takes."""
    raw = file.read(_LIMIT + 1)
    if len(raw) > _LIMIT:
        raise SettingsError("the input is larger than 16 MiB: that is no list of symbols")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SettingsError("the input is no UTF-8 text: save it as UTF-8") from None
    try:
        return sift(text if text.lstrip()[:1] in ("[", "{") else _column(text))
    except UniverseError as error:
        raise SettingsError(f"the input is unusable: {error}") from None


def _column(text: str) -> list[object]:
    """Return the cells of the symbols' column of CSV, without comments and heading."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    separator = next((mark for mark in ",;\t" if lines and mark in lines[0]), ",")
    try:
        rows = [row for row in csv.reader(lines, delimiter=separator) if row]
    except csv.Error as error:
        raise SettingsError(f"the CSV cannot be read: {clean(error)}") from None
    if not rows:
        return []
    headings = [cell.strip().casefold() for cell in rows[0]]
    column = next((headings.index(name) for name in _HEADINGS if name in headings), None)
    if column is None and len(rows) == 1:
        return list(rows[0])
    body = rows if column is None else rows[1:]
    at = column or 0
    return [row[at].partition("#")[0].strip() for row in body if len(row) > at]


def _named(texts: tuple[str, ...]) -> str:
    return ", ".join(texts[:_NAMED]) + (", …" if len(texts) > _NAMED else "")


def _print_json(value: object) -> None:
    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())
