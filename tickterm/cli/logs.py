"""Where log lines go, and that no secret goes with them."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import orjson

from tickterm.errors import SettingsError
from tickterm.market.text import clean, redact

__all__ = ["JsonLines", "Redactor", "configure"]

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


def configure(
    level: str, secrets: Iterable[str], handlers: Sequence[logging.Handler], file: Path | None
) -> None:
    """Send all log lines of `level` and above to `handlers`, and to `file` as JSON lines.

    Raises:
        SettingsError: the file cannot be opened.
    """
    targets = list(handlers)
    if file is not None:
        if file.exists() and not (file.is_file() or file.is_char_device()):
            raise SettingsError(f"TICKTERM_LOG_FILE={clean(file)} is no regular file")
        try:
            target = logging.FileHandler(file, encoding="utf-8")
        except OSError as error:
            raise SettingsError(
                f"TICKTERM_LOG_FILE={clean(file)}: {clean(error.strerror)}"
            ) from None
        target.setFormatter(JsonLines())
        targets.append(target)
    redactor = Redactor(secrets)
    for handler in targets:
        handler.addFilter(redactor)
    root = logging.getLogger()
    root.handlers[:] = targets
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))
