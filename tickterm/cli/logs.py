"""Where log lines go, and that no secret goes with them."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import orjson

from tickterm.errors import SettingsError
from tickterm.market.text import clean, redact
from tickterm.settings import Settings

__all__ = ["JsonLines", "Redactor", "configure", "on_stderr"]

QUIET = ("websockets", "redis", "asyncio", "aiosqlite", "sqlalchemy", "asyncpg")
"""Libraries whose DEBUG lines would show keys, tokens and statements: never below WARNING."""


class Redactor(logging.Filter):
    """Replaces every secret in a record, its traceback included, before anybody formats it."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        forms = {form for secret in secrets for form in _forms(secret)}
        self._secrets = sorted(forms - {""}, key=len, reverse=True)

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite `record` in place; always lets it through."""
        record.msg = self._without(_message(record))
        record.args = ()
        if record.stack_info:
            record.stack_info = self._without(record.stack_info)
        if record.exc_info:
            text = record.exc_text or logging.Formatter().formatException(record.exc_info)
            record.exc_text = self._without(text)
            record.exc_info = None
        return True

    def _without(self, text: str) -> str:
        for secret in self._secrets:
            text = redact(text, secret)
        return text


def _forms(secret: str) -> tuple[str, ...]:
    """Return `secret` as it may be written: plain, in a URL, in a `repr`."""
    return secret, quote(secret, safe=""), repr(str(secret))[1:-1]


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception as error:  # noqa: BLE001  boundary: a library's wrong log call must harm nobody
        return f"{record.msg} (cannot be formatted: {type(error).__name__})"


class JsonLines(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, and a traceback if any."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as a line without control characters."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": clean(record.getMessage(), 2000),
        }
        if record.exc_text:
            line["traceback"] = clean(record.exc_text, 8000)
        return orjson.dumps(line).decode()


def on_stderr(form: logging.Formatter) -> logging.Handler:
    """Return what writes log lines to stderr in this form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(form)
    return handler


def configure(settings: Settings, *handlers: logging.Handler) -> None:
    """Send the log lines that are wanted to `handlers`, and to the log file as JSON lines.

    Raises:
        SettingsError: the file cannot be opened.
    """
    targets = list(handlers)
    if settings.log_file is not None:
        targets.append(_to_file(settings.log_file))
    redactor = Redactor(settings.secrets)
    for handler in targets:
        handler.addFilter(redactor)
    root = logging.getLogger()
    root.handlers[:] = targets
    root.setLevel(settings.log_level)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))


def _to_file(path: Path) -> logging.Handler:
    if path.exists() and not (path.is_file() or path.is_char_device()):
        raise SettingsError(f"TICKTERM_LOG_FILE={clean(path)} is no regular file")
    try:
        handler = logging.FileHandler(path, encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"TICKTERM_LOG_FILE={clean(path)}: {clean(error.strerror)}") from None
    handler.setFormatter(JsonLines())
    return handler
