"""Databases: from a URL as people write it to an engine."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

import aiosqlite
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from tickterm.backends.sql_faults import TIMEOUT, UNIVERSES, Purpose, error_of, origin_of, words_for
from tickterm.errors import SettingsError, UnreachableError
from tickterm.market.text import clean, redact

__all__ = ["LOCK_WAIT", "Database"]

LOCK_WAIT = 0.25
"""Seconds that one attempt waits for SQLite's lock; nothing can cut that wait short."""

_FORMS = "the forms are sqlite:////absolute/file.db and postgresql://USER:PASSWORD@HOST:PORT/NAME"
_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_OPTIONS = {
    "host", "port", "user", "password", "dbname", "passfile", "service", "sslmode", "sslcert",
    "sslkey", "sslrootcert", "sslcrl", "sslnegotiation", "target_session_attrs",
    "application_name", "options", "search_path",
}  # fmt: skip
_IGNORED = {"connect_timeout"}  # ours is shorter than what people write


@dataclass(frozen=True, slots=True)
class Database:
    """A database: SQLite when it has a `path`, else PostgreSQL."""

    where: str
    """What a person calls it; never a password."""
    path: Path | None = None
    dsn: str = field(default="", repr=False)
    """What asyncpg takes; may carry a password."""
    purpose: Purpose = UNIVERSES

    @classmethod
    def at(cls, path: Path, purpose: Purpose = UNIVERSES) -> Database:
        """Return the SQLite database in the file `path`."""
        return cls(f"the database {clean(path)}", path.absolute(), purpose=purpose)

    @classmethod
    def parse(cls, url: str, purpose: Purpose = UNIVERSES) -> Database:
        """Read `sqlite:///file` or `postgresql://...`, with or without a `+driver`.

        Raises:
            SettingsError: it is malformed; the text never holds any of it that may be secret.
        """
        scheme, separator, rest = url.partition("://")
        kind = scheme.partition("+")[0].lower()
        if separator and kind == "sqlite":
            return _sqlite(rest, purpose)
        if separator and kind in ("postgres", "postgresql"):
            return _postgres(rest, purpose)
        raise SettingsError(f"{purpose.setting} names no database that tickterm knows: {_FORMS}")

    def engine(self, writable: bool = False) -> AsyncEngine:
        """Return an engine without a pool: between two statements nothing is open.

        A connection kept open would keep aiosqlite's thread, and a lock on a file somebody may
        want to replace.

        Raises:
            SettingsError: the PostgreSQL driver is not installed.
        """
        if self.path is not None:
            return _sqlite_engine(self.path, writable)
        try:
            return _postgres_engine(self.dsn, writable)
        except ModuleNotFoundError:
            raise SettingsError(
                f"{self.purpose.setting} is PostgreSQL, whose driver is missing: "
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

    def explain(self, error: Exception) -> UnreachableError:
        """Return one line for whatever a driver raised: what is wrong and what to do."""
        origin = origin_of(error)
        told = self._without_password(words_for(origin, self.path, self.purpose))
        return error_of(origin, self.purpose)(f"{self.where} {told}")

    def _without_password(self, text: str) -> str:
        password = urlsplit(self.dsn).password or ""
        for secret in {password, unquote(password)} - {""}:
            text = redact(text, secret)
        return text


def _sqlite(rest: str, purpose: Purpose) -> Database:
    name = rest.partition("?")[0]
    if not name.startswith("/") or name in ("/", "/:memory:"):
        raise SettingsError(f"{purpose.setting} names no SQLite file: {_FORMS}")
    return Database.at(Path(name[1:]).expanduser(), purpose)


def _postgres(rest: str, purpose: Purpose) -> Database:
    try:
        parts = urlsplit(f"postgresql://{rest}")
        place = f"{parts.hostname or 'this machine'}:{parts.port or 5432}"
        odd = parts.netloc.count("@") > 1 or "@" in parts.path + parts.query or parts.fragment
    except ValueError:  # its text quotes the URL
        odd = True
    if odd:
        raise SettingsError(
            f"{purpose.setting} cannot be read: "
            "write @ : / # ? and % in the password as %40 %3A %2F "
            f"%23 %3F %25; {_FORMS}"
        )
    dsn = parts._replace(query=urlencode(_options(parts, purpose.setting))).geturl()
    where = f"PostgreSQL at {clean(place)}{clean(unquote(parts.path))}"
    return Database(where, dsn=dsn, purpose=purpose)


def _options(parts: SplitResult, setting: str) -> dict[str, str]:
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if "ssl" in options:
        wanted = options.pop("ssl")
        options["sslmode"] = "require" if wanted.lower() in ("true", "1") else wanted
    if unknown := options.keys() - _OPTIONS - _IGNORED:
        named = ", ".join(sorted(clean(option, 40) for option in unknown))
        raise SettingsError(f"{setting} has unknown options, remove them: {named}")
    if options.get("sslmode", "prefer") not in _SSL_MODES:
        raise SettingsError(f"sslmode in {setting}: allowed are {', '.join(_SSL_MODES)}")
    return {name: value for name, value in options.items() if name not in _IGNORED}


def _sqlite_engine(path: Path, writable: bool) -> AsyncEngine:
    uri = f"file:{quote(str(path))}?mode={'rw' if writable else 'ro'}"

    async def connect() -> aiosqlite.Connection:
        return await _connect_sqlite(uri)

    return create_async_engine("sqlite+aiosqlite://", poolclass=NullPool, async_creator=connect)


async def _connect_sqlite(uri: str) -> aiosqlite.Connection:
    """Connect, or fail with no thread left.

    aiosqlite does not wait for the thread of a connect that failed, which then prints a traceback
    when the loop ends first. So its connect never fails: the error is kept and raised after it.
    """
    failures: list[sqlite3.Error] = []

    def connector() -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(uri, timeout=LOCK_WAIT, uri=True)
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


def _postgres_engine(dsn: str, writable: bool) -> AsyncEngine:
    settings = {
        "application_name": "tickterm",
        "default_transaction_read_only": "off" if writable else "on",
        "statement_timeout": str(int(TIMEOUT * 1000)),
    }
    return create_async_engine(
        "postgresql+asyncpg://",
        poolclass=NullPool,
        connect_args={
            "dsn": dsn,
            "timeout": TIMEOUT,
            "command_timeout": TIMEOUT + 0.25,  # after the server's own limit, which says more
            "server_settings": settings,
        },
    )
