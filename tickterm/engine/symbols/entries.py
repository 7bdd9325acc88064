"""The table `cache_entries`, and the SQLite file that a fresh installation starts with."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson
from sqlalchemy import (
    Column,
    DateTime,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    insert,
)  # fmt: skip
from sqlalchemy.exc import SQLAlchemyError

from tickterm.backends.database import Database
from tickterm.errors import SettingsError
from tickterm.market.seeds import SEEDS, Seed
from tickterm.market.text import clean

__all__ = ["DEFAULT_ENVIRONMENT", "ENTRIES", "ensure_default_database"]

DEFAULT_ENVIRONMENT = "DEFAULT"
"""The environment whose rows win over others."""

ENTRIES = Table(
    "cache_entries",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("type", String(50), nullable=False),
    Column("name", String(100), nullable=False),
    Column("key", String(100), nullable=False),
    Column("value", Text, nullable=False),
    Column("environment", String(10), nullable=False),
    Column("created_at", DateTime, server_default=func.current_timestamp()),
    Column("updated_at", DateTime, server_default=func.current_timestamp()),
    UniqueConstraint("type", "name", "key", "environment", name="unique_cache_entry"),
)
"""The columns that tickterm needs, as TickStock has them; `value` is JSON text, or JSONB there."""


async def ensure_default_database(path: Path) -> None:
    """Create the SQLite file at `path` with the table and its seeds, unless something is there.

    It is made aside and put in place in one step: whoever looks sees all of it or nothing, and
    of several processes that start at once one wins.

    Raises:
        SettingsError: the directory or the file cannot be made.
    """
    try:
        if path.exists():  # noqa: ASYNC240 - one stat at start-up
            return
        with _aside(path) as made:
            await _fill(made)
            _put_in_place(made, path)
    except OSError as error:
        reason = clean(error.strerror or error)
        raise SettingsError(
            f"the database {clean(path)} cannot be made, {reason}: "
            "set TICKTERM_DATA_DIR to a directory that you can write"
        ) from None


@contextmanager
def _aside(path: Path) -> Iterator[Path]:
    """Yield an empty file on the file system of `path`, which is removed again."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".making-") as directory:
        made = Path(directory) / path.name
        made.touch(mode=0o600)
        yield made


async def _fill(path: Path) -> None:
    database = Database.at(path)
    engine = database.engine(writable=True)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(ENTRIES.metadata.create_all)
            await connection.execute(insert(ENTRIES), [_row(seed) for seed in SEEDS.values()])
    except SQLAlchemyError as error:
        raise database.explain(error) from None
    finally:
        await engine.dispose()


def _put_in_place(made: Path, path: Path) -> None:
    """Link rather than rename: a link never replaces what another process put there."""
    try:
        path.hardlink_to(made)
    except FileExistsError:
        return
    except OSError:  # a file system without hard links
        if not path.exists():
            made.rename(path)


def _row(seed: Seed) -> dict[str, str]:
    return {
        "type": seed.type,
        "name": seed.name,
        "key": seed.key,
        "value": orjson.dumps(seed.value).decode(),
        "environment": DEFAULT_ENVIRONMENT,
    }
