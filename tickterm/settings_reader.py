"""Reading settings: where values come from, and words for those that are wrong."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

from dotenv.parser import parse_stream

from tickterm.errors import SettingsError
from tickterm.market.text import clean

__all__ = ["Reader", "merged"]

T = TypeVar("T")


def merged(
    path: Path, environment: Mapping[str, str], keys: Collection[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the values of all known keys, and where each was found, for messages."""
    from_file = _read_file(path) if path.is_file() else {}
    values: dict[str, str] = {}
    origins: dict[str, str] = {}
    for origin, source in ((".env", from_file), ("environment", environment)):
        for key, value in source.items():
            if key in keys:
                values[key] = (value or "").strip()
                origins[key] = origin
            else:
                _refuse_unknown(key, origin, keys)
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


def _refuse_unknown(key: str, origin: str, keys: Collection[str]) -> None:
    """Refuse keys that can only be meant for tickterm; others may share the file."""
    ours = key.upper().startswith("TICKTERM_")
    if not ours and origin != ".env":
        return
    near = difflib.get_close_matches(key.upper(), keys, n=1, cutoff=0.5 if ours else 0.9)
    if not ours and not near:
        return
    hint = f": did you mean {near[0]}?" if near else ""
    raise SettingsError(f"{clean(key)} ({origin}) is no setting of tickterm{hint}")


def _path(text: str) -> Path:
    if not text.isprintable():
        raise ValueError
    try:
        return Path(text).expanduser()
    except RuntimeError as error:  # there is no such user
        raise ValueError from error


class Reader:
    """Typed look-ups that name the key and its origin when they refuse."""

    def __init__(self, values: Mapping[str, str], origins: Mapping[str, str]) -> None:
        self._values = values
        self._origins = origins

    def text(self, key: str) -> str:
        return self._values.get(key, "")

    def refuse(self, key: str, allowed: str, shown: str | None = None) -> SettingsError:
        value = clean(self.text(key) if shown is None else shown, 60)
        return SettingsError(f"{key}={value} ({self._origins[key]}): {allowed}")

    def parsed(self, key: str, parse: Callable[[str], T], allowed: str) -> T | None:
        if not (value := self.text(key)):
            return None
        try:
            return parse(value)
        except (ValueError, KeyError):
            raise self.refuse(key, allowed) from None

    def flag(self, key: str, default: bool, allowed: str = "allowed are true and false") -> bool:
        words = {"true": True, "yes": True, "on": True, "1": True}
        words |= {"false": False, "no": False, "off": False, "0": False}
        value = self.parsed(key, lambda text: words[text.lower()], allowed)
        return default if value is None else value

    def choice(self, key: str, allowed: tuple[str, ...], default: str) -> str:
        value = self.text(key).upper() or default
        if value not in allowed:
            raise self.refuse(key, f"allowed are {', '.join(allowed)}")
        return value

    def word(self, key: str, allowed: tuple[str, ...]) -> str:
        """Return one of the lower-case words allowed, of which the first is the default."""
        value = self.text(key).lower() or allowed[0]
        if value not in allowed:
            raise self.refuse(key, f"allowed are {', '.join(allowed)}")
        return value

    def number(self, key: str, default: int, lowest: int, highest: int) -> int:
        allowed = f"allowed is a number from {lowest} to {highest}"
        value = self.parsed(key, int, allowed)
        if value is not None and not lowest <= value <= highest:
            raise self.refuse(key, allowed)
        return default if value is None else value

    def port(self, key: str, default: int) -> int:
        allowed = "allowed is a port from 1 to 65535"
        value = self.parsed(key, int, allowed)
        if value is not None and not 1 <= value <= 65535:
            raise self.refuse(key, allowed)
        return default if value is None else value

    def path(self, key: str) -> Path | None:
        allowed = "allowed is a path; ~ only for a user that exists"
        return self.parsed(key, _path, allowed)

    def url(self, key: str, schemes: tuple[str, ...]) -> str:
        value = self.text(key)
        if not value:
            return ""
        if self.parts(key).scheme not in schemes:
            forms = ", ".join(f"{scheme}://" for scheme in schemes)
            raise self.refuse(key, f"a URL that begins with one of {forms}", shown="…")
        return value

    def parts(self, key: str) -> SplitResult:
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
