"""What Redis's errors mean, in words that say what to do about them."""

from __future__ import annotations

import re

from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    BusyLoadingError,
    ConnectionError,  # noqa: A004 - redis-py's own, which is no OSError
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    TimeoutError,  # noqa: A004 - as above
)

from tickterm.market.text import clean

__all__ = ["in_words"]

_IN_PIPELINE = re.compile(
    r"Command # \d+ \((?P<command>\S+) ?(?P<key>[^\s)]*).*\) of pipeline caused error: "
    r"(?:\(['\"])?(?P<text>.*?)(?:['\"],\))?$",
    re.DOTALL,
)
"""How redis-py writes what went wrong within a transaction: the error as a tuple's repr."""


def in_words(error: RedisError) -> str:
    """Return one line, sanitised, without credentials and without what was sent."""
    text, action = str(error), ""
    if found := _IN_PIPELINE.search(text):
        text, action = found["text"], f"{found['command']} {found['key']}".rstrip()
    said = clean(text.removeprefix("NOPERM "), 100)
    match error:
        case NoPermissionError():
            wanted = f"{clean(action, 80)} " if action else ""
            return f"redis does not let this user do it: {wanted}({said}): see its ACL"
        case AuthenticationError() | AuthorizationError():
            return "redis refuses the user or the password: see REDIS_URL"
        case OutOfMemoryError():
            return "redis is full: see its maxmemory"
        case ReadOnlyError():
            return "redis is a replica, which takes nothing: REDIS_URL must name the primary"
        case BusyLoadingError():
            return "redis is still loading its data"
        case TimeoutError():
            return "redis does not answer"
        case ConnectionError():
            return f"redis cannot be reached: {_cause(error)}"
    if said.startswith("NOAUTH"):
        return "redis wants a password: see REDIS_URL"
    return f"redis refuses: {said}" if said else f"redis refuses: {type(error).__name__}"


def _cause(error: BaseException) -> str:
    """Return why: the system's own error, where redis-py wraps one."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ConnectionRefusedError):
            return "connection refused"
        cause = cause.__cause__ or cause.__context__
    return clean(error, 100) or type(error).__name__
