"""One connection to Redis that carries packed bytes.

redis-py does what it is good at: the URL, TLS, ACL and the greeting. Once connected, its streams
are used directly, because a command object for each PUBLISH costs ten times the whole rest of a
tick's way. That is why this file, and no other, touches its private attributes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

import hiredis

from tickterm.errors import SettingsError
from tickterm.market.text import clean

__all__ = [
    "CHANNELS",
    "PING",
    "RedisLink",
    "RedisLost",
    "honour_cancellation",
    "new_connection",
    "open_redis",
    "open_streams",
    "where",
]

Streams: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]

CHANNELS = ("tickstock.data.raw", "tickstock:market:ticks")
"""Both carry every tick."""

PING = b"*1\r\n$4\r\nPING\r\n"

FORM = "the form is redis://user:password@localhost:6379/0, with / : @ in a password as %2F %3A %40"
OPTIONS = {
    *("db", "username", "password", "ssl_cert_reqs", "ssl_ca_certs", "ssl_ca_path"),
    *("ssl_certfile", "ssl_keyfile", "ssl_check_hostname"),
}
"""What may stand behind the ? of a Redis URL; timeouts and retries are ours to choose."""

MAX_ANSWER = 2**20
"""Bytes of one answer; those to PUBLISH have a dozen."""

TIMEOUT = 1.0
"""Seconds without any progress after which the connection is given up."""


class RedisLost(Exception):
    """The connection is not to be had or died; `sent` is False if nothing was written."""

    def __init__(self, reason: str, *, sent: bool = False) -> None:
        super().__init__(reason)
        self.sent = sent


def where(url: str) -> str:
    """Return the host and port (or socket path) of a Redis URL, never its credentials."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return clean(parts.path, 80)
    return clean(f"{parts.hostname or 'localhost'}:{parts.port or 6379}", 80)


def new_connection(url: str) -> Any:
    """Return redis-py's connection for `url`, not yet connected.

    Raises:
        SettingsError: the URL is no Redis URL.
    """
    from redis.asyncio.connection import ConnectionPool
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
    from redis.exceptions import RedisError

    try:
        _check(url)
        pool: Any = ConnectionPool.from_url(
            url,
            protocol=2,
            retry=Retry(NoBackoff(), 0),  # a repeated PUBLISH would be a duplicate tick
            socket_timeout=TIMEOUT,
            socket_connect_timeout=TIMEOUT,
            health_check_interval=0,
            client_name="tickterm",
        )
        return pool.make_connection()
    except _WrongUrlError as error:
        raise SettingsError(f"REDIS_URL cannot be used: {error}; {FORM}") from None
    except (ValueError, TypeError, LookupError, RedisError):  # their words may hold the password
        raise SettingsError(f"REDIS_URL cannot be used; {FORM}") from None


class _WrongUrlError(ValueError):
    """What is wrong with a Redis URL, in words that hold nothing of it but names of options."""


def _check(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "unix" and not parts.path.strip("/").isdigit() and parts.path.strip("/"):
        raise _WrongUrlError("after the last / stands the number of a database")
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name not in OPTIONS:
            raise _WrongUrlError(f"there is no option {clean(name, 40)}")
        if name == "db" and not value.isdigit():
            raise _WrongUrlError("db is a number")


@asynccontextmanager
async def open_redis(url: str) -> AsyncIterator[RedisLink]:
    """Connect for questions and answers; otherwise as `open_streams`."""
    async with open_streams(url) as streams:
        yield RedisLink(*streams)


@asynccontextmanager
async def open_streams(url: str) -> AsyncIterator[Streams]:
    """Connect, prove that the server answers, and close at the end.

    Raises:
        SettingsError: the URL is no Redis URL.
        RedisLost: nobody there, refused, or no answer within a second.
    """
    # A quarter of a second of imports: on a thread, so that neither ticks nor tiles wait for it.
    await asyncio.to_thread(import_module, "redis.asyncio.connection")
    from redis.exceptions import RedisError

    connection = new_connection(url)
    try:
        await _connect(connection)
        streams = _streams(connection)
        reply = (await RedisLink(*streams).exchange([PING], 1))[0]
        if isinstance(reply, hiredis.ReplyError):
            raise RedisLost(clean(reply))
        yield streams
    except (RedisError, OSError, TimeoutError) as error:
        honour_cancellation()
        raise RedisLost(_words(error)) from None
    finally:
        await connection.disconnect(nowait=True)


class RedisLink:
    """An open connection: packed commands out, that many replies in."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._replies = hiredis.Reader()
        self._unanswered = 0
        """Bytes read since the last whole answer."""
        self.answered: list[object] = []
        """Replies of the exchange under way; what is there after a loss was surely executed."""

    @property
    def dead(self) -> bool:
        """Whether the peer has already closed: then nothing must be written."""
        return self._reader.at_eof() or self._writer.is_closing()

    async def exchange(self, packed: Sequence[bytes], replies: int) -> list[object]:
        """Write `packed` at once and return `replies` answers, integers or `ReplyError`s.

        Raises:
            RedisLost: the connection died; `sent` tells whether anything may have been executed.
        """
        self.answered = []
        if self.dead:
            raise RedisLost("the connection was closed by the server")
        try:
            self._writer.writelines(packed)
            async with asyncio.timeout(TIMEOUT) as deadline:
                await self._writer.drain()
                while len(self.answered) < replies:
                    await self._read_more(deadline)
        except TimeoutError:
            raise RedisLost(f"no answer for {TIMEOUT:g} s", sent=True) from None
        except (OSError, MemoryError, hiredis.ProtocolError) as error:
            raise RedisLost(_words(error), sent=True) from None
        if len(self.answered) > replies or self._replies.has_data():
            del self.answered[replies:]
            raise RedisLost("it sends more answers than there were questions", sent=True)
        return self.answered

    async def _read_more(self, deadline: asyncio.Timeout) -> None:
        chunk = await self._reader.read(1 << 18)
        if not chunk:
            raise ConnectionResetError("the connection was closed by the server")
        if chunk[:1] in b"*%~>" or b"\n*" in chunk:  # its claimed length alone could stall us
            raise ConnectionAbortedError("it answers with a list")
        self._replies.feed(chunk)
        self._unanswered += len(chunk)
        while (reply := self._replies.gets()) is not False:
            self.answered.append(reply)
            self._unanswered = 0
        if self._unanswered == 0:  # a whole answer is progress, a byte of one is not
            deadline.reschedule(asyncio.get_running_loop().time() + TIMEOUT)
        elif self._unanswered > MAX_ANSWER:
            raise ConnectionAbortedError("its answer has no end")


async def _connect(connection: Any) -> None:
    try:
        await connection.connect()
    except Exception as error:  # noqa: BLE001 - boundary: redis-py raises anything on odd greetings
        honour_cancellation()
        raise RedisLost(_words(error)) from None
    honour_cancellation()


def honour_cancellation() -> None:
    """Raise the cancellation that redis-py swallows at some moments of connecting."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError from None


def _streams(connection: Any) -> Streams:
    """Return the streams of a connected redis-py connection, of whatever class."""
    reader, writer = connection._reader, connection._writer  # noqa: SLF001 - see the module
    if reader is None or writer is None:
        raise RedisLost("the connection closed while it was opened")
    return reader, writer


def _words(error: BaseException) -> str:
    """Return the cause in a few words: redis-py wraps the system's errors in its own."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ConnectionRefusedError):
            return "connection refused"
        if isinstance(cause, TimeoutError):
            return f"no answer for {TIMEOUT:g} s"
        cause = cause.__cause__ or cause.__context__
    return clean(error, 160) or type(error).__name__
