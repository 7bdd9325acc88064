"""DATABASE_URL as people write it: to an async engine, and from a driver's error to one line."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

import aiosqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from tickterm.errors import SettingsError, UniverseError
from tickterm.market.text import clean, redact

__all__ = ["LOCK_WAIT", "TIMEOUT", "Database"]

TIMEOUT = 5.0
"""Seconds that a connect, a statement or a lock may take."""

LOCK_WAIT = 0.25
"""Seconds that one attempt to read waits for SQLite's lock; nothing can cut that wait short."""

_FORMS = "the forms are sqlite:////absolute/file.db and postgresql://USER:PASSWORD@HOST:PORT/NAME"
_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_OPTIONS = {
    "host", "port", "user", "password", "dbname", "passfile", "service", "sslmode", "sslcert",
    "sslkey", "sslrootcert", "sslcrl", "sslnegotiation", "target_session_attrs",
    "application_name", "options", "search_path",
}  # fmt: skip
_IGNORED = {"connect_timeout"}  # ours is shorter than what people write

_SQLITE_FAULTS = {
    "no such table": "has no table cache_entries: check DATABASE_URL",
    "no such column": "has a table cache_entries of another program: check DATABASE_URL",
    "locked": "is locked by another program: try again when that has finished",
    "not a database": "is no SQLite database: restore a copy, or move it away",
    "malformed": "is damaged: restore a copy, or move it away",
    "readonly": "is write-protected, or its last write was cut off: check its permissions, "
    "then import a universe",
    "Permission denied": "cannot be opened: check the permissions of the file and its directory",
    "unable to open": "cannot be opened: check the permissions of the file and its directory",
    "is full": "cannot grow: the disk is full",
}
"""Part of SQLite's message -> what to tell."""

_POSTGRES_FAULTS = {
    "08003": "cut the connection: try again",
    "28P01": "refuses the password: check DATABASE_URL",
    "28000": "refuses this user: check DATABASE_URL and the server's pg_hba.conf",
    "3D000": "has no such database: check the name at the end of DATABASE_URL",
    "42P01": "has no table cache_entries: check the database and schema in DATABASE_URL",
    "42703": "has a table cache_entries of another program: check DATABASE_URL",
    "42501": "does not let this user read: GRANT SELECT ON cache_entries",
    "25006": "is only read here: write to it with its own tools",
    "57014": f"took longer than {TIMEOUT:.0f} s: look for locks and load on the server",
    "53300": "has no connection free: raise max_connections or close others",
    "57P01": "shut down while it was asked: try again",
    "57P03": "is starting up or shutting down: try again",
}
"""SQLSTATE -> what to tell."""


@dataclass(frozen=True, slots=True)
class Database:
    """A database of universes: SQLite when it has a `path`, else PostgreSQL."""

    where: str
    """What a person calls it; never a password."""
    path: Path | None = None
    dsn: str = field(default="", repr=False)
    """What asyncpg takes; may carry a password."""

    @classmethod
    def at(cls, path: Path) -> Database:
        """Return the SQLite database in the file `path`."""
        return cls(f"the database {clean(path)}", path.absolute())

    @classmethod
    def parse(cls, url: str) -> Database:
        """Read `sqlite:///file` or `postgresql://...`, with or without a `+driver`.

        Raises:
            SettingsError: it is malformed; the text never holds any of it that may be secret.
        """
        scheme, separator, rest = url.partition("://")
        kind = scheme.partition("+")[0].lower()
        if separator and kind == "sqlite":
            return _sqlite(rest)
        if separator and kind in ("postgres", "postgresql"):
            return _postgres(rest)
        raise SettingsError(f"DATABASE_URL names no database that tickterm knows: {_FORMS}")

    def engine(self, writable: bool = False) -> AsyncEngine:
        """Return an engine without a pool: between two statements nothing is open.

        A connection kept open would keep aiosqlite's thread, and a lock on a file somebody may
        want to replace. `writable` is for SQLite alone.

        Raises:
            SettingsError: the PostgreSQL driver is not installed.
        """
        if self.path is not None:
            return _sqlite_engine(self.path, writable)
        try:
            return _postgres_engine(self.dsn)
        except ModuleNotFoundError:
            raise SettingsError(
                "DATABASE_URL is PostgreSQL, whose driver is missing: "
                "pip install 'tickterm[postgres]'"
            ) from None

    def check(self) -> None:
        """Look whether a SQLite file is there: opening a pipe would wait for its other end.

        Looking must not open it: closing it again would drop the locks that SQLite has on it in
        this process.

        Raises:
            OSError: there is no such file, or its directory cannot be looked into.
        """
        if self.path is not None and not self.path.is_file():
            raise FileNotFoundError("not a file")

    def explain(self, error: Exception) -> UniverseError:
        """Return one line for whatever a driver raised: what is wrong and what to do."""
        origin = error.orig if isinstance(error, DBAPIError) and error.orig else error
        if isinstance(origin, TimeoutError):
            told = f"did not answer within {TIMEOUT:.0f} s: look for locks, load and firewalls"
        elif self.path is not None:
            told = _explain_sqlite(self.path, origin)
        else:
            told = _explain_postgres(origin)
        return UniverseError(f"{self.where} {self._without_password(told)}")

    def _without_password(self, text: str) -> str:
        password = urlsplit(self.dsn).password or ""
        for secret in {password, unquote(password)} - {""}:
            text = redact(text, secret)
        return text


def _sqlite(rest: str) -> Database:
    name = rest.partition("?")[0]
    if not name.startswith("/") or name in ("/", "/:memory:"):
        raise SettingsError(f"DATABASE_URL names no SQLite file: {_FORMS}")
    return Database.at(Path(name[1:]).expanduser())


def _postgres(rest: str) -> Database:
    try:
        parts = urlsplit(f"postgresql://{rest}")
        place = f"{parts.hostname or 'this machine'}:{parts.port or 5432}"
        odd = parts.netloc.count("@") > 1 or "@" in parts.path + parts.query or parts.fragment
    except ValueError:  # its text quotes the URL
        odd = True
    if odd:
        raise SettingsError(
            "DATABASE_URL cannot be read: write @ : / # ? and % in the password as %40 %3A %2F "
            f"%23 %3F %25; {_FORMS}"
        )
    dsn = parts._replace(query=urlencode(_options(parts))).geturl()
    return Database(f"PostgreSQL at {clean(place)}{clean(unquote(parts.path))}", dsn=dsn)


def _options(parts: SplitResult) -> dict[str, str]:
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if "ssl" in options:
        wanted = options.pop("ssl")
        options["sslmode"] = "require" if wanted.lower() in ("true", "1") else wanted
    if unknown := options.keys() - _OPTIONS - _IGNORED:
        named = ", ".join(sorted(clean(option, 40) for option in unknown))
        raise SettingsError(f"DATABASE_URL has unknown options, remove them: {named}")
    if options.get("sslmode", "prefer") not in _SSL_MODES:
        raise SettingsError(f"sslmode in DATABASE_URL: allowed are {', '.join(_SSL_MODES)}")
    return {name: value for name, value in options.items() if name not in _IGNORED}


def _sqlite_engine(path: Path, writable: bool) -> AsyncEngine:
    uri = f"file:{quote(str(path))}?mode={'rw' if writable else 'ro'}"
    wait = TIMEOUT if writable else LOCK_WAIT

    async def connect() -> aiosqlite.Connection:
        return await _connect_sqlite(uri, wait)

    return create_async_engine("sqlite+aiosqlite://", poolclass=NullPool, async_creator=connect)


async def _connect_sqlite(uri: str, wait: float) -> aiosqlite.Connection:
    """Connect, or fail with no thread left.

    aiosqlite does not wait for the thread of a connect that failed, which then prints a traceback
    when the loop ends first. So its connect never fails: the error is kept and raised after it.
    """
    failures: list[sqlite3.Error] = []

    def connector() -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(uri, timeout=wait, uri=True)
        except sqlite3.Error as error:
            failures.append(error)
            return sqlite3.connect(":memory:")
        # one row of broken UTF-8 would make the whole table unreadable
        connection.text_factory = lambda raw: raw.decode(errors="replace")
        return connection

    pending = aiosqlite.Connection(connector, iter_chunk_size=64)
    # as SQLAlchemy does where it connects itself: a file system that hangs must not keep us alive
    pending._thread.daemon = True  # noqa: SLF001
    connection = await pending
    if failures:
        await connection.close()
        raise failures[0]
    return connection


def _postgres_engine(dsn: str) -> AsyncEngine:
    read_only = {
        "application_name": "tickterm",
        "default_transaction_read_only": "on",
        "statement_timeout": str(int(TIMEOUT * 1000)),
    }
    return create_async_engine(
        "postgresql+asyncpg://",
        poolclass=NullPool,
        connect_args={
            "dsn": dsn,
            "timeout": TIMEOUT,
            "command_timeout": TIMEOUT + 0.25,  # after the server's own limit, which says more
            "server_settings": read_only,
        },
    )


def _explain_sqlite(path: Path, error: BaseException) -> str:
    if isinstance(error, FileNotFoundError):
        if path.is_dir():
            return "is a directory: add the name of the file to DATABASE_URL"
        return f"{'is no file' if path.exists() else 'does not exist'}: check DATABASE_URL"
    for part, told in _SQLITE_FAULTS.items():
        if part in str(error):
            return told
    return f"cannot be read: {clean(error, 200)}"


def _explain_postgres(error: BaseException) -> str:
    told = _POSTGRES_FAULTS.get(getattr(error, "sqlstate", None) or "")
    if told:
        return told
    if isinstance(error, OSError):
        return f"cannot be reached, check that it runs and DATABASE_URL: {clean(error, 200)}"
    return f"answers with an error: {clean(error, 200)}"
