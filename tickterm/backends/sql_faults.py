"""What a SQL driver's error means: which error that is to us, what is wrong and what to do."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from sqlalchemy.exc import DBAPIError

from tickterm.errors import UniverseError, UnreachableError
from tickterm.market.text import clean

__all__ = ["TIMEOUT", "UNIVERSES", "Purpose", "error_of", "origin_of", "words_for"]

TIMEOUT = 5.0
"""Seconds that a connect, a statement or a lock may take."""
UNDEFINED_TABLE = "42P01"
"""PostgreSQL's SQLSTATE."""


class Purpose(NamedTuple):
    """What a database is for, in the words of its faults."""

    setting: str
    """Whose value the URL is."""
    table: str
    error: type[UnreachableError]
    faults: dict[str, str]
    """Those that need other words: SQLSTATE or part of SQLite's message -> what to tell."""
    missing: type[UnreachableError] | None = None
    """The error where the file or the table is not there, if that is another one."""


UNIVERSES = Purpose(
    "DATABASE_URL",
    "cache_entries",
    UniverseError,
    {
        "readonly": "is write-protected, or its last write was cut off: check its permissions, "
        "then import a universe",
        "42501": "does not let this user read: GRANT SELECT ON cache_entries",
        "25006": "is only read here: write to it with its own tools",
    },
)

_VIEW = "has a view named {table} where a table is needed: rename the view, or check {setting}"
_ANOTHER_TABLE = "has a table {table} of another program: check {setting}"

_SQLITE_FAULTS = {
    "no such table": "has no table {table}: check {setting}",
    "no such column": _ANOTHER_TABLE,
    "no column named": _ANOTHER_TABLE,
    "does not match any PRIMARY KEY": _ANOTHER_TABLE,
    "constraint failed": _ANOTHER_TABLE,
    "because it is a view": _VIEW,
    "locked": "is locked by another program: try again when that has finished",
    "not a database": "is no SQLite database: restore a copy, or move it away",
    "malformed": "is damaged: restore a copy, or move it away",
    "readonly": "is write-protected: check the permissions of the file and its directory",
    "Permission denied": "cannot be opened: check the permissions of the file and its directory",
    "unable to open": "cannot be opened: check the permissions of the file and its directory",
    "is full": "cannot grow: the disk is full",
}
"""Part of SQLite's message -> what to tell."""

_POSTGRES_FAULTS = {
    "08003": "cut the connection: try again",
    "08P01": "cut the connection: try again",
    "28P01": "refuses the password: check {setting}",
    "28000": "refuses this user: check {setting} and the server's pg_hba.conf",
    "3D000": "has no such database: check the name at the end of {setting}",
    "3F000": "has no schema to create a table in: check {setting}",
    UNDEFINED_TABLE: "has no table {table}: check the database and schema in {setting}",
    "42703": _ANOTHER_TABLE,
    "42804": _ANOTHER_TABLE,
    "42883": _ANOTHER_TABLE,
    "42P10": _ANOTHER_TABLE,
    "42501": "does not let this user create or write the table {table}: GRANT it both",
    "23502": _ANOTHER_TABLE,
    "25006": "can only be read, perhaps it is a replica: check {setting}",
    "55000": _VIEW,
    "53100": "cannot grow: its disk is full",
    "57014": f"took longer than {TIMEOUT:.0f} s: look for locks and load on the server",
    "53300": "has no connection free: raise max_connections or close others",
    "57P01": "shut down while it was asked: try again",
    "57P03": "is starting up or shutting down: try again",
}
"""SQLSTATE -> what to tell."""


def origin_of(error: Exception) -> BaseException:
    """Return what the driver raised, without what SQLAlchemy put around it."""
    return error.orig if isinstance(error, DBAPIError) and error.orig else error


def error_of(origin: BaseException, purpose: Purpose) -> type[UnreachableError]:
    """Return which error a driver's is to us."""
    if purpose.missing is not None and _is_missing(origin):
        return purpose.missing
    return purpose.error


def words_for(origin: BaseException, path: Path | None, purpose: Purpose) -> str:
    """Return what is wrong and what to do, of a SQLite file when there is a `path`.

    What the driver says in them is sanitised; PostgreSQL's may hold the password.
    """
    if isinstance(origin, TimeoutError):
        return f"did not answer within {TIMEOUT:.0f} s: look for locks, load and firewalls"
    if path is not None:
        return _explain_sqlite(path, origin, purpose)
    return _explain_postgres(origin, purpose)


def _is_missing(origin: BaseException) -> bool:
    if isinstance(origin, FileNotFoundError) or "no such table" in str(origin):
        return True
    return getattr(origin, "sqlstate", None) == UNDEFINED_TABLE


def _explain_sqlite(path: Path, error: BaseException, purpose: Purpose) -> str:
    if isinstance(error, FileNotFoundError):
        if path.is_dir():
            return f"is a directory: add the name of the file to {purpose.setting}"
        return f"{'is no file' if path.exists() else 'does not exist'}: check {purpose.setting}"
    for part, told in (_SQLITE_FAULTS | purpose.faults).items():
        if part in str(error):
            return _filled(told, purpose)
    return f"cannot be read: {clean(error, 200)}"


def _explain_postgres(error: BaseException, purpose: Purpose) -> str:
    told = (_POSTGRES_FAULTS | purpose.faults).get(getattr(error, "sqlstate", None) or "")
    if told:
        return _filled(told, purpose)
    if isinstance(error, OSError):
        return f"cannot be reached, check that it runs and {purpose.setting}: {clean(error, 200)}"
    return f"answers with an error: {clean(error, 200)}"


def _filled(told: str, purpose: Purpose) -> str:
    return told.format(setting=purpose.setting, table=purpose.table)
