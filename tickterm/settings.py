"""Settings: `.env` in the working directory, then the environment; flags come later, in `cli`.

The only reader of the environment. Every value is checked here; a wrong one is a `SettingsError`
of one line that names the key and what is allowed. `.env.example` lists every key.
"""

from __future__ import annotations

import difflib
import os
import re
import stat
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import platformdirs
from dotenv.parser import parse_stream

from tickterm.access import is_loopback
from tickterm.errors import SettingsError
from tickterm.market.text import clean

__all__ = [
    "DEFAULT_UNIVERSE",
    "KEYS",
    "PUBLIC_URL_FORM",
    "Secret",
    "Settings",
    "environment",
    "is_served",
    "load",
    "public_urls",
    "terminal_type",
]

DEFAULT_UNIVERSE = "stock_etf_test:combo_test"
DEFAULT_FEED_URL = "wss://socket.massive.com/stocks"
DEFAULT_REDIS_URL = "redis://localhost:6379/0"

_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250})|[0-9A-Fa-f:.]{2,45}", re.ASCII)

KEYS = (
    "USE_MASSIVE_API",
    "MASSIVE_API_KEY",
    "MASSIVE_WEBSOCKET_URL",
    "USE_MULTI_CONNECTION",
    "SYMBOL_UNIVERSE_KEY",
    "DATABASE_URL",
    "REDIS_URL",
    "TICKTERM_HOST",
    "TICKTERM_PORT",
    "TICKTERM_TOKEN",
    "TICKTERM_PUBLIC_URL",
    "TICKTERM_DATA_DIR",
    "TICKTERM_LOG_LEVEL",
    "TICKTERM_LOG_FILE",
)
"""Every key that tickterm reads."""

T = TypeVar("T")

PUBLIC_URL = "TICKTERM_PUBLIC_URL"
PUBLIC_URL_FORM = "the form is https://host/path; several with commas"
MAX_TOKEN = 1000
SHORTEST_TOKEN = 16
"""For a port that others can reach: a shorter one can be guessed."""
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class Secret(str):
    """A string that hides itself wherever it is printed by accident."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'" if self else "''"


NO_SECRET = Secret("")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set, checked."""

    use_massive_api: bool = False
    """False: the built-in simulated feed."""
    massive_api_key: Secret = NO_SECRET
    massive_websocket_url: str = DEFAULT_FEED_URL
    symbol_universe_key: str = DEFAULT_UNIVERSE
    database_url: str = field(default="", repr=False)
    """May carry a password: never printed."""
    database_is_default: bool = True
    redis_url: str = field(default=DEFAULT_REDIS_URL, repr=False)
    """May carry a password: never printed."""
    redis_is_default: bool = True
    host: str = "127.0.0.1"
    port: int = 8765
    token: Secret = NO_SECRET
    public_urls: tuple[str, ...] = ()
    """Where browsers reach the viewers' server through a proxy."""
    data_dir: Path = Path()
    log_level: str = "INFO"
    log_file: Path | None = None
    warnings: tuple[str, ...] = ()
    """What is allowed but worth a word on the screen."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every text that must appear in no log line, screen, message or file."""
        found = {str(self.massive_api_key), str(self.token)}
        for url in (self.database_url, self.redis_url):
            found.update(_passwords(url))
        return tuple(found - {""})


def _passwords(url: str) -> Iterable[str]:
    try:
        parts = urlsplit(url)
    except ValueError:  # unreadable, so that any part of it may be the password
        return (url,)
    password = parts.password or ""
    return password, unquote(password), *parse_qs(parts.query).get("password", ())


def load(environ: Mapping[str, str] | None = None, directory: Path | None = None) -> Settings:
    """Read `.env` of `directory` (the working one), then `environ`; the later wins.

    Raises:
        SettingsError: a value is malformed, a `TICKTERM_` key is unknown, or the file cannot be
            read; one line names the key and what is allowed.
    """
    path = (directory or Path()) / ".env"
    values, origins = _merge(path, os.environ if environ is None else environ)
    reader = _Reader(values, origins)
    data_dir = reader.path("TICKTERM_DATA_DIR") or Path(platformdirs.user_data_dir("tickterm"))
    if "?" in reader.text("TICKTERM_DATA_DIR"):  # SQLite URLs end there
        raise reader.refuse("TICKTERM_DATA_DIR", "a path without a question mark")
    key = Secret(reader.text("MASSIVE_API_KEY"))
    use_massive = reader.flag("USE_MASSIVE_API", default=bool(key))
    if use_massive and not key:
        raise SettingsError(
            "MASSIVE_API_KEY is empty but USE_MASSIVE_API is true: set the key, "
            "or USE_MASSIVE_API=false for the simulated feed"
        )
    if not _in_one_word(key):
        told = "contains a blank or control character: copy it again"
        raise reader.refuse("MASSIVE_API_KEY", told, shown="…")
    if reader.flag("USE_MULTI_CONNECTION", default=False):
        raise reader.refuse(
            "USE_MULTI_CONNECTION",
            "not supported yet: set it to false; one connection carries every symbol",
        )
    host = reader.text("TICKTERM_HOST") or "127.0.0.1"
    if not _HOST.fullmatch(host):
        raise reader.refuse("TICKTERM_HOST", "allowed is an address or the name of a host")
    token = Secret(reader.text("TICKTERM_TOKEN"))
    if not (token.isascii() and token.isprintable() and len(token) <= MAX_TOKEN):
        told = f"allowed are at most {MAX_TOKEN} printable ASCII characters"
        raise reader.refuse("TICKTERM_TOKEN", told, shown="…")
    if 0 < len(token) < SHORTEST_TOKEN and not is_loopback(host):
        told = f"reachable from other machines: a token of {SHORTEST_TOKEN} characters or more"
        raise reader.refuse("TICKTERM_TOKEN", told, shown="…")
    if not is_loopback(host) and not token:
        raise reader.refuse(
            "TICKTERM_HOST",
            "reachable from other machines: set TICKTERM_TOKEN, or use 127.0.0.1 and an SSH tunnel",
        )
    database_url = reader.text("DATABASE_URL")
    redis_url = reader.url("REDIS_URL", ("redis", "rediss", "unix"))
    return Settings(
        use_massive_api=use_massive,
        massive_api_key=key,
        massive_websocket_url=reader.feed_url(),
        symbol_universe_key=reader.text("SYMBOL_UNIVERSE_KEY") or DEFAULT_UNIVERSE,
        database_url=database_url or f"sqlite:///{data_dir / 'tickterm.db'}",
        database_is_default=not database_url,
        redis_url=redis_url or DEFAULT_REDIS_URL,
        redis_is_default=not redis_url,
        host=host,
        port=reader.port("TICKTERM_PORT", 8765),
        token=token,
        public_urls=reader.public_urls(),
        data_dir=data_dir,
        log_level=reader.choice("TICKTERM_LOG_LEVEL", LOG_LEVELS, "INFO"),
        log_file=reader.path("TICKTERM_LOG_FILE"),
        warnings=_file_warnings(path, key),
    )


def public_urls(text: str) -> tuple[str, ...]:
    """Return the URLs of `text`, which commas separate, without slashes at their ends.

    Raises:
        ValueError: one is not of the form `PUBLIC_URL_FORM`.
    """
    urls = tuple(url.strip().rstrip("/") for url in text.split(",") if url.strip())
    for url in urls:
        parts = urlsplit(url)
        plain = parts.port != 0 and not (parts.query or parts.fragment or "@" in parts.netloc)
        if parts.scheme not in ("http", "https") or not parts.hostname or not plain:
            raise ValueError(url)
    return urls


def is_served() -> bool:
    """Say whether a browser is the terminal: `textual serve` and `tickterm serve` say so."""
    return "web_driver" in os.environ.get("TEXTUAL_DRIVER", "")


def environment() -> dict[str, str]:
    """Return a copy of the environment, secrets included, for a child process."""
    return dict(os.environ)


def terminal_type() -> str:
    """Return what the terminal says it is (`TERM`), sanitised."""
    return clean(os.environ.get("TERM") or "unknown", 40)


def _merge(path: Path, environ: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the values of all known keys, and where each was found, for messages."""
    from_file = _read_file(path) if path.is_file() else {}
    values: dict[str, str] = {}
    origins: dict[str, str] = {}
    for origin, source in ((".env", from_file), ("environment", environ)):
        for key, value in source.items():
            if key in KEYS:
                values[key] = (value or "").strip()
                origins[key] = origin
            else:
                _refuse_unknown(key, origin)
    return values, origins


def _read_file(path: Path) -> dict[str, str | None]:
    try:
        with path.open(encoding="utf-8") as stream:
            lines = list(parse_stream(stream))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f".env cannot be read: {clean(_told(error))}") from None
    for line in lines:
        if line.error:
            raise SettingsError(f".env, line {line.original.line}: the form is KEY=value")
    return {line.key: line.value for line in lines if line.key}


def _told(error: OSError | UnicodeDecodeError) -> str:
    if isinstance(error, UnicodeDecodeError):  # its text quotes the bytes
        return "it is not UTF-8"
    return error.strerror or type(error).__name__


def _refuse_unknown(key: str, origin: str) -> None:
    """Refuse keys that can only be meant for tickterm; others may share the file."""
    ours = key.upper().startswith("TICKTERM_")
    if not ours and origin != ".env":
        return
    near = difflib.get_close_matches(key.upper(), KEYS, n=1, cutoff=0.5 if ours else 0.9)
    if not ours and not near:
        return
    hint = f": did you mean {near[0]}?" if near else ""
    raise SettingsError(f"{clean(key)} ({origin}) is no setting of tickterm{hint}")


def _file_warnings(path: Path, key: str) -> tuple[str, ...]:
    if not key or not path.is_file() or os.name != "posix":
        return ()
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return (".env holds your key and others can read it: chmod 600 .env",)
    return ()


def _in_one_word(text: str) -> bool:
    return all(c.isprintable() and not c.isspace() for c in text)


def _path(text: str) -> Path:
    if not text.isprintable():
        raise ValueError
    try:
        return Path(text).expanduser()
    except RuntimeError as error:  # there is no such user
        raise ValueError from error


class _Reader:
    """Typed look-ups that name the key and its origin when they refuse."""

    def __init__(self, values: Mapping[str, str], origins: Mapping[str, str]) -> None:
        self._values = values
        self._origins = origins

    def text(self, key: str) -> str:
        return self._values.get(key, "")

    def refuse(self, key: str, allowed: str, shown: str | None = None) -> SettingsError:
        value = clean(self.text(key) if shown is None else shown, 60)
        return SettingsError(f"{key}={value} ({self._origins[key]}): {allowed}")

    def _parsed(self, key: str, parse: Callable[[str], T], allowed: str) -> T | None:
        if not (value := self.text(key)):
            return None
        try:
            return parse(value)
        except (ValueError, KeyError):
            raise self.refuse(key, allowed) from None

    def flag(self, key: str, default: bool) -> bool:
        words = {"true": True, "yes": True, "on": True, "1": True}
        words |= {"false": False, "no": False, "off": False, "0": False}
        value = self._parsed(key, lambda text: words[text.lower()], "allowed are true and false")
        return default if value is None else value

    def choice(self, key: str, allowed: tuple[str, ...], default: str) -> str:
        value = self.text(key).upper() or default
        if value not in allowed:
            raise self.refuse(key, f"allowed are {', '.join(allowed)}")
        return value

    def port(self, key: str, default: int) -> int:
        allowed = "allowed is a port from 1 to 65535"
        value = self._parsed(key, int, allowed)
        if value is not None and not 1 <= value <= 65535:
            raise self.refuse(key, allowed)
        return default if value is None else value

    def path(self, key: str) -> Path | None:
        allowed = "allowed is a path; ~ only for a user that exists"
        return self._parsed(key, _path, allowed)

    def url(self, key: str, schemes: tuple[str, ...]) -> str:
        value = self.text(key)
        if not value:
            return ""
        if self._parts(key).scheme not in schemes:
            forms = ", ".join(f"{scheme}://" for scheme in schemes)
            raise self.refuse(key, f"a URL that begins with one of {forms}", shown="…")
        return value

    def _parts(self, key: str) -> SplitResult:
        """Split a URL, whose text may be secret and so is never shown."""
        value = self.text(key)
        try:
            parts = urlsplit(value)
            _ = parts.port
        except ValueError:
            parts = None
        if parts is None or not value.isprintable():
            told = "this is no URL; write @ : / # ? % in a password as %40 %3A %2F %23 %3F %25"
            raise self.refuse(key, told, shown="…")
        return parts

    def public_urls(self) -> tuple[str, ...]:
        return self._parsed(PUBLIC_URL, public_urls, PUBLIC_URL_FORM) or ()

    def feed_url(self) -> str:
        key = "MASSIVE_WEBSOCKET_URL"
        value = self.url(key, ("wss", "ws")) or DEFAULT_FEED_URL
        parts = urlsplit(value)
        if not parts.hostname or "@" in parts.netloc or parts.query or parts.fragment:
            raise self.refuse(key, f"the form is {DEFAULT_FEED_URL}", shown="…")
        if parts.scheme == "ws" and not is_loopback(parts.hostname):
            raise self.refuse(key, "ws:// would send your key unencrypted: use wss://")
        return value
