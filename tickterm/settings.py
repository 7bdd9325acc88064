"""Settings: `.env` in the working directory, then the environment; flags come later, in `cli`.

The only reader of the environment. Every value is checked here; a wrong one is a `SettingsError`
of one line that names the key and what is allowed. `.env.example` lists every key.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import platformdirs

from tickterm.access import is_loopback
from tickterm.errors import SettingsError
from tickterm.market.text import clean
from tickterm.market.timeframe import Timeframe
from tickterm.settings_access import (
    NO_SECRET,
    PUBLIC_URL_FORM,
    Secret,
    public_urls,
    read_host_and_token,
)
from tickterm.settings_reader import Reader, merged
from tickterm.settings_screen import SCREEN_KEYS, ScreenSettings, read_screen, wants_ascii

__all__ = [
    "DEFAULT_UNIVERSE",
    "KEYS",
    "PUBLIC_URL_FORM",
    "Secret",
    "Settings",
    "environment",
    "is_ascii_terminal",
    "is_served",
    "load",
    "public_urls",
    "terminal_type",
]

DEFAULT_UNIVERSE = "stock_etf_test:combo_test"
DEFAULT_FEED_URL = "wss://socket.massive.com/stocks"
DEFAULT_REDIS_URL = "redis://localhost:6379/0"

DEFAULT_TIMEFRAMES = (Timeframe.M1, Timeframe.M5, Timeframe.M15, Timeframe.H1, Timeframe.D1)
MOST_PARTITIONS = 256

_STREAM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}", re.ASCII)
_TIMEFRAMES_FORM = f"allowed are {', '.join(Timeframe)}, several with commas"

KEYS = (
    "USE_MASSIVE_API",
    "MASSIVE_API_KEY",
    "MASSIVE_WEBSOCKET_URL",
    "USE_MULTI_CONNECTION",
    "SYMBOL_UNIVERSE_KEY",
    "DATABASE_URL",
    "REDIS_URL",
    "TICKTERM_STREAM",
    "TICKTERM_STREAM_LENGTH",
    "TICKTERM_STREAM_PARTITIONS",
    "TICKTERM_BARS_URL",
    "TICKTERM_TIMEFRAMES",
    "TICKTERM_PATTERNS",
    "TICKTERM_HOST",
    "TICKTERM_PORT",
    "TICKTERM_TOKEN",
    "TICKTERM_PUBLIC_URL",
    "TICKTERM_DATA_DIR",
    "TICKTERM_LOG_LEVEL",
    "TICKTERM_LOG_FILE",
    *SCREEN_KEYS,
)
"""Every key that tickterm reads."""

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


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
    stream: str = ""
    """The Redis Stream that every tick goes to as well; empty: none."""
    stream_length: int = 500_000
    """Ticks kept in it, about."""
    stream_partitions: int = 1
    """Streams that the symbols are split over."""
    bars_url: str = field(default="", repr=False)
    """Where analytics keeps bars. May carry a password: never printed."""
    timeframes: tuple[Timeframe, ...] = DEFAULT_TIMEFRAMES
    """The bars that analytics makes."""
    patterns: tuple[str, ...] = ()
    """The patterns that analytics looks for; empty: all."""
    host: str = "127.0.0.1"
    port: int = 8765
    token: Secret = NO_SECRET
    public_urls: tuple[str, ...] = ()
    """Where browsers reach the viewers' server through a proxy."""
    data_dir: Path = Path()
    log_level: str = "INFO"
    log_file: Path | None = None
    screen: ScreenSettings = field(default_factory=ScreenSettings)
    warnings: tuple[str, ...] = ()
    """What is allowed but worth a word on the screen."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every text that must appear in no log line, screen, message or file."""
        found = {str(self.massive_api_key), str(self.token)}
        for url in (self.database_url, self.redis_url, self.bars_url):
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
    values, origins = merged(path, os.environ if environ is None else environ, KEYS)
    reader = Reader(values, origins)
    data_dir = _data_dir(reader)
    key = Secret(reader.text("MASSIVE_API_KEY"))
    use_massive = _use_massive(reader, key)
    _refuse_multi_connection(reader)
    host, token = read_host_and_token(reader)
    database_url = reader.text("DATABASE_URL")
    redis_url = reader.url("REDIS_URL", ("redis", "rediss", "unix"))
    return Settings(
        use_massive_api=use_massive,
        massive_api_key=key,
        massive_websocket_url=_feed_url(reader),
        symbol_universe_key=reader.text("SYMBOL_UNIVERSE_KEY") or DEFAULT_UNIVERSE,
        database_url=database_url or f"sqlite:///{data_dir / 'tickterm.db'}",
        database_is_default=not database_url,
        redis_url=redis_url or DEFAULT_REDIS_URL,
        redis_is_default=not redis_url,
        stream=_stream(reader),
        stream_length=reader.number("TICKTERM_STREAM_LENGTH", 500_000, 1_000, 100_000_000),
        stream_partitions=reader.number("TICKTERM_STREAM_PARTITIONS", 1, 1, MOST_PARTITIONS),
        bars_url=reader.text("TICKTERM_BARS_URL") or f"sqlite:///{data_dir / 'bars.db'}",
        timeframes=reader.parsed("TICKTERM_TIMEFRAMES", _timeframes, _TIMEFRAMES_FORM)
        or DEFAULT_TIMEFRAMES,
        patterns=tuple(reader.text("TICKTERM_PATTERNS").replace(",", " ").split()),
        host=host,
        port=reader.port("TICKTERM_PORT", 8765),
        token=token,
        public_urls=reader.parsed("TICKTERM_PUBLIC_URL", public_urls, PUBLIC_URL_FORM) or (),
        data_dir=data_dir,
        log_level=reader.choice("TICKTERM_LOG_LEVEL", LOG_LEVELS, "INFO"),
        log_file=reader.path("TICKTERM_LOG_FILE"),
        screen=read_screen(reader),
        warnings=_file_warnings(path, key),
    )


def is_served() -> bool:
    """Say whether a browser is the terminal: `textual serve` and `tickterm serve` say so."""
    return "web_driver" in os.environ.get("TEXTUAL_DRIVER", "")


def environment() -> dict[str, str]:
    """Return a copy of the environment, secrets included, for a child process."""
    return dict(os.environ)


def is_ascii_terminal() -> bool:
    """Say whether this terminal draws nothing but ASCII characters."""
    return not is_served() and wants_ascii(os.environ.get("TERM", ""))


def terminal_type() -> str:
    """Return what the terminal says it is (`TERM`), sanitised."""
    return clean(os.environ.get("TERM") or "unknown", 40)


def _data_dir(reader: Reader) -> Path:
    if "?" in reader.text("TICKTERM_DATA_DIR"):  # SQLite URLs end there
        raise reader.refuse("TICKTERM_DATA_DIR", "a path without a question mark")
    return reader.path("TICKTERM_DATA_DIR") or Path(platformdirs.user_data_dir("tickterm"))


def _use_massive(reader: Reader, key: str) -> bool:
    """Say whether the feed is the real one, after a look at its key."""
    wanted = reader.flag("USE_MASSIVE_API", default=bool(key))
    if wanted and not key:
        raise SettingsError(
            "MASSIVE_API_KEY is empty but USE_MASSIVE_API is true: set the key, "
            "or USE_MASSIVE_API=false for the simulated feed"
        )
    if not all(c.isprintable() and not c.isspace() for c in key):
        told = "contains a blank or control character: copy it again"
        raise reader.refuse("MASSIVE_API_KEY", told, shown="…")
    return wanted


def _refuse_multi_connection(reader: Reader) -> None:
    if reader.flag("USE_MULTI_CONNECTION", default=False):
        told = "not supported yet: set it to false; one connection carries every symbol"
        raise reader.refuse("USE_MULTI_CONNECTION", told)


def _file_warnings(path: Path, key: str) -> tuple[str, ...]:
    if not key or not path.is_file() or os.name != "posix":
        return ()
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return (".env holds your key and others can read it: chmod 600 .env",)
    return ()


def _stream(reader: Reader) -> str:
    name = reader.text("TICKTERM_STREAM")
    if name and not _STREAM.fullmatch(name):
        raise reader.refuse("TICKTERM_STREAM", "the form is tickstock:ticks")
    return name


def _timeframes(text: str) -> tuple[Timeframe, ...]:
    wanted = {Timeframe.parse(name) for name in text.replace(",", " ").split()}
    if not wanted:
        raise ValueError(text)
    return tuple(frame for frame in Timeframe if frame in wanted)


def _feed_url(reader: Reader) -> str:
    key = "MASSIVE_WEBSOCKET_URL"
    value = reader.url(key, ("wss", "ws")) or DEFAULT_FEED_URL
    parts = urlsplit(value)
    if not parts.hostname or "@" in parts.netloc or parts.query or parts.fragment:
        raise reader.refuse(key, f"the form is {DEFAULT_FEED_URL}", shown="…")
    if parts.scheme == "ws" and not is_loopback(parts.hostname):
        raise reader.refuse(key, "ws:// would send your key unencrypted: use wss://")
    return value
